"""Figures as a file: what they are of stands in every row, and no cell is a formula."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(figures: pd.DataFrame, context: Mapping[str, str | float]) -> str:
    """The figures unrounded as CSV, with columns first that say what they are of."""
    told = figures.copy()
    for at, (name, value) in enumerate(context.items()):
        told.insert(at, name, value)
    return told.map(_as_text_cell).rename(columns=_as_text_cell).to_csv(index=False)


def _as_text_cell(value: object) -> object:
    """Text that a spreadsheet would run as a formula is marked as text (OWASP, CSV injection)."""
    is_formula = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else value
