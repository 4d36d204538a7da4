"""Individual conditional expectation: one patient's prediction as one feature is changed."""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.curve import Curve
from explainers.core.link import Scale
from explainers.core.study import Study
from explainers.effects.effect import SCALE_LABELS, Effect, level_names
from explainers.effects.seen_values import (
    DEFAULT_POINTS,
    density_on,
    position_of,
    row_of,
    seen_grid,
)


def estimate_ice(
    study: Study,
    patient: str | FloatArray,
    feature: str,
    *,
    scale: Scale = "risk",
    n_points: int = DEFAULT_POINTS,
) -> Effect:
    """ICE curve of one patient (Goldstein et al. 2015, J Comput Graph Stat 24:44).

    The prediction for this patient with one feature set to each grid value and all others left as
    they are. Exact, hence without a band: only the model and the patient enter.

    Parameters
    ----------
    study : Study
    patient : str or ndarray of shape (p,)
        Patient id, or encoded values.
    feature : str
    scale : {"risk", "log-odds"}
    n_points : int
        Most grid points for a number; the patient's own value is added where it lies in the seen
        range, so that the curve passes through the mark.

    Raises
    ------
    NotFoundError, SettingsError, UnsupportedError
        No such patient; no such feature; nobody has a value.
    """
    position, row = position_of(study, feature), row_of(study, patient)
    column, seen = study.model.columns[position], study.matrix[:, position]
    grid = seen_grid(seen, column, n_points)
    own = row[position]
    if grid[0] <= own <= grid[-1]:
        grid = np.unique(np.append(grid, own))
    varied = np.tile(row, (len(grid), 1))
    varied[:, position] = grid
    return Effect(
        method="ice",
        feature=feature,
        curve=Curve(
            x=grid,
            y=study.predict(varied, scale),
            x_label=column.label_with_unit,
            y_label=SCALE_LABELS[scale],
            n=1,
        ),
        density=density_on(grid, seen),
        levels=level_names(column, grid),
        scale=scale,
        provenance=study.provenance("ice", feature=feature, n_points=n_points),
        patient_value=float(own),
        patient_prediction=float(study.predict(row[None, :], scale)[0]),
    )
