"""How an input's contribution moves with its value, and with the value of a second input.

A dependence plot draws a point for each patient. Here patients of neighbouring values are averaged,
at least eleven to a mark, so that no mark is anybody's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray, IntArray, frozen_floats
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.schema import Column
from explainers.disclosure.bins import merge_small_bins
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.errors import SettingsError, UnsupportedError
from explainers.uncertainty.wald import wald_interval

MOST_BINS = 16
# Patients of a mark: enough for a mean with an interval.
WANTED_PEOPLE = 40
THIRDS = ("low", "middle", "high")


@dataclass(frozen=True)
class DependenceSeries:
    """Mean contributions of the patients with one range of the partner's values.

    Attributes
    ----------
    label : str
        Level of the partner or which third; "" for everybody.
    x : ndarray of shape (b,)
        Mean value of the patients of each bin; for levels their position.
    mean, low, high : ndarray of shape (b,)
        Mean contribution with its interval.
    n : ndarray of shape (b,)
        Patients of each bin, at least the floor.
    """

    label: str
    x: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    n: IntArray

    def __post_init__(self) -> None:
        for name in ("x", "mean", "low", "high"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))


@dataclass(frozen=True)
class Dependence:
    """Contribution of a feature against its value.

    Attributes
    ----------
    feature, partner : str
        The partner is "" where everybody is one series.
    series : tuple of DependenceSeries
        Those without a mark are left out.
    scale : {"risk", "log-odds"}
    n : int
        Patients whose feature was measured.
    n_missing : int
        Patients whose feature was not; they are in no mark.
    n_hidden : int
        Patients in no mark, since fewer than the floor share their bin or their partner's value
        is missing.
    floor : int
        Fewest people of a mark.
    """

    feature: str
    partner: str
    series: tuple[DependenceSeries, ...]
    scale: Scale
    n: int
    n_missing: int
    n_hidden: int
    floor: int = SMALLEST_CELL

    @property
    def spread(self) -> float:
        """From the lowest to the highest mean contribution; 0 without a mark."""
        means = [series.mean for series in self.series if len(series.mean)]
        return float(np.ptp(np.concatenate(means))) if means else 0.0

    def to_frame(self) -> pd.DataFrame:
        """One row per mark: feature, partner, series, x, mean, low, high, n."""
        frames = [
            pd.DataFrame(
                {
                    "feature": self.feature,
                    "partner": self.partner,
                    "series": series.label,
                    "x": series.x,
                    "mean": series.mean,
                    "low": series.low,
                    "high": series.high,
                    "n": series.n,
                }
            )
            for series in self.series
        ]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def bin_dependence(
    attribution: Attribution,
    columns: tuple[Column, ...],
    feature: str,
    *,
    partner: str = "",
    floor: int = SMALLEST_CELL,
) -> Dependence:
    """Mean contribution of a feature in bins of its value, for each part of the partner's values.

    Numbers are cut where equally many patients lie between, so that all series share their bins;
    small bins are merged with their neighbours. Levels are not merged: a level with too few people
    is left out, and where that would tell how many they are, the smallest other level with it.

    Parameters
    ----------
    attribution : Attribution
        Of features, with the patients' values.
    columns : tuple of Column
        The model's columns.
    feature, partner : str
        The partner may be "".
    floor : int
        Fewest people of a mark, 11 or more.

    Raises
    ------
    SettingsError
        When the model has no such feature, or both are the same.
    UnsupportedError
        When the attribution has no values of the patients, or too few were measured.
    """
    known = {column.name: column for column in columns}
    if feature not in known or (partner and partner not in known) or feature == partner:
        raise SettingsError(
            "a dependence needs a feature of the model, and another one as its partner",
            value=(feature, partner),
            remedy=f"Features: {', '.join(known)}.",
        )
    values = _values_of(attribution, feature)
    contributions = attribution.values[:, attribution.feature_names.index(feature)]
    is_measured = ~np.isnan(values)
    if is_measured.sum() < floor:
        raise UnsupportedError(
            f"fewer than {floor} patients have a value of this feature", value=feature
        )
    bins = _bins_of(values, known[feature])
    parts = _parts_of(attribution, known[partner]) if partner else (("", is_measured),)
    series = []
    for label, is_part in parts:
        chosen = is_measured & is_part
        marks = _marks(bins[chosen], values[chosen], contributions[chosen], known[feature], floor)
        if marks is not None:
            series.append(DependenceSeries(label, *marks))
    n = int(is_measured.sum())
    return Dependence(
        feature=feature,
        partner=partner,
        series=tuple(series),
        scale=attribution.scale,
        n=n,
        n_missing=len(values) - n,
        n_hidden=n - sum(int(one.n.sum()) for one in series),
        floor=floor,
    )


def _values_of(attribution: Attribution, name: str) -> FloatArray:
    if attribution.feature_values is None:
        raise UnsupportedError(
            "a dependence needs the contributions of single features with their values", value=name
        )
    own: FloatArray = attribution.feature_values[:, attribution.feature_names.index(name)]
    return own


def _bins_of(values: FloatArray, column: Column) -> IntArray:
    """Bin of each patient (n,): the level, or the range of a number; -1 where not measured."""
    known = values[~np.isnan(values)]
    if column.is_numeric:
        n_bins = int(np.clip(len(known) // (WANTED_PEOPLE * len(THIRDS)), 3, MOST_BINS))
        cuts = np.unique(np.quantile(known, np.linspace(0, 1, n_bins + 1)[1:-1]))
        bins = np.searchsorted(cuts, values, side="right")
    else:
        bins = np.nan_to_num(values, nan=-1.0).astype(np.int64)
    return np.where(np.isnan(values), -1, bins).astype(np.int64)


def _parts_of(
    attribution: Attribution, partner: Column
) -> tuple[tuple[str, np.ndarray[tuple[int], np.dtype[np.bool_]]], ...]:
    """Parts of the partner's values: its levels where they are few, else thirds."""
    values = _values_of(attribution, partner.name)
    if not partner.is_numeric and len(partner.levels) <= 3:
        return tuple((level, values == at) for at, level in enumerate(partner.levels))
    low, high = np.nanquantile(values, [1 / 3, 2 / 3])
    return (
        (THIRDS[0], values <= low),
        (THIRDS[1], (values > low) & (values <= high)),
        (THIRDS[2], values > high),
    )


def _marks(
    bins: IntArray, values: FloatArray, contributions: FloatArray, column: Column, floor: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, IntArray] | None:
    """Of each mark x, mean, low, high and n; None where there is none."""
    if len(bins) < floor:
        return None
    counts = np.bincount(bins)
    if column.is_numeric:
        starts = merge_small_bins(counts[:, None], floor)
        kept = np.array([0, len(counts)]) if starts is None else starts
        marks = np.searchsorted(kept, bins, side="right") - 1
    else:
        shown = _shown_levels(counts, floor)
        marks = np.where(shown[bins], bins, -1)
    found = []
    for mark in np.unique(marks[marks >= 0]):
        own = contributions[marks == mark]
        error = float(own.std(ddof=1)) / np.sqrt(len(own))
        interval = wald_interval(float(own.mean()), float(error))
        place = float(values[marks == mark].mean())
        found.append((place, float(own.mean()), interval.low, interval.high, float(len(own))))
    if not found:
        return None
    x, mean, low, high, n = np.array(found).T
    return x, mean, low, high, n.astype(np.int64)


def _shown_levels(counts: IntArray, floor: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which levels (l,) have a mark; what is left out adds up to nobody or to enough people."""
    shown = counts >= floor
    for at in np.argsort(counts, kind="stable"):
        hidden = int(counts[~shown].sum())
        if hidden == 0 or hidden >= floor:
            break
        shown[at] = False
    return np.asarray(shown, dtype=np.bool_)
