"""From the text of a column to typed values, with every cell that does not fit.

Work is done once per distinct text and spread over the rows, so a million rows take seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.schema import Column

# What spreadsheets and other programs write for an empty cell.
MISSING_TEXTS = ("", "NA", "NaN", "nan")

TextArray = npt.NDArray[np.object_]


@dataclass(frozen=True)
class ConvertedColumn:
    """Typed values of one column, and the cells that broke a rule.

    Attributes
    ----------
    content : Series or Categorical, of length n
        Floats, or levels in the schema's order; a cell that broke a rule is missing.
    faults : dict of str to ndarray
        For each broken rule the positions of its rows, ascending.
    capped : ndarray
        Positions of the rows whose number lies above the column's cap and was read as the cap.
    """

    content: pd.Series | pd.Categorical
    faults: dict[str, npt.NDArray[np.intp]]
    capped: npt.NDArray[np.intp]


def convert_column(texts: pd.Series, column: Column) -> ConvertedColumn:
    """Read the stripped texts (n,) of one column as its schema says.

    Recorded codes for "not measured" and values beyond ``missing_below`` and ``missing_above``
    become missing. A numeric code matches however it is written: 7777 and 7777.0 alike. A number
    above ``capped_at`` is read as the cap: nothing that was to stay unknown goes further.
    """
    codes, distinct = pd.factorize(texts)
    unique = np.asarray(distinct, dtype=object)
    above = np.zeros(len(unique), dtype=np.bool_)
    if column.is_numeric:
        numbers, rules = _read_numbers(unique, column)
        if column.capped_at is not None:
            above = np.nan_to_num(numbers) > column.capped_at
            numbers[above] = column.capped_at
        content: pd.Series | pd.Categorical = pd.Series(numbers[codes], dtype=np.float64)
    else:
        positions, rules = _read_levels(unique, column)
        levels = pd.CategoricalDtype(list(column.levels), ordered=column.ordered)
        content = pd.Categorical.from_codes(positions[codes], dtype=levels)
    broken = rules[codes]
    faults = {rule: np.flatnonzero(broken == rule) for rule in dict.fromkeys(rules) if rule}
    return ConvertedColumn(content, faults, np.flatnonzero(above[codes]))


def _read_numbers(texts: TextArray, column: Column) -> tuple[FloatArray, TextArray]:
    """Numbers, NaN where missing or wrong, and the rule that each text breaks ("" for none)."""
    blank = np.isin(texts, MISSING_TEXTS) | _is_missing_code(texts, column)
    numbers = np.full(len(texts), np.nan)
    numbers[~blank] = _parse_all(texts[~blank])
    with np.errstate(invalid="ignore"):
        beyond = numbers < _or(column.missing_below, -math.inf)
        beyond |= numbers > _or(column.missing_above, math.inf)
    blank |= beyond & np.isfinite(numbers)
    rules = np.full(len(texts), "", dtype=object)
    if column.kind == "integer":
        rules[~blank & (numbers != np.rint(numbers))] = "a whole number is needed"
    rules[~blank & np.isinf(numbers)] = "a finite number is needed"
    rules[~blank & np.isnan(numbers)] = "a number is needed"
    numbers[blank | (rules != "")] = np.nan
    return numbers, rules


def _read_levels(texts: TextArray, column: Column) -> tuple[npt.NDArray[np.intp], TextArray]:
    """Positions among the levels, -1 where missing or wrong, and the rule each text breaks."""
    positions = pd.Index(list(column.levels)).get_indexer(pd.Index(texts.tolist(), dtype="str"))
    declared_missing = _is_missing_code(texts, column)
    blank = np.isin(texts, MISSING_TEXTS) | declared_missing
    rules = np.full(len(texts), "", dtype=object)
    rules[(positions < 0) & ~blank] = f"one of these is needed: {', '.join(column.levels)}"
    return np.where(declared_missing, -1, positions), rules


def _is_missing_code(texts: TextArray, column: Column) -> BoolArray:
    if not column.missing_codes:
        return np.zeros(len(texts), dtype=bool)
    named = np.isin(texts, [str(code) for code in column.missing_codes])
    numeric = [_parse(str(code)) for code in column.missing_codes]
    return named | np.isin(_parse_all(texts), [code for code in numeric if not math.isnan(code)])


def _parse_all(texts: TextArray) -> FloatArray:
    """Floats, NaN where a text is not a number."""
    return np.array([_parse(text) for text in texts], dtype=np.float64)


def _parse(text: str) -> float:
    # Python reads 7_5 as 75; in a patient's record it is a slip of the keyboard.
    if "_" in text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan


def _or(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit
