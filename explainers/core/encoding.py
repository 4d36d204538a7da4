"""Patients as numbers: the one encoding that models, explanations and screens share.

A number stays as it is, a level becomes its position among the schema's levels, a missing value
becomes NaN. Models see only this matrix, so a value means the same everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.errors import CohortError


def encode(frame: pd.DataFrame, columns: Sequence[Column]) -> FloatArray:
    """Encode patients.

    Parameters
    ----------
    frame : DataFrame of shape (n, any)
        Typed patients, as a :class:`~explainers.core.cohort.Cohort` holds them.
    columns : sequence of Column, length p
        Which columns, in which order.

    Returns
    -------
    ndarray of shape (n, p)

    Raises
    ------
    CohortError
        When a column is not in the frame, or holds a level that the schema does not have.
    """
    matrix = np.empty((len(frame), len(columns)), dtype=np.float64)
    for position, column in enumerate(columns):
        if column.name not in frame:
            raise CohortError(
                "these patients lack a column that the model needs",
                value=column.name,
                remedy="Add the column, with missing values where it was not measured.",
            )
        matrix[:, position] = _encode_column(frame[column.name], column)
    return matrix


def _encode_column(values: pd.Series, column: Column) -> FloatArray:
    if column.is_numeric:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    given = pd.Categorical(values)
    # A missing value has the code -1, so the position added at the end is the one it takes.
    known = pd.Index(list(column.levels)).get_indexer(given.categories)
    codes: FloatArray = np.append(known, -1)[given.codes].astype(np.float64)
    unknown = (codes < 0) & (given.codes >= 0)
    if unknown.any():
        raise CohortError(
            f"a value of {column.label!r} must be one of its levels, or missing",
            value=values.iloc[int(unknown.argmax())],
            remedy=f"Its levels: {', '.join(column.levels)}.",
        )
    codes[codes < 0] = np.nan
    return codes


def decode(value: float, column: Column) -> float | str | None:
    """The value as the schema means it: a number, a level, or None where it is missing."""
    if np.isnan(value):
        return None
    if column.is_numeric:
        return float(value)
    return column.levels[int(value)]


def format_value(value: float, column: Column) -> str:
    """An encoded value as a clinician reads it, with its unit; "not measured" when missing.

    A value at its column's cap stands for all above it: ``90 years or over``.
    """
    meaning = decode(value, column)
    if meaning is None:
        return "not measured"
    if isinstance(meaning, str):
        return meaning
    is_capped = column.capped_at is not None and meaning >= column.capped_at
    number = f"{column.capped_at if is_capped else meaning:,.{column.decimals}f}"
    return " ".join(part for part in (number, column.unit, "or over" if is_capped else "") if part)
