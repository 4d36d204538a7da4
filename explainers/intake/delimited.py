"""Rows of a text: the header and cells of a file whose fields a mark separates."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pandas as pd

from explainers.errors import CohortError
from explainers.intake.even_rows import count_even_rows

LONGEST_NAME = 200
MOST_COLUMNS = 2_000


def read_delimited(text: str, name: str, *, mark: str = ",") -> pd.DataFrame:
    """Read a text as a table of texts, changing nothing.

    Parameters
    ----------
    text : str
        With a header row.
    name : str
        Of the file, for messages.
    mark : str
        What separates fields.

    Returns
    -------
    DataFrame of shape (n, columns)
        Every cell a str, an empty cell "".

    Raises
    ------
    CohortError
        When it is empty, not rectangular, or a quotation mark stays open.
    """
    # A StringIO takes four bytes for each character, bytes take one.
    content = text.encode("utf-8")
    try:
        names = _read_header(content, name, mark)
        count_even_rows(_lines(content), len(names), mark=mark)
        table = pd.read_csv(io.BytesIO(content), sep=mark, dtype="str", keep_default_na=False)
    except (pd.errors.ParserError, csv.Error) as error:
        raise CohortError(
            f"a cohort file must be whole CSV: {error}",
            value=name,
            remedy="Look for a quotation mark that is not closed.",
        ) from error
    table.columns = pd.Index(names, dtype="str")
    return table


def check_names(names: Sequence[str]) -> None:
    """Refuse two columns of the same name, and names that nobody can read.

    Raises
    ------
    CohortError
        Naming the columns.
    """
    if len(names) > MOST_COLUMNS:
        raise CohortError(
            f"a table may have at most {MOST_COLUMNS:,} columns",
            value=len(names),
            remedy="Leave out columns that no model needs.",
        )
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise CohortError("every column of a cohort file needs a name of its own", value=repeated)
    odd = [name for name in names if len(name) > LONGEST_NAME or not name.isprintable()]
    if odd:
        raise CohortError(
            f"a column's name must be readable text of at most {LONGEST_NAME} characters",
            value=odd[0],
            remedy="Rename the column.",
        )


def _lines(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="\n")


def _read_header(content: bytes, name: str, mark: str) -> list[str]:
    rows = csv.reader(_lines(content), delimiter=mark)
    header = next((row for row in rows if row), [])
    names = [field.strip() for field in header]
    if not any(names):
        raise CohortError("a cohort file needs a header row", value=name)
    if mark == "," and len(names) == 1 and any(other in names[0] for other in ";\t"):
        raise CohortError(
            "a cohort file must be separated by commas",
            value=names[0],
            remedy="It seems to be separated by semicolons or tabs.",
        )
    check_names(names)
    return names
