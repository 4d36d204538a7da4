"""How well one feature alone tells two kinds of patient apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import rankdata

from explainers.checks.evidence import Tally
from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.estimate import Estimate
from explainers.core.schema import Column
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.performance.metrics import estimate_metric

METRIC = "feature_auroc"
DIGITS = 3
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
        Not estimable, without counts, where one side has fewer than 11 patients. Three digits
        without counts where these, or all digits, would tell that few were not measured, or that
        few have one of two values.
    """
    is_known = ~np.isnan(labels)
    is_used = is_known & ~np.isnan(values)
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
    found = replace(found, metric=METRIC)
    missing = Tally.of(labels[is_known & ~is_used] == 1.0)
    if missing.is_shown and not _tells_both_sides(own, is_event):
        return found
    return _rounded(found)


def _tells_both_sides(values: FloatArray, is_event: BoolArray) -> bool:
    """Whether a feature of two values has few patients with one of them and either label.

    Its AUROC is half of a sum of two shares, whose digits tell both numerators.
    """
    held, at = np.unique(values, return_inverse=True)
    counts = np.bincount(2 * at + is_event, minlength=2 * len(held))
    return len(held) == 2 and bool((counts < SMALLEST_CELL).any())


def _rounded(found: Estimate) -> Estimate:
    """Without counts, which would tell how many were not measured, and with as few digits.

    Limits are rounded down to below the value and up to above it, so that nothing is made surer.
    """
    if found.value is None or found.low is None or found.high is None:
        return found
    return replace(
        found,
        value=round(found.value, DIGITS),
        low=np.floor(found.low * 10**DIGITS).item() / 10**DIGITS,
        high=np.ceil(found.high * 10**DIGITS).item() / 10**DIGITS,
        n=None,
        n_events=None,
    )


def _shares_of_levels(levels: np.ndarray, is_event: BoolArray) -> FloatArray:
    """For each patient the share of events among those of the same level, (n,)."""
    counts = np.bincount(levels)
    events = np.bincount(levels, weights=is_event)
    shares: FloatArray = (events / np.maximum(counts, 1))[levels]
    return shares
