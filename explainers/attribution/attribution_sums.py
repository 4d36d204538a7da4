"""Attributions of many patients by their exact sums, so that sets of patients can be added up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explainers.core.arrays import IntArray
from explainers.core.attribution import Attribution
from explainers.core.estimate import Estimate
from explainers.core.exact_sum import ExactSum, sum_exactly
from explainers.errors import SettingsError
from explainers.uncertainty.wald import jackknife_interval

Sums = tuple[ExactSum, ...]
_FACTS = ("scale", "method", "reference_digest")
_SUMS = ("values", "absolute", "squares")

NOBODY = "Nobody here has attributions."


@dataclass(frozen=True)
class AttributionSums:
    """Sums of the attributions of n patients to p features.

    Attributes
    ----------
    n : int
        Patients.
    features : tuple of str, length p
    scale : str
        Unit of the attributions: ``risk`` or ``log-odds``.
    method : str
        Slug of the method that made them.
    reference_digest : str
        SHA-256 of the reference patients they compare with.
    values, absolute, squares : tuple of ExactSum, length p
        Sums of the attributions, of their absolute values and of their squares.
    """

    n: int
    features: tuple[str, ...]
    scale: str
    method: str
    reference_digest: str
    values: Sums
    absolute: Sums
    squares: Sums

    def __add__(self, other: AttributionSums) -> AttributionSums:
        """Sums of both.

        Raises
        ------
        SettingsError
            For other features, another scale or method, or other reference patients.
        """
        for name in ("features", *_FACTS):
            if getattr(self, name) != getattr(other, name):
                raise SettingsError(
                    f"attributions can be added where their {name} is the same",
                    value=(getattr(self, name), getattr(other, name)),
                )
        return replace(
            self,
            n=self.n + other.n,
            values=_added(self.values, other.values),
            absolute=_added(self.absolute, other.absolute),
            squares=_added(self.squares, other.squares),
        )

    def rounded(self, bits: int) -> AttributionSums:
        """Every sum to the nearest multiple of ``2^-bits``."""
        values, absolute, squares = (
            tuple(each.rounded(bits) for each in getattr(self, name)) for name in _SUMS
        )
        return replace(self, values=values, absolute=absolute, squares=squares)

    def estimate_means(self, level: float = 0.95) -> tuple[Estimate, ...]:
        """Mean attribution of each feature, p estimates in the unit of the attributions."""
        return tuple(
            self._mean("mean_attribution", float(total), float(squares), level)
            for total, squares in zip(self.values, self.squares, strict=True)
        )

    def estimate_importance(self, level: float = 0.95) -> tuple[Estimate, ...]:
        """Mean absolute attribution of each feature, p estimates."""
        return tuple(
            self._mean("mean_absolute_attribution", float(total), float(squares), level)
            for total, squares in zip(self.absolute, self.squares, strict=True)
        )

    def _mean(self, slug: str, total: float, squares: float, level: float) -> Estimate:
        if self.n == 0:
            return Estimate.not_estimable(slug, NOBODY, n=0, n_events=0)
        mean = total / self.n
        variance = max(squares / self.n - mean * mean, 0.0) / self.n
        limits = jackknife_interval(mean, variance, level)
        return Estimate(
            slug, mean, limits.low, limits.high, self.n, None, limits.method, level=level
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        facts = {name: getattr(self, name) for name in ("n", *_FACTS)}
        sums = {name: [each.to_text() for each in getattr(self, name)] for name in _SUMS}
        return {**facts, "features": list(self.features), **sums}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> AttributionSums:
        """Inverse of :meth:`to_dict`."""
        sums = {name: tuple(map(ExactSum.from_text, record[name])) for name in _SUMS}
        return cls(**{**record, "features": tuple(record["features"]), **sums})


def sum_attributions(
    attribution: Attribution, position: IntArray, n_groups: int
) -> tuple[AttributionSums, ...]:
    """Reduce the attributions of each group of patients to their sums.

    Parameters
    ----------
    attribution : Attribution
        Of n patients.
    position : ndarray of shape (n,)
        Group of each patient, from 0 to ``n_groups - 1``; -1 for those to leave out.
    """
    columns = attribution.values[position >= 0].T
    position = position[position >= 0]
    kinds = [
        [sum_exactly(column, position, n_groups) for column in own]
        for own in (columns, np.abs(columns), np.square(columns))
    ]
    patients = np.bincount(position, minlength=n_groups)
    return tuple(
        AttributionSums(
            int(patients[at]),
            tuple(attribution.feature_names),
            attribution.scale,
            attribution.method,
            attribution.provenance.reference_digest,
            *(tuple(sums[at] for sums in kind) for kind in kinds),
        )
        for at in range(n_groups)
    )


def _added(own: Sums, others: Sums) -> Sums:
    return tuple(a + b for a, b in zip(own, others, strict=True))
