"""ALE and partial dependence of one feature on one scale, so that they can be held together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.curve import Curve
from explainers.core.link import Scale
from explainers.core.study import Study
from explainers.disclosure.counts import round_people
from explainers.disclosure.persons import floor_in_rows
from explainers.effects.ale import estimate_ale
from explainers.effects.effect import SCALE_LABELS, Effect, level_names
from explainers.effects.partial_dependence import predict_on_grid
from explainers.effects.seen_values import (
    DEFAULT_POINTS,
    density_on,
    position_of,
    sampled_matrix,
    seen_grid,
)
from explainers.errors import UnsupportedError
from explainers.uncertainty.bootstrap import bootstrap_mean_intervals

# Predictions asked for are so many times the points of the grid.
MOST_PATIENTS = 3_000
# Half a step at either end of the grid must still hold enough people to be shown.
FLOORS_PER_POINT = 3


@dataclass(frozen=True)
class EffectPair:
    """Both curves of a feature, each as a difference from its own mean over patients.

    Attributes
    ----------
    label : str
        Whose curves these are; "" for everybody.
    ale, partial : Effect
        Partial dependence is moved down by its mean over the patients, so that only differences
        remain, as in ALE.
    """

    label: str
    ale: Effect
    partial: Effect

    @property
    def differences(self) -> FloatArray:
        """Partial dependence minus ALE at the points of ALE, (m,); NaN beyond the other's grid."""
        partial, x = self.partial.curve, self.ale.curve.x
        between: FloatArray = np.interp(x, partial.x, partial.y, left=np.nan, right=np.nan)
        return np.asarray(between - self.ale.curve.y, dtype=np.float64)

    def largest_difference(self) -> tuple[float, float] | None:
        """Where the two curves differ most, and by how much; None where they share no point."""
        gaps = self.differences
        if np.isnan(gaps).all():
            return None
        at = int(np.nanargmax(np.abs(gaps)))
        return float(self.ale.curve.x[at]), float(gaps[at])

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "label": self.label,
            "ale": self.ale.to_dict(),
            "partial": self.partial.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> EffectPair:
        """Inverse of :meth:`to_dict`."""
        ale, partial = (Effect.from_dict(record[name]) for name in ("ale", "partial"))
        return cls(record["label"], ale, partial)


def estimate_effect_pair(
    study: Study, feature: str, *, label: str = "", scale: Scale = "risk"
) -> EffectPair:
    """Both curves over the same patients, at values that enough of them are near to.

    Parameters
    ----------
    study : Study
        At most 3,000 of its patients are drawn.
    feature : str
    label : str
        Whose curves these are.
    scale : {"risk", "log-odds"}

    Raises
    ------
    SettingsError
        When the model has no such feature.
    UnsupportedError
        When too few patients, or fewer than two values, are left.
    """
    n = min(len(study.cohort), MOST_PATIENTS)
    floor = floor_in_rows(study.cohort)
    per_point = FLOORS_PER_POINT * floor
    n_points = min(DEFAULT_POINTS, n // per_point)
    if n_points < 3:
        raise UnsupportedError(
            f"the curve of an effect needs at least {3 * per_point} patients", value=n
        )
    ale = estimate_ale(study, feature, scale=scale, n_points=n_points, n_patients=n)
    partial = estimate_centred_dependence(
        study, feature, scale=scale, n_points=n_points, n_patients=n
    )
    is_measured = ~np.isnan(study.matrix[:, study.model.feature_names.index(feature)])
    n_measured = int(is_measured.sum())
    return EffectPair(label, _kept(ale, n_measured, floor), _kept(partial, n_measured, floor))


def estimate_centred_dependence(
    study: Study, feature: str, *, scale: Scale, n_points: int, n_patients: int
) -> Effect:
    """Partial dependence minus its mean over the patients' own values.

    Each patient's curve is centred before the mean is taken, so that the band is that of the
    difference: how high the curve lies as a whole, which differs far more between patients, is no
    part of it.

    Raises
    ------
    SettingsError, UnsupportedError
        As :func:`~explainers.effects.partial_dependence.estimate_partial_dependence`.
    """
    position = position_of(study, feature)
    column, own = study.model.columns[position], study.matrix[:, position]
    grid = seen_grid(own, column, n_points)
    patients = sampled_matrix(study, n_patients, study.seed)
    density = density_on(grid, own)
    curves = predict_on_grid(study, patients, position, grid, scale)
    curves -= (curves @ density)[:, None]
    low, high = bootstrap_mean_intervals(curves, seed=study.seed)
    return Effect(
        method="partial-dependence",
        feature=feature,
        curve=Curve(
            x=grid,
            y=curves.mean(axis=0),
            low=low,
            high=high,
            x_label=column.label_with_unit,
            y_label=f"{SCALE_LABELS[scale]}, difference from the mean",
            n=len(patients),
        ),
        density=density,
        levels=level_names(column, grid),
        scale=scale,
        provenance=study.provenance(
            "partial-dependence", feature=feature, n_patients=len(patients), is_centred=True
        ),
    )


def _kept(effect: Effect, n_measured: int, floor: int) -> Effect:
    """The effect at points that enough measured patients are nearest to."""
    enough = effect.density * n_measured >= floor - 0.5
    if enough.sum() < 2:
        raise UnsupportedError(
            f"fewer than two values have {floor} patients near them", value=effect.feature
        )
    levels = tuple(level for level, keep in zip(effect.levels, enough, strict=False) if keep)
    # Exact shares would tell how many have a value that was left out, or none.
    people = round_people(np.round(effect.density * n_measured).astype(np.int64))
    shares = np.minimum(people / round_people(n_measured), 1.0)
    return replace(
        effect,
        curve=_points(effect.curve, enough),
        density=shares[enough],
        levels=levels,
    )


def _points(curve: Curve, kept: BoolArray) -> Curve:
    return replace(
        curve,
        x=curve.x[kept],
        y=curve.y[kept],
        low=None if curve.low is None else curve.low[kept],
        high=None if curve.high is None else curve.high[kept],
    )
