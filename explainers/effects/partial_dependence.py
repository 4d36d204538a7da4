"""Partial dependence: the mean prediction as everybody is given the same value of one feature."""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.curve import Curve
from explainers.core.link import Scale
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
from explainers.uncertainty.bootstrap import bootstrap_mean_intervals

# Rows predicted in one go: 50 features of double precision stay below 20 MB.
CHUNK_ROWS = 50_000


def estimate_partial_dependence(
    study: Study,
    feature: str,
    *,
    scale: Scale = "risk",
    n_points: int = DEFAULT_POINTS,
    n_patients: int = DEFAULT_PATIENTS,
    seed: int | None = None,
) -> Effect:
    """Partial dependence (Friedman 2001, Ann Stat 29:1189).

    The mean over held-out patients of the prediction with the feature set to each grid value. The
    band is a percentile bootstrap over those patients: it speaks of which patients were drawn, not
    of whether the model is right.

    Parameters
    ----------
    study : Study
    feature : str
    scale : {"risk", "log-odds"}
        The mean is taken on this scale.
    n_points, n_patients : int
        Most grid points for a number; patients drawn.
    seed : int, optional
        Seed of the draw and the bootstrap; the study's by default.

    Raises
    ------
    SettingsError, UnsupportedError
        No such feature, too few patients; nobody has a value.
    """
    position, chosen_seed = position_of(study, feature), study.seed if seed is None else seed
    column = study.model.columns[position]
    grid = seen_grid(study.matrix[:, position], column, n_points)
    patients = sampled_matrix(study, n_patients, chosen_seed)
    predictions = predict_on_grid(study, patients, position, grid, scale)
    low, high = bootstrap_mean_intervals(predictions, seed=chosen_seed)
    return Effect(
        method="partial-dependence",
        feature=feature,
        curve=Curve(
            x=grid,
            y=predictions.mean(axis=0),
            low=low,
            high=high,
            x_label=column.label_with_unit,
            y_label=f"{SCALE_LABELS[scale]}, mean over patients",
            n=len(patients),
        ),
        density=density_on(grid, study.matrix[:, position]),
        levels=level_names(column, grid),
        scale=scale,
        provenance=study.provenance(
            "partial-dependence", feature=feature, n_patients=len(patients), seed=chosen_seed
        ),
    )


def predict_on_grid(
    study: Study, patients: FloatArray, position: int, grid: FloatArray, scale: Scale
) -> FloatArray:
    """ICE curves (n, m) of encoded patients (n, p) over the grid (m,), in bounded memory."""
    curves = np.empty((len(patients), len(grid)))
    size = max(1, CHUNK_ROWS // len(grid))
    for start in range(0, len(patients), size):
        part = patients[start : start + size]
        varied = np.repeat(part, len(grid), axis=0)
        varied[:, position] = np.tile(grid, len(part))
        curves[start : start + size] = study.predict(varied, scale).reshape(len(part), -1)
    return curves
