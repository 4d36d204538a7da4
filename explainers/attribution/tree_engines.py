"""Which engine computes the SHAP values of a sum of trees: the compiled kernel, or shap.

For one patient shap answers in milliseconds; for a cohort the kernel is many times cheaper. Both
give the same values to 1e-5 or better, and the provenance says which one answered.
"""

from __future__ import annotations

from contextlib import suppress

from explainers.attribution.shap_package import shap_of_trees
from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.errors import UnsupportedError


def explain_trees(
    trees: TreeEnsemble, rows: FloatArray, reference: FloatArray | None
) -> tuple[FloatArray, float, str]:
    """SHAP values of the raw score, what they start from, and the engine that answered.

    Parameters
    ----------
    trees : TreeEnsemble
    rows : ndarray of shape (k, p)
        Encoded patients; NaN is a missing value.
    reference : ndarray of shape (m, p) or None
        Encoded reference patients (interventional), or None for path-dependent values.

    Returns
    -------
    values : ndarray of shape (k, p)
    base : float
        Mean raw score over the reference patients, or over the training patients.
    engine : {"kernel", "shap"}
    """
    # Loaded when first used: compiled code is not needed to list methods.
    from explainers.attribution import kernel  # noqa: PLC0415

    if kernel.choose_engine(len(rows), trees, reference) == "kernel":
        # Trees whose tables would be too large are for shap, which computes the same values.
        with suppress(UnsupportedError):
            values, base = kernel.explain_rows(kernel.build_tables(trees, reference), rows)
            return values, base, "kernel"
    values, base = shap_of_trees(trees, rows, reference)
    return values, base, "shap"
