"""Checking new values of a patient against the schema."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.errors import SettingsError

NewValue = float | str | None


def apply_changes(
    row: FloatArray,
    columns: Sequence[Column],
    changes: Mapping[str, NewValue],
    *,
    allow_fixed: bool = False,
) -> FloatArray:
    """A copy of an encoded row (p,) with new values.

    Parameters
    ----------
    row : ndarray of shape (p,)
    columns : sequence of Column, length p
    changes : mapping from feature name to number, level or None (not measured)
    allow_fixed : bool
        Whether inputs that nobody can change, such as the age, may be given another value.

    Raises
    ------
    SettingsError
        When a name is not a feature of the model, is fixed, or a value does not fit its schema.
    """
    positions = {column.name: at for at, column in enumerate(columns)}
    changed = np.array(row, dtype=np.float64)
    for name, value in changes.items():
        if name not in positions:
            raise SettingsError(
                "only a feature of the model can be changed",
                value=name,
                remedy=f"Features: {', '.join(positions)}.",
            )
        column = columns[positions[name]]
        if not column.actionable and not allow_fixed:
            raise SettingsError(
                f"{column.label} is not something a patient or a clinician could change",
                value=name,
                remedy="To see what the model would say all the same, allow fixed inputs.",
            )
        changed[positions[name]] = encode_value(value, column)
    return changed


def encode_value(value: NewValue, column: Column) -> float:
    """The encoded form of one value; SettingsError where it does not fit the column."""
    if value is None:
        return math.nan
    if column.is_numeric:
        return _number(value, column)
    if value not in column.levels:
        raise SettingsError(
            f"{column.label} must be one of its levels",
            value=value,
            remedy=f"Levels: {', '.join(column.levels)}.",
        )
    return float(column.levels.index(str(value)))


def _number(value: float | str, column: Column) -> float:
    if isinstance(value, (str, bool)) or not math.isfinite(value):
        raise SettingsError(f"{column.label_with_unit} must be a number", value=value)
    number = float(value)
    if column.kind == "integer" and not number.is_integer():
        raise SettingsError(
            f"{column.label_with_unit} must be a whole number",
            value=value,
            remedy=f"Use {math.floor(number)} or {math.ceil(number)}.",
        )
    if column.valid_range is not None:
        low, high = column.valid_range
        if not low <= number <= high:
            raise SettingsError(
                f"{column.label_with_unit} must lie between {low:g} and {high:g}", value=value
            )
    return number
