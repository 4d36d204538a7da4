"""Which effect curve a feature should be shown with, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import rankdata

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.effects.seen_values import position_of, sampled_matrix

# Above this, giving everybody the same value makes many patients that do not exist.
CORRELATION_LIMIT = 0.5
# The standard error of a correlation of 2,000 patients is about 0.02.
_MOST_PATIENTS = 2_000
_FEWEST_PAIRS = 30


@dataclass(frozen=True)
class EffectChoice:
    """The curve to prefer for a feature.

    Attributes
    ----------
    method : {"ale", "partial-dependence"}
    partner : str
        The feature it goes together with most; "" where no pair could be looked at.
    correlation : float
        Their Spearman correlation, signed; for a category without an order, that of the level
        with the largest one.
    reason : str
        A sentence for the screen.
    """

    method: Literal["ale", "partial-dependence"]
    partner: str
    correlation: float
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> EffectChoice:
        """Inverse of :meth:`to_dict`."""
        return cls(**record)


def choose_effect(
    study: Study, feature: str, *, correlation_limit: float = CORRELATION_LIMIT
) -> EffectChoice:
    """Prefer ALE where the feature is correlated with another one, else partial dependence.

    Parameters
    ----------
    study : Study
    feature : str
    correlation_limit : float
        Largest absolute Spearman correlation at which partial dependence is still preferred.

    Raises
    ------
    SettingsError
        When the model has no such feature, or there are fewer than 2 patients.
    """
    position, columns = position_of(study, feature), study.model.columns
    patients = sampled_matrix(study, _MOST_PATIENTS, study.seed)
    own = _scores(patients[:, position], columns[position])
    partner, strongest = -1, 0.0
    for other, column in enumerate(columns):
        if other == position:
            continue
        correlation = _largest_correlation(own, _scores(patients[:, other], column))
        if abs(correlation) > abs(strongest):
            partner, strongest = other, correlation
    if partner < 0:
        return EffectChoice(
            "partial-dependence", "", 0.0, "No other feature varies together with it."
        )
    found = f"Its rank correlation with {columns[partner].label} is {strongest:.2f}"
    if abs(strongest) > correlation_limit:
        reason = (
            f"{found}, above {correlation_limit:g} in size: partial dependence would ask the model"
            " about combinations that hardly any patient has."
        )
        return EffectChoice("ale", columns[partner].name, strongest, reason)
    reason = f"{found}, the largest of all and not above {correlation_limit:g} in size."
    return EffectChoice("partial-dependence", columns[partner].name, strongest, reason)


def _scores(values: FloatArray, column: Column) -> FloatArray:
    """The values (n, 1), or one indicator per level (n, l) for a category without an order."""
    if column.kind != "category" or column.ordered or len(column.levels) == 2:
        return values[:, None]
    indicators: FloatArray = (values[:, None] == np.arange(len(column.levels))).astype(np.float64)
    indicators[np.isnan(values)] = np.nan
    return indicators


def _largest_correlation(first: FloatArray, second: FloatArray) -> float:
    """Spearman correlation of largest size between columns (n, a) and (n, b), signed.

    Ranks are taken among the patients who have both values; 0 where too few have, or where one
    column does not vary.
    """
    both = ~np.isnan(first[:, 0]) & ~np.isnan(second[:, 0])
    if both.sum() < _FEWEST_PAIRS:
        return 0.0
    ranks = [_standardised_ranks(values[both]) for values in (first, second)]
    correlations = ranks[0].T @ ranks[1] / both.sum()
    return float(correlations.flat[np.argmax(np.abs(correlations))])


def _standardised_ranks(values: FloatArray) -> FloatArray:
    ranks = rankdata(values, axis=0)
    ranks -= ranks.mean(axis=0)
    spread = ranks.std(axis=0)
    return np.asarray(ranks / np.where(spread > 0, spread, 1.0), dtype=np.float64)
