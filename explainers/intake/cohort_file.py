"""Reading patients from a CSV file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from explainers.core.cohort import Cohort
from explainers.core.schema import Schema
from explainers.errors import CohortError
from explainers.intake.validation import ValidationReport, check_table


def load_cohort(path: Path, schema: Schema) -> Cohort:
    """Read patients and type them as the schema says.

    Parameters
    ----------
    path : Path
        A CSV file, see :func:`read_table`.
    schema : Schema
        What its columns mean. Outcome sources and attributes may be absent, features may not.

    Returns
    -------
    Cohort
        All columns that schema and file share, indexed by patient id.

    Raises
    ------
    CohortError
        When the file cannot be read or breaks the schema; every place is listed, up to 100.
    """
    checked = check_table(read_table(path), schema)
    if not checked.report.is_valid:
        raise CohortError(_summary(path, checked.report))
    return Cohort(checked.frame, schema)


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV file as texts, changing nothing.

    Parameters
    ----------
    path : Path
        UTF-8 with or without a byte order mark, separated by commas, with a header row.

    Returns
    -------
    DataFrame of shape (n, columns)
        Every cell a str, an empty cell "".

    Raises
    ------
    CohortError
        When the file is missing, empty, in another encoding, or not rectangular.
    """
    text = _read_text(path)
    try:
        names = _read_header(text, path)
        _reject_uneven_rows(text, len(names))
        table = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)
    except (pd.errors.ParserError, csv.Error) as error:
        raise CohortError(
            f"a cohort file must be whole CSV: {error}",
            value=path.name,
            remedy="Look for a quotation mark that is not closed.",
        ) from error
    table.columns = pd.Index(names, dtype="str")
    return table


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CohortError("a cohort file must be readable", value=str(path)) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CohortError(
            f"a cohort file must be UTF-8 text; byte {error.start} is not",
            value=path.name,
            remedy='Save it as "CSV UTF-8".',
        ) from error
    if "\x00" in text:
        raise CohortError("a cohort file must be UTF-8 text without NUL bytes", value=path.name)
    return text


def _read_header(text: str, path: Path) -> list[str]:
    rows = csv.reader(io.StringIO(text))
    header = next((row for row in rows if row), [])
    names = [name.strip() for name in header]
    if not any(names):
        raise CohortError("a cohort file needs a header row", value=path.name)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise CohortError("every column of a cohort file needs a name of its own", value=repeated)
    if len(names) == 1 and any(mark in names[0] for mark in ";\t"):
        raise CohortError(
            "a cohort file must be separated by commas",
            value=names[0],
            remedy="It seems to be separated by semicolons or tabs.",
        )
    return names


def _reject_uneven_rows(text: str, width: int) -> None:
    """Pandas would fill a short row, and take the first column for row names in a long one."""
    number = 0
    for row in csv.reader(io.StringIO(text), strict=True):
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


def _summary(path: Path, report: ValidationReport) -> str:
    shown = (
        "" if report.n_problems == len(report.problems) else f", the first {len(report.problems)}"
    )
    lines = "\n".join(f"- {problem}" for problem in report.problems)
    places = "1 place" if report.n_problems == 1 else f"{report.n_problems:,} places"
    # Without the last full stop, which every error sets itself.
    return f"{path.name} breaks its schema in {places}{shown}:\n{lines}".removesuffix(".")
