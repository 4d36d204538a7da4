"""Metrics from counts between risks, for patients who are not at hand.

People of one bin are ranked alike here, though their risks differ. How far that can move a metric
follows from the counts, and the interval is widened by it; its name says so.
"""

from __future__ import annotations

import numpy as np
from scipy.special import logit, psi

from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.core.link import SMALLEST_PROBABILITY
from explainers.performance.calibration import NOT_FOUND, SEPARATED
from explainers.performance.discrimination import TOO_FEW
from explainers.performance.logistic import LogisticFit, fit_logistic
from explainers.performance.metric import MetricSettings, absent, estimated, missing_class
from explainers.performance.risk_bins import RiskBins
from explainers.performance.risk_sums import RiskSums
from explainers.uncertainty.delong import auroc_interval, delong_variance_of_bins
from explainers.uncertainty.interval import Interval
from explainers.uncertainty.wald import jackknife_interval, wald_interval

ONE_BIN = "All predicted risks here lie in one bin, so nobody is ranked."


def estimate_binned_auroc(sums: RiskSums, settings: MetricSettings) -> Estimate:
    """AUROC with people of one bin as ties; the true one is within half of the tied pairs."""
    bins = sums.known_bins
    if reason := _cannot_rank(sums, bins):
        return absent("auroc", reason, sums)
    auroc, variance = delong_variance_of_bins(bins.events, bins.others)
    tied = float(bins.events @ bins.others) / (bins.n_events * (bins.n - bins.n_events))
    if variance == 0.0 and 0.0 < auroc < 1.0:
        return absent("auroc", ONE_BIN, sums)
    interval = auroc_interval(auroc, variance, sums.n_events, sums.n_others, settings.level)
    widened = _widened(interval, (tied / 2, tied / 2), (0.0, 1.0), bins)
    return estimated("auroc", auroc, widened, sums, settings)


def estimate_binned_average_precision(sums: RiskSums, settings: MetricSettings) -> Estimate:
    """Average precision with people of one bin as ties."""
    slug, bins = "average_precision", sums.known_bins
    if reason := _cannot_rank(sums, bins):
        return absent(slug, reason, sums)
    # From the highest risk down: who is found, and who is flagged, at the end of each bin.
    events, others = bins.events[::-1], bins.others[::-1]
    found, flagged = np.cumsum(events), np.cumsum(events + others)
    precision = found / np.maximum(flagged, 1.0)
    value = float(events @ precision) / bins.n_events
    variance = _precision_variance(events, others, precision, value)
    low, high = _precision_bounds(events, others)
    interval = jackknife_interval(value, variance, settings.level)
    widened = _widened(interval, (value - low, high - value), (0.0, 1.0), bins)
    return estimated(slug, value, widened, sums, settings)


def estimate_binned_intercept(sums: RiskSums, settings: MetricSettings) -> Estimate:
    """Calibration-in-the-large; off by no more than people are from the middle of their bin."""
    slug, bins = "calibration_intercept", sums.known_bins
    if reason := missing_class(sums):
        return absent(slug, reason, sums)
    log_odds, furthest = _middles(bins)
    fit = _fit(bins, np.ones((len(log_odds), 1)), log_odds)
    if fit is None:
        return absent(slug, NOT_FOUND, sums)
    value, error = float(fit.coefficients[0]), float(fit.std_errors[0])
    interval = wald_interval(value, error, settings.level)
    occupied = bins.events + bins.others > 0
    off = float(furthest[occupied].max())
    widened = _widened(interval, (off, off), (-np.inf, np.inf), bins)
    return estimated(slug, value, widened, sums, settings)


def estimate_binned_slope(sums: RiskSums, settings: MetricSettings) -> Estimate:
    """Calibration slope with everybody in the middle of the bin, on the log-odds."""
    slug, bins = "calibration_slope", sums.known_bins
    if reason := missing_class(sums) or _cannot_rank(sums, bins):
        return absent(slug, reason, sums)
    if _is_separated(bins):
        return absent(slug, SEPARATED, sums)
    log_odds, _ = _middles(bins)
    fit = _fit(bins, np.column_stack([np.ones(len(log_odds)), log_odds]))
    if fit is None:
        return absent(slug, NOT_FOUND, sums)
    value, error = float(fit.coefficients[1]), float(fit.std_errors[1])
    interval = wald_interval(value, error, settings.level)
    named = Interval(interval.low, interval.high, f"{interval.method}, from {_name(bins)}")
    return estimated(slug, value, named, sums, settings)


def _cannot_rank(sums: RiskSums, bins: RiskBins) -> str:
    if reason := missing_class(sums):
        return reason
    if min(sums.n_events, sums.n_others) < 2:
        return TOO_FEW
    return ONE_BIN if np.count_nonzero(bins.events + bins.others) == 1 else ""


def _name(bins: RiskBins) -> str:
    return f"{len(bins.events):,} bins of risk"


def _widened(
    interval: Interval,
    by: tuple[float, float],
    within: tuple[float, float],
    bins: RiskBins,
) -> Interval:
    """The interval, further out on either side by as much as the bins can hide."""
    low, high = max(interval.low - by[0], within[0]), min(interval.high + by[1], within[1])
    off = f"{max(by):.1g}"
    return Interval(low, high, f"{interval.method}, from {_name(bins)}, widened by {off} for them")


def _precision_variance(
    events: FloatArray, others: FloatArray, precision: FloatArray, value: float
) -> float:
    """Sum of squared influences, as for patients at hand whose risks are tied within bins."""
    n_events = float(events.sum())
    flagged = np.maximum(np.cumsum(events + others), 1.0)
    per_flagged = events / flagged
    below = np.cumsum(per_flagged[::-1])[::-1]
    below_precision = np.cumsum((per_flagged * precision)[::-1])[::-1]
    of_other = -below_precision / n_events
    of_event = (precision - value + below) / n_events + of_other
    return float(events @ np.square(of_event) + others @ np.square(of_other))


def _precision_bounds(events: FloatArray, others: FloatArray) -> tuple[float, float]:
    """Average precision with the events of each bin last, and the most that ties could give.

    The j-th event of a bin has a precision of at least (A + j) / (B + o + j), with A events and B
    people above the bin and o others in it, and of at most (A + e) / (B + e) with all its e events.
    """
    found, flagged = np.cumsum(events), np.cumsum(events + others)
    n_events = float(found[-1])
    before, flagged_before = found - events, flagged - events - others
    crowd = flagged_before + others
    least = events - (crowd - before) * (psi(crowd + events + 1.0) - psi(crowd + 1.0))
    most = events * found / np.maximum(flagged_before + events, 1.0)
    return float(least.sum()) / n_events, float(most.sum()) / n_events


def _middles(bins: RiskBins) -> tuple[FloatArray, FloatArray]:
    """Log-odds in the middle of each bin, and the furthest that anybody in it can be, (b,)."""
    edges = logit(np.clip(bins.edges, SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY))
    return (edges[1:] + edges[:-1]) / 2.0, np.diff(edges) / 2.0


def _fit(
    bins: RiskBins, design: FloatArray, offset: FloatArray | None = None
) -> LogisticFit | None:
    """Logistic regression on one row for the events and one for the others of each bin."""
    is_event = np.repeat([True, False], len(bins.events))
    weights = np.concatenate([bins.events, bins.others])
    used = weights > 0
    both = None if offset is None else np.tile(offset, 2)[used]
    return fit_logistic(np.tile(design, (2, 1))[used], is_event[used], both, weights[used])


def _is_separated(bins: RiskBins) -> bool:
    events, others = np.flatnonzero(bins.events), np.flatnonzero(bins.others)
    return bool(events[0] >= others[-1] or events[-1] <= others[0])
