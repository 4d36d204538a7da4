"""Which engine computes the SHAP values of a sum of trees: the compiled kernel, or shap.

For one patient shap answers in milliseconds; for a cohort the kernel is many times cheaper. Both
give the same values to 1e-5 or better, and the provenance says which one answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from explainers.attribution.shap_package import shap_of_trees
from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.errors import UnsupportedError

if TYPE_CHECKING:
    from explainers.attribution.kernel import ShapTables


@dataclass(frozen=True, eq=False)
class TreeGame:
    """The game that SHAP values of a sum of trees are of; its tables are built when first needed.

    Attributes
    ----------
    trees : TreeEnsemble
    reference : ndarray of shape (m, p) or None
        Encoded reference patients (interventional), or None for path-dependent values.
    """

    trees: TreeEnsemble
    reference: FloatArray | None

    def explain(self, rows: FloatArray) -> tuple[FloatArray, float, str]:
        """SHAP values of the raw score, what they start from, and the engine that answered.

        Parameters
        ----------
        rows : ndarray of shape (k, p)
            Encoded patients; NaN is a missing value.

        Returns
        -------
        values : ndarray of shape (k, p)
        base : float
            Mean raw score over the reference patients, or over the training patients.
        engine : {"kernel", "shap"}
        """
        # Loaded when first used: compiled code is not needed to list methods.
        from explainers.attribution import kernel  # noqa: PLC0415

        is_for_kernel = kernel.choose_engine(len(rows), self.trees, self.reference) == "kernel"
        tables = self._tables if is_for_kernel else None
        if tables is not None:
            values, base = kernel.explain_rows(tables, rows)
            return values, base, "kernel"
        values, base = shap_of_trees(self.trees, rows, self.reference)
        return values, base, "shap"

    def is_of(self, trees: TreeEnsemble, reference: FloatArray | None) -> bool:
        """Whether these very trees and reference patients were meant, not merely equal ones."""
        return self.trees is trees and self.reference is reference

    @cached_property
    def _tables(self) -> ShapTables | None:
        """None where they would be too large: shap computes the same values."""
        from explainers.attribution import kernel  # noqa: PLC0415

        try:
            return kernel.build_tables(self.trees, self.reference)
        except UnsupportedError:
            return None
