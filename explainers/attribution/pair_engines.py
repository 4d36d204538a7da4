"""Which engine computes the SHAP interaction values of trees: the compiled kernel, or shap.

The kernel plays both games, as long as its tables fit. shap takes over where they do not, and for
a few patients, who are answered before the tables are built; but path-dependent only: it has no
interactions against reference patients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from explainers.attribution.shap_package import interactions_of_trees
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.trees import TreeEnsemble
from explainers.errors import UnsupportedError

if TYPE_CHECKING:
    from explainers.attribution.kernel import PairTables

Result = TypeVar("Result")
Work = Callable[[slice, FloatArray], Result]

# Building the tables takes as long as shap takes for so many patients; benchmarks/tree_shap.
FEWEST_PATIENTS = 8
# Numbers that shap's matrices (k, p, p) may have at a time.
SHAP_NUMBERS = 4_000_000


@dataclass(frozen=True, eq=False)
class PairSource:
    """Interactions of any number of patients, a block at a time.

    Attributes
    ----------
    trees : TreeEnsemble
    pairs : ndarray of shape (pairs, 2)
        Positions of both features, the lower one first. Pairs that are not here do not interact,
        or were not asked for.
    tables : PairTables or None
        None where shap answers.
    """

    trees: TreeEnsemble
    pairs: IntArray
    tables: PairTables | None

    @property
    def engine(self) -> Literal["kernel", "shap"]:
        """The engine that answers."""
        return "shap" if self.tables is None else "kernel"

    def blocks(self, n: int, n_features: int) -> list[slice]:
        """The blocks into which ``n`` patients are cut."""
        size = self._block_size(n, n_features)
        return [slice(first, min(first + size, n)) for first in range(0, n, size)]

    def map(self, rows: FloatArray, work: Work[Result]) -> Iterator[Result]:
        """Call ``work`` with each block of patients and its pairs' values (pairs, rows).

        The values are halves of the interactions of the raw score. Calls may come from several
        threads at a time; the results come in the order of the patients.
        """
        if self.tables is None:
            return self._map_shap(rows, work)
        from explainers.attribution import kernel  # noqa: PLC0415

        return kernel.map_pairs(self.tables, rows, work)

    def _map_shap(self, rows: FloatArray, work: Work[Result]) -> Iterator[Result]:
        for block in self.blocks(*rows.shape):
            matrices = interactions_of_trees(self.trees, rows[block])
            yield work(block, matrices[:, self.pairs[:, 0], self.pairs[:, 1]].T)

    def _block_size(self, n: int, n_features: int) -> int:
        if self.tables is None:
            return max(1, SHAP_NUMBERS // (n_features + 1) ** 2)
        from explainers.attribution import kernel  # noqa: PLC0415

        return kernel.block_size(len(self.pairs), n)


def open_pairs(
    trees: TreeEnsemble,
    n_rows: int,
    reference: FloatArray | None,
    wanted: BoolArray | None = None,
) -> PairSource:
    """The engine that can answer for ``n_rows`` patients, and sooner where both can.

    Parameters
    ----------
    trees : TreeEnsemble
    n_rows : int
    reference : ndarray of shape (m, p) or None
        Encoded reference patients (interventional), or None for path-dependent values.
    wanted : ndarray of shape (p, p), optional
        Symmetric; True for the pairs that are asked for. Default: all pairs.

    Raises
    ------
    UnsupportedError
        Interventional, when a tree is too deep for tables or the tables would be too large.
    """
    # Loaded when first used: compiled code is not needed to list methods.
    from explainers.attribution import kernel  # noqa: PLC0415

    if reference is not None or n_rows >= FEWEST_PATIENTS:
        try:
            tables = kernel.build_pair_tables(trees, reference, wanted)
        except UnsupportedError as error:
            if reference is not None:
                raise UnsupportedError(
                    f"interactions against reference patients cannot be computed: {error.rule}",
                    value=error.value,
                    remedy="Ask for path-dependent interactions, which the shap package computes.",
                ) from error
        else:
            return PairSource(trees, tables.pairs, tables)
    return PairSource(trees, kernel.find_interacting(trees, wanted), None)
