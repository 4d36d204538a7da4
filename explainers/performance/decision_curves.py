"""Decision curves: what is gained by acting on a model, over a range of thresholds.

They are computed from counts between thresholds that are at least eleven people apart, so no step
of a curve gives anybody away; between two such thresholds people are taken to be evenly spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.curve import Curve
from explainers.errors import SettingsError
from explainers.performance.binned_rows import BinnedRows
from explainers.performance.cluster_intervals import ONE_CLUSTER
from explainers.performance.curves import NoCurve
from explainers.performance.metric import N_RESAMPLES
from explainers.performance.risk_bins import RiskBins
from explainers.uncertainty.bootstrap import count_draws, percentile_band

# Somebody may weigh a missed patient up to three times more, or less, than the declared reason.
ODDS_FACTOR = 3.0
FEWEST_THRESHOLDS = 2
_N_POINTS = 61


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit of a model beside the two ways to do without one.

    Attributes
    ----------
    model, treat_all : Curve
        Net benefit against the threshold, m points each; treating nobody has 0 throughout. The
        band of the model is its bootstrap interval.
    gain : Curve
        The model less the better of treating everybody and nobody, with its own interval.
    counted : tuple of float
        Thresholds, among the m, at which people were counted; between them the curve is drawn.
    is_standardized : bool
        Whether all of it is divided by the share with the outcome.
    """

    model: Curve
    treat_all: Curve
    gain: Curve
    counted: tuple[float, ...]
    is_standardized: bool

    @property
    def is_counted(self) -> BoolArray:
        """Which of the m points are counted ones, (m,)."""
        return np.isin(self.model.x, self.counted)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "model": self.model.to_dict(),
            "treat_all": self.treat_all.to_dict(),
            "gain": self.gain.to_dict(),
            "counted": list(self.counted),
            "is_standardized": self.is_standardized,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> DecisionCurve:
        """Inverse of :meth:`to_dict`."""
        curves = {name: Curve.from_dict(record[name]) for name in ("model", "treat_all", "gain")}
        return cls(
            **curves,
            counted=tuple(record["counted"]),
            is_standardized=record["is_standardized"],
        )


def threshold_range(threshold: float) -> tuple[float, float]:
    """Range around a declared threshold, from a third to three times its odds.

    Raises
    ------
    SettingsError
        When the threshold is not between 0 and 1.
    """
    if not 0.0 < threshold < 1.0:
        raise SettingsError("a threshold must lie between 0 and 1, both excluded", value=threshold)
    odds = threshold / (1.0 - threshold)
    low, high = odds / ODDS_FACTOR, odds * ODDS_FACTOR
    return low / (1.0 + low), high / (1.0 + high)


def decision_curve(
    bins: RiskBins,
    within: tuple[float, float],
    *,
    is_standardized: bool = False,
    level: float = 0.95,
    seed: int = 0,
) -> DecisionCurve | NoCurve:
    """Net benefit over a range of thresholds (Vickers and Elkin 2006, Med Decis Making 26:565).

    At threshold t it is ``TP/n - FP/n x t/(1-t)``, and that of treating everybody
    ``prevalence - (1 - prevalence) x t/(1-t)``. Net benefit depends on patients only through the
    counts in the bins, so drawing those from a multinomial distribution is the bootstrap of
    patients. In every resample the model is compared with whichever default is better there.

    Where rows belong together the bands rest on the variance over clusters instead. The gain is the
    lesser of two, over treating everybody and over treating nobody; its limits are the lesser of
    those of the two. For patients of a single cluster there is no curve.

    Parameters
    ----------
    bins : RiskBins
    within : (float, float)
        Lowest and highest threshold.
    is_standardized : bool
        Divide by the prevalence, as comparisons between groups need (Kerr 2016).
    level, seed
        Of the bootstrap intervals.

    Raises
    ------
    SettingsError
        For a range outside (0, 1) or a level outside it.
    """
    low, high = within
    if not 0.0 < low < high < 1.0:
        raise SettingsError("thresholds range between 0 and 1, both excluded", value=within)
    counted = tuple(edge for edge in bins.thresholds if low <= edge <= high)
    if not bins.n_events or bins.n_events == bins.n:
        return NoCurve("Nobody or everybody here has the outcome.")
    if len(counted) < FEWEST_THRESHOLDS:
        return NoCurve("Too few people change sides between the thresholds of this range.")
    if bins.rows is not None and bins.rows.is_one:
        return NoCurve(ONE_CLUSTER)
    at = np.union1d(np.linspace(low, high, _N_POINTS), counted)
    if bins.rows is not None:
        found = _by_cluster(bins, bins.rows, at, is_standardized=is_standardized, level=level)
    else:
        found = _by_bootstrap(bins, at, is_standardized=is_standardized, level=level, seed=seed)
    label = "Standardised net benefit" if is_standardized else "Net benefit"
    return DecisionCurve(
        model=found.model.curve(at, label, bins.n),
        treat_all=Curve(at, found.everybody, "Threshold", f"{label} of treating everybody", bins.n),
        gain=found.gain.curve(at, f"{label} above the better default", bins.n),
        counted=counted,
        is_standardized=is_standardized,
    )


@dataclass(frozen=True, eq=False)
class _Band:
    """A curve's m points with their limits."""

    value: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of_draws(cls, draws: FloatArray, level: float) -> _Band:
        """The first row of the draws (1 + B, m), with the band of the others."""
        return cls(draws[0], *percentile_band(draws[1:], level))

    def curve(self, at: FloatArray, label: str, n: int) -> Curve:
        return Curve(at, self.value, "Threshold", label, n, self.low, self.high)


@dataclass(frozen=True, eq=False)
class _Bands:
    """What a decision curve shows, (m,) each."""

    model: _Band
    everybody: FloatArray
    gain: _Band


def _by_bootstrap(
    bins: RiskBins, at: FloatArray, *, is_standardized: bool, level: float, seed: int
) -> _Bands:
    observed = np.concatenate([bins.events, bins.others])
    draws = np.vstack([observed, count_draws(observed, N_RESAMPLES, seed)])
    model, everybody, prevalence = _benefits(draws, bins.edges, at)
    if is_standardized:
        model, everybody = model / prevalence, everybody / prevalence
    gain = model - np.maximum(everybody, 0.0)
    return _Bands(_Band.of_draws(model, level), everybody[0], _Band.of_draws(gain, level))


def _by_cluster(
    bins: RiskBins, rows: BinnedRows, at: FloatArray, *, is_standardized: bool, level: float
) -> _Bands:
    odds = (at / (1.0 - at))[:, None]
    n_bins, prevalence = len(bins.events), bins.n_events / bins.n
    counts = np.concatenate([bins.events, bins.others])
    is_event = np.arange(2 * n_bins) < n_bins
    flagged = np.tile(_flagged(np.eye(n_bins), bins.edges, at).T, 2)
    # What a row of each kind adds to the net benefit of the model and of treating everybody.
    worths = [np.where(is_event, flagged, -odds * flagged), np.where(is_event, 1.0, -odds)]
    scale = prevalence if is_standardized else 1.0
    values, slopes = [], []
    for worth in worths:
        value = worth @ counts / bins.n / scale
        # Of a standardised benefit the prevalence it is divided by varies too.
        own = is_event if is_standardized else np.ones(len(counts))
        slopes.append((worth / scale - np.outer(value / scale, own)) / bins.n)
        values.append(value)
    quantile = rows.clusters.quantile(level)
    (model, everybody), (own, other) = values, slopes
    half = quantile * np.sqrt(rows.variances(own))
    half_over = quantile * np.sqrt(rows.variances(own - other))
    over = model - everybody
    gain = _Band(
        np.minimum(over, model),
        np.minimum(over - half_over, model - half),
        np.minimum(over + half_over, model + half),
    )
    return _Bands(_Band(model, model - half, model + half), everybody, gain)


def _benefits(
    draws: FloatArray, edges: FloatArray, at: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Net benefit of the model and of treating everybody (B, m), and the prevalence (B, 1)."""
    total = draws.sum(axis=1, keepdims=True)
    odds = at / (1.0 - at)
    events, others = np.split(draws, 2, axis=1)
    flagged = [_flagged(part, edges, at) for part in (events, others)]
    model = (flagged[0] - flagged[1] * odds) / total
    prevalence = events.sum(axis=1, keepdims=True) / total
    prevalence[prevalence == 0.0] = np.nan
    return model, prevalence - (1.0 - prevalence) * odds, prevalence


def _flagged(counts: FloatArray, edges: FloatArray, at: FloatArray) -> FloatArray:
    """People (B, m) at or above each threshold, evenly spread within each bin of counts (B, b)."""
    bin_of = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, counts.shape[1] - 1)
    above = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    passed = (at - edges[bin_of]) / (edges[bin_of + 1] - edges[bin_of])
    flagged: FloatArray = above[:, bin_of] - counts[:, bin_of] * passed
    return flagged
