"""Which values of a feature real patients have, so that a model is only asked about those."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.errors import NotFoundError, SettingsError, UnsupportedError

# Outside the middle 98% of patients a curve rests on a handful of people.
SEEN_SHARE = (0.01, 0.99)
DEFAULT_POINTS = 20
DEFAULT_PATIENTS = 500


def position_of(study: Study, feature: str) -> int:
    """Position of a feature in the encoded matrix.

    Raises
    ------
    SettingsError
        When the model has no such feature.
    """
    names = study.model.feature_names
    if feature not in names:
        raise SettingsError(
            "an effect can only be shown for a feature of the model",
            value=feature,
            remedy=f"Features: {', '.join(names)}.",
        )
    return names.index(feature)


def row_of(study: Study, patient: str | FloatArray) -> FloatArray:
    """Encoded values (p,) of a patient of the study, or of a row given as such.

    Raises
    ------
    NotFoundError
        When there is no such patient.
    SettingsError
        When a row does not have one value per feature.
    """
    if isinstance(patient, str):
        own: FloatArray = study.matrix[place_of(study, patient)]
        return own
    row = np.array(patient, dtype=np.float64)
    if row.shape != (len(study.model.columns),):
        raise SettingsError(
            f"a patient needs {len(study.model.columns)} encoded values, one per feature",
            value=row.shape,
        )
    return row


def place_of(study: Study, patient_id: str) -> int:
    """Row of a patient in the study's matrix; NotFoundError where there is none.

    Looks the id up without copying or hashing the patient's record, as opening it would.
    """
    place = int(study.cohort.frame.index.get_indexer(pd.Index([patient_id]))[0])
    if place < 0:
        raise NotFoundError(
            "every patient asked for must be in the cohort",
            value=patient_id,
            remedy="Only held-out patients can be opened.",
        )
    return place


def sampled_matrix(study: Study, n_patients: int, seed: int) -> FloatArray:
    """A seeded draw of held-out patients without replacement, encoded, (k, p).

    Raises
    ------
    SettingsError
        When fewer than 2 patients are asked for or there.
    """
    available = len(study.matrix)
    if min(n_patients, available) < 2:
        raise SettingsError("an effect needs at least 2 patients", value=min(n_patients, available))
    if n_patients >= available:
        return study.matrix
    drawn = np.random.default_rng(seed).choice(available, n_patients, replace=False)
    sample: FloatArray = study.matrix[np.sort(drawn)]
    return sample


def seen_range(values: FloatArray, column: Column) -> tuple[float, float]:
    """Smallest and largest value (encoded) that counts as seen.

    The 1st and 99th percentile as values that a patient really has, cut to the schema's valid
    range; for levels the first and last level that anybody has.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Encoded values of patients, NaN where not measured.
    column : Column

    Raises
    ------
    UnsupportedError
        When no patient has a value in the valid range.
    """
    known = _known(values, column)
    if not column.is_numeric:
        return float(known.min()), float(known.max())
    low = np.quantile(known, SEEN_SHARE[0], method="higher")
    high = np.quantile(known, SEEN_SHARE[1], method="lower")
    return float(low), float(max(low, high))


def seen_grid(values: FloatArray, column: Column, n_points: int = DEFAULT_POINTS) -> FloatArray:
    """Values at which a model is asked, ascending, (m,) with m <= n_points.

    For numbers, evenly spaced quantiles of the seen range, each a value that a patient has; for
    levels, every level that anybody has.

    Raises
    ------
    SettingsError
        When fewer than 2 points are asked for.
    UnsupportedError
        As :func:`seen_range`.
    """
    if n_points < 2:
        raise SettingsError("a grid needs at least 2 points", value=n_points)
    known = _known(values, column)
    if not column.is_numeric:
        return np.unique(known)
    low, high = seen_range(values, column)
    inside = known[(known >= low) & (known <= high)]
    shares = np.linspace(0.0, 1.0, n_points)
    return np.unique(np.quantile(inside, shares, method="inverted_cdf"))


def density_on(grid: FloatArray, values: FloatArray) -> FloatArray:
    """Share of measured patients whose value is nearest to each grid point, (m,); sums to 1."""
    known = values[~np.isnan(values)]
    edges = (grid[1:] + grid[:-1]) / 2
    counts = np.bincount(np.searchsorted(edges, known), minlength=len(grid))
    share: FloatArray = counts / max(1, len(known))
    return share


def _known(values: FloatArray, column: Column) -> FloatArray:
    known: FloatArray = values[~np.isnan(values)]
    if column.valid_range is not None:
        known = known[(known >= column.valid_range[0]) & (known <= column.valid_range[1])]
    if len(known) == 0:
        raise UnsupportedError(
            "nothing can be said about a feature that no patient has a valid value of",
            value=column.name,
        )
    return known
