"""Accumulated local effects: the effect of a feature where patients really are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.curve import Curve
from explainers.core.link import Scale
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.effects.effect import SCALE_LABELS, Effect, level_names
from explainers.effects.seen_values import (
    DEFAULT_PATIENTS,
    DEFAULT_POINTS,
    density_on,
    position_of,
    sampled_matrix,
    seen_grid,
)
from explainers.errors import UnsupportedError
from explainers.uncertainty.bootstrap import count_draws, percentile_interval

N_RESAMPLES = 1000


def estimate_ale(
    study: Study,
    feature: str,
    *,
    scale: Scale = "risk",
    n_points: int = DEFAULT_POINTS,
    n_patients: int = DEFAULT_PATIENTS,
    seed: int | None = None,
) -> Effect:
    """First-order ALE (Apley and Zhu 2020, J R Stat Soc B 82:1059).

    Patients are moved only to the two ends of the interval they are in, the differences in
    prediction are averaged per interval and added up, and the curve is shifted to average 0 over
    the patients. Levels take the place of intervals in the order of the schema: each step between
    neighbouring levels is averaged over the patients who have either. For a category without an
    order only the steps, not the shape, have a meaning.

    Parameters
    ----------
    study : Study
    feature : str
    scale : {"risk", "log-odds"}
    n_points, n_patients : int
        Most interval ends for a number; patients drawn.
    seed : int, optional
        Seed of the draw and the bootstrap band; the study's by default.

    Raises
    ------
    SettingsError
        No such feature, or too few patients.
    UnsupportedError
        When fewer than two values are seen.
    """
    position, chosen_seed = position_of(study, feature), study.seed if seed is None else seed
    column = study.model.columns[position]
    drawn = sampled_matrix(study, n_patients, chosen_seed)
    grid = _grid(drawn[:, position], column, n_points)
    values = drawn[:, position]
    patients = drawn[(values >= grid[0]) & (values <= grid[-1])]
    moves = _moves(study, patients, position, grid, scale)
    once = np.ones(len(patients))
    resampled = moves.curves(count_draws(once, N_RESAMPLES, chosen_seed))
    bands = [percentile_interval(draws) for draws in resampled.T]
    return Effect(
        method="ale",
        feature=feature,
        curve=Curve(
            x=grid,
            y=moves.curves(once[None, :])[0],
            low=np.array([band.low for band in bands]),
            high=np.array([band.high for band in bands]),
            x_label=column.label_with_unit,
            y_label=f"{SCALE_LABELS[scale]}, difference from the mean (ALE)",
            n=len(patients),
        ),
        density=density_on(grid, study.matrix[:, position]),
        levels=level_names(column, grid),
        scale=scale,
        provenance=study.provenance(
            "ale", feature=feature, n_patients=len(patients), seed=chosen_seed
        ),
    )


@dataclass(frozen=True)
class _Moves:
    """What moving each of n patients along each of m - 1 steps of the grid does.

    Attributes
    ----------
    differences : ndarray of shape (n, m - 1)
        Change in prediction from the lower to the upper end; 0 where a patient is not moved.
    is_moved : ndarray of shape (n, m - 1)
        1 where a patient is moved along the step, else 0.
    belongs : ndarray of shape (n, m)
        Share of each patient that belongs to each grid point; rows sum to 1.
    """

    differences: FloatArray
    is_moved: FloatArray
    belongs: FloatArray

    def curves(self, weights: FloatArray) -> FloatArray:
        """Centred curves (B, m) for how often each patient counts, (B, n).

        A step along which a resample moves nobody has no effect of its own: the curve is NaN.
        """
        with np.errstate(invalid="ignore"):
            steps = (weights @ self.differences) / (weights @ self.is_moved)
        raised = np.cumsum(np.pad(steps, ((0, 0), (1, 0))), axis=1)
        masses = weights @ self.belongs
        centre = (raised * masses).sum(axis=1) / masses.sum(axis=1)
        centred: FloatArray = raised - centre[:, None]
        return centred


def _grid(values: FloatArray, column: Column, n_points: int) -> FloatArray:
    grid = seen_grid(values, column, n_points)
    if len(grid) < 2:
        raise UnsupportedError(
            "accumulated local effects need at least two seen values", value=column.name
        )
    return grid


def _moves(
    study: Study, patients: FloatArray, position: int, grid: FloatArray, scale: Scale
) -> _Moves:
    """Move patients (n, p) to both ends of their interval, or to the neighbouring levels."""
    at = np.searchsorted(grid, patients[:, position])
    n, m, who = len(patients), len(grid), np.arange(len(patients))
    belongs = np.zeros((n, m))
    if study.model.columns[position].is_numeric:
        steps = [np.maximum(at, 1) - 1]
        for end in (0, 1):
            np.add.at(belongs, (who, steps[0] + end), 0.5)
    else:
        steps = [at - 1, at]
        belongs[who, at] = 1.0
    differences, is_moved = np.zeros((n, m - 1)), np.zeros((n, m - 1))
    for step in steps:
        moved = np.flatnonzero((step >= 0) & (step < m - 1))
        lower, upper = patients[moved], patients[moved]
        lower[:, position], upper[:, position] = grid[step[moved]], grid[step[moved] + 1]
        change = study.predict(upper, scale) - study.predict(lower, scale)
        differences[moved, step[moved]] = change
        is_moved[moved, step[moved]] = 1.0
    return _Moves(differences, is_moved, belongs)
