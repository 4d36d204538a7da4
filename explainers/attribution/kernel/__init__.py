"""Exact SHAP values and interactions of a whole cohort by table lookup, compiled.

``build_tables`` once for a model, then ``explain_rows`` for any number of patients; for pairs of
features, ``build_pair_tables`` and ``map_pairs``. The functions are first compiled when they are
first called, which takes seconds, and then kept on disk.
"""

from explainers.attribution.kernel.pair_rows import block_size, map_pairs
from explainers.attribution.kernel.pair_tables import (
    PairTables,
    build_pair_tables,
    find_interacting,
)
from explainers.attribution.kernel.rows import explain_rows
from explainers.attribution.kernel.support import choose_engine, supports_kernel
from explainers.attribution.kernel.tables import ShapTables, build_tables

__all__ = [
    "PairTables",
    "ShapTables",
    "block_size",
    "build_pair_tables",
    "build_tables",
    "choose_engine",
    "explain_rows",
    "find_interacting",
    "map_pairs",
    "supports_kernel",
]
