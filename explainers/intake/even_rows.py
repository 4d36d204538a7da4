"""Rows of a delimited text, each with as many fields as the header."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from explainers.errors import CohortError


def count_even_rows(lines: Iterable[str], width: int, *, mark: str = ",") -> int:
    """Rows that are not blank, the header among them; one of another ``width`` is refused.

    Readers fill a short row, and take the first column for row names in a long one.

    Parameters
    ----------
    lines : iterable of str
        From the header on.
    width : int
        Fields of the header.
    mark : str
        What stands between two fields.

    Raises
    ------
    CohortError
        With the number of the row; the header is row 1.
    csv.Error
        Where a quotation mark is not closed, or a field is too long.
    """
    number = 0
    for row in csv.reader(lines, delimiter=mark, strict=True):
        if not row:
            continue
        number += 1
        if len(row) != width:
            raise CohortError(
                f"row {number} must have as many fields as the header, {width}",
                value=len(row),
                remedy="Leave a field empty where nothing was measured, and put a value with a"
                " comma in quotation marks.",
            )
    return number
