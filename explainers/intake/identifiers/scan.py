"""A table looked through for identifiers, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from explainers.intake.identifiers.classes import TITLES, IdentifierClass
from explainers.intake.identifiers.columns import COLUMN_RULES, ColumnTexts
from explainers.intake.identifiers.names import classes_by_name
from explainers.intake.identifiers.patterns import patterns_in

BY_NAME, BY_VALUE, BY_COLUMN = "name", "value", "column"
# Numbers that are too short for any pattern: nearly all that was measured.
_PLAIN_NUMBER = r"[-+]?\d{0,9}(?:\.\d*)?(?:[eE][-+]?\d+)?"


@dataclass(frozen=True)
class Hit:
    """One reason to take a column for an identifier.

    Attributes
    ----------
    column : str
    kind : IdentifierClass
    found_by : {"name", "value", "column"}
        The column's name, single values, or the column as a whole.
    words : str
        What was found; never a value.
    n_rows : int
        Rows it was found in; all that are not empty where the name told.
    """

    column: str
    kind: IdentifierClass
    found_by: str
    words: str
    n_rows: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "column": self.column,
            "class": str(self.kind),
            "title": TITLES[self.kind],
            "found_by": self.found_by,
            "words": self.words,
            "n_rows": self.n_rows,
        }


@dataclass(frozen=True)
class IdentifierReport:
    """Everything a scan found.

    Attributes
    ----------
    hits : tuple of Hit
        In the order of the table's columns.
    columns : tuple of str
        All columns that were looked through.
    n_rows : int
    """

    hits: tuple[Hit, ...]
    columns: tuple[str, ...]
    n_rows: int

    @property
    def suspects(self) -> tuple[str, ...]:
        """Columns with a hit, each once."""
        return tuple(dict.fromkeys(hit.column for hit in self.hits))

    def hits_of(self, column: str) -> tuple[Hit, ...]:
        """Why a column is suspected."""
        return tuple(hit for hit in self.hits if hit.column == column)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; without any value of the table."""
        return {
            "n_rows": self.n_rows,
            "columns": list(self.columns),
            "hits": [hit.to_dict() for hit in self.hits],
        }


def scan_table(table: pd.DataFrame, *, expected: Sequence[str] = ()) -> IdentifierReport:
    """Look for the eighteen identifiers by name, by value and by how a column's values differ.

    A scan finds what looks like an identifier. That nothing was found does not show that nothing is
    there: a rare diagnosis identifies as well (45 CFR 164.514(b)(2)(ii)).

    Parameters
    ----------
    table : DataFrame of shape (n, columns)
        As read, before anything is made of it.
    expected : sequence of str
        Columns whose values are dropped anyway, such as the one of the patients' ids.

    Returns
    -------
    IdentifierReport
    """
    looked_at = [column for column in table.columns if column not in set(expected)]
    hits = tuple(hit for column in looked_at for hit in _scan(ColumnTexts.of(table[column])))
    return IdentifierReport(hits, tuple(map(str, looked_at)), len(table))


def _scan(column: ColumnTexts) -> Iterator[Hit]:
    for kind in classes_by_name(column.name):
        yield Hit(column.name, kind, BY_NAME, f"the name speaks of {TITLES[kind]}", column.n_rows)
    yield from _scan_values(column)
    for rule in COLUMN_RULES:
        n_rows = rule.n_rows(column)
        if n_rows:
            yield Hit(column.name, rule.kind, BY_COLUMN, rule.words, n_rows)


def _scan_values(column: ColumnTexts) -> Iterator[Hit]:
    """Only distinct values are read, and of these only such as a pattern could stand in."""
    may_hold = ~column.distinct.str.fullmatch(_PLAIN_NUMBER).to_numpy(dtype=np.bool_)
    positions = np.flatnonzero(may_hold)
    found = patterns_in(column.distinct.iloc[positions])
    for pattern, places in found.items():
        n_rows = int(column.counts[positions[list(places)]].sum())
        yield Hit(column.name, pattern.kind, BY_VALUE, f"{pattern.words} in a cell", n_rows)
