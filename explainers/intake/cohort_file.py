"""Reading patients from a CSV file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from explainers.core.cohort import Cohort
from explainers.core.schema import Schema
from explainers.errors import CohortError
from explainers.intake.delimited import read_delimited
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
    return read_delimited(_read_text(path), path.name)


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


def _summary(path: Path, report: ValidationReport) -> str:
    shown = (
        "" if report.n_problems == len(report.problems) else f", the first {len(report.problems)}"
    )
    lines = "\n".join(f"- {problem}" for problem in report.problems)
    places = "1 place" if report.n_problems == 1 else f"{report.n_problems:,} places"
    # Without the last full stop, which every error sets itself.
    return f"{path.name} breaks its schema in {places}{shown}:\n{lines}".removesuffix(".")
