"""Exact SHAP values of a whole cohort by table lookup, compiled.

``build_tables`` once for a model, then ``explain_rows`` for any number of patients. The functions
are first compiled when they are first called, which takes seconds, and then kept on disk.
"""

from explainers.attribution.kernel.rows import explain_rows
from explainers.attribution.kernel.support import choose_engine, supports_kernel
from explainers.attribution.kernel.tables import ShapTables, build_tables

__all__ = ["ShapTables", "build_tables", "choose_engine", "explain_rows", "supports_kernel"]
