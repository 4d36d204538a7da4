"""How well one feature alone tells two kinds of patient apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import rankdata

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.estimate import Estimate
from explainers.core.schema import Column
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.performance.metrics import estimate_metric

METRIC = "feature_auroc"
TOO_FEW = f"Fewer than {SMALLEST_CELL} patients on one side, or all have one value."
_BY_ORDER = ("number", "integer", "yes_no")


def estimate_feature_auroc(
    values: FloatArray, labels: FloatArray, column: Column, level: float = 0.95
) -> Estimate:
    """Area under the ROC curve of one feature, in whichever direction it is above one half.

    Levels without an order are ranked by their own share of the label, which flatters a column of
    many levels among few patients.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Encoded; patients with a missing value are left out.
    labels : ndarray of shape (n,)
        1, 0, or NaN where not known.
    column : Column

    Returns
    -------
    Estimate
        Not estimable, without counts, where one side has fewer than 11 patients.
    """
    is_used = ~(np.isnan(values) | np.isnan(labels))
    own, is_event = values[is_used], labels[is_used] == 1.0
    fewest = min(int(is_event.sum()), int((~is_event).sum()))
    if fewest < SMALLEST_CELL or np.ptp(own) == 0.0:
        return Estimate.suppressed(METRIC, TOO_FEW)
    if column.kind not in _BY_ORDER and not column.ordered:
        own = _shares_of_levels(own.astype(np.int64), is_event)
    ranked = rankdata(own, method="max") / len(own)
    found = estimate_metric("auroc", is_event.astype(np.float64), ranked, None, level)
    if found.value is not None and found.value < 0.5:
        ranked = rankdata(-own, method="max") / len(own)
        found = estimate_metric("auroc", is_event.astype(np.float64), ranked, None, level)
    return replace(found, metric=METRIC)


def _shares_of_levels(levels: np.ndarray, is_event: BoolArray) -> FloatArray:
    """For each patient the share of events among those of the same level, (n,)."""
    counts = np.bincount(levels)
    events = np.bincount(levels, weights=is_event)
    shares: FloatArray = (events / np.maximum(counts, 1))[levels]
    return shares
