"""Whether a table fits its schema: everything that is wrong, and everything that is odd.

:func:`~explainers.intake.cohort_file.load_cohort` and the ``validate`` command both use this, so
they never disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explainers.core.schema import Column, Schema
from explainers.intake.cluster_columns import find_cluster_faults, type_persons
from explainers.intake.conversion import convert_column

MOST_LISTED = 100
FIRST_ROW = 2  # the header is row 1 of the file, as in a spreadsheet
CELL_REMEDY = (
    "Correct the cell, leave it empty, or, if its value means that nothing was measured, list it as"
    " a missing code of the column in the schema."
)
ID_REMEDY = "Give every patient an id of their own in the source."


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong or odd.

    Attributes
    ----------
    row : int or None
        Row of the file, the header being row 1 and blank lines not counted; None where it is about
        a whole column or file.
    column, value : str
        Column, and the text found there; "" where there is none.
    rule, remedy : str
        What is needed, and what to do.
    """

    row: int | None
    column: str
    value: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        place = [f"row {self.row}"] if self.row is not None else []
        place += [f"column {self.column}"] if self.column else []
        found = f" (got {self.value!r})" if self.value else ""
        where = f"{', '.join(place)}: " if place else ""
        return f"{where}{self.rule}{found}. {self.remedy}".strip()


@dataclass(frozen=True)
class ValidationReport:
    """What a check of a table found.

    Attributes
    ----------
    problems, warnings : tuple of Problem
        What forbids the use of the table (the first 100, in row order), and what is only odd.
    n_rows, n_problems : int
        Patients in the table; all problems, listed or not.
    """

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    n_rows: int
    n_problems: int

    @property
    def is_valid(self) -> bool:
        """Whether the table can be used."""
        return self.n_problems == 0


@dataclass(frozen=True)
class CheckedTable:
    """Typed patients, indexed by id, and what the check found; unusable where not valid."""

    frame: pd.DataFrame
    report: ValidationReport


def validate_table(table: pd.DataFrame, schema: Schema) -> ValidationReport:
    """Check a table of texts (n, any) against a schema; nothing is raised."""
    return check_table(table, schema).report


def check_table(table: pd.DataFrame, schema: Schema) -> CheckedTable:
    """Type a table of texts (n, any) and list every problem and warning; nothing is raised.

    Corrections that the schema declares are applied first.
    """
    problems = _Listing()
    warnings = _Listing()
    _check_columns(table, schema, problems, warnings)
    frame = pd.DataFrame()
    if schema.patient_id in table and not table.empty:
        texts = _clean(table, schema)
        _check_ids(texts[schema.patient_id], problems)
        frame = _type_columns(texts, schema, problems, warnings)
        _check_clusters(frame, schema, problems, warnings)
        _warn_of_odd_columns(frame, schema, warnings)
        ids = {schema.patient_id, schema.person} & set(texts.columns)
        _warn_of_repeats(texts.drop(columns=sorted(ids)), warnings)
    report = ValidationReport(
        problems=problems.first(),
        warnings=warnings.first(),
        n_rows=len(table),
        n_problems=problems.count,
    )
    return CheckedTable(frame, report)


class _Listing:
    """Collects problems; keeps what can be among the first, counts all."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[Problem] = []

    def add(self, problem: Problem, *, standing_for: int = 1) -> None:
        self.count += standing_for
        self._kept.append(problem)

    def add_cells(
        self,
        positions: np.ndarray[tuple[int], np.dtype[np.intp]],
        texts: pd.Series,
        rule: str,
        remedy: str,
    ) -> None:
        self.count += len(positions)
        for position in positions[:MOST_LISTED]:
            value = str(texts.iloc[position])
            column = str(texts.name)
            self._kept.append(Problem(int(position) + FIRST_ROW, column, value, rule, remedy))

    def first(self) -> tuple[Problem, ...]:
        ordered = sorted(self._kept, key=lambda problem: problem.row or 0)
        return tuple(ordered[:MOST_LISTED])


def _check_columns(
    table: pd.DataFrame, schema: Schema, problems: _Listing, warnings: _Listing
) -> None:
    if schema.patient_id not in table:
        problems.add(
            Problem(
                None,
                schema.patient_id,
                "",
                "the column of patient ids is missing",
                f"Name it {schema.patient_id}.",
            )
        )
    if table.empty:
        problems.add(Problem(None, "", "", "at least one patient is needed", "Add a row."))
    known = {column.name for column in schema.columns}
    known |= {schema.patient_id, *filter(None, [schema.person])}
    for name in table.columns:
        if name not in known:
            warnings.add(
                Problem(
                    None,
                    str(name),
                    "",
                    "the schema does not know this column, so it is left out",
                    "Declare it in the schema if it is needed.",
                )
            )
    for column in schema.columns:
        if column.name not in table:
            _report_absent(column, problems, warnings)


def _report_absent(column: Column, problems: _Listing, warnings: _Listing) -> None:
    """Models cannot do without a feature; without an outcome there is merely no label."""
    if column.role == "feature":
        problems.add(
            Problem(
                None,
                column.name,
                "",
                "this feature is missing",
                "Add the column, with empty cells where it was not measured.",
            )
        )
    elif column.role != "excluded":
        lost = "outcomes" if column.role == "outcome" else "groups"
        rule = f"this column is missing, so {lost} made from it are not available"
        warnings.add(Problem(None, column.name, "", rule, "Add the column where it is known."))


def _clean(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Known columns as stripped text, with the schema's corrections applied."""
    known = [column.name for column in schema.columns if column.name in table]
    known += [schema.person] if schema.person and schema.person in table else []
    texts = pd.DataFrame(
        {
            name: table[name].astype("str").fillna("").str.strip()
            for name in [schema.patient_id, *known]
        }
    ).reset_index(drop=True)
    for correction in schema.corrections:
        if correction.column in texts:
            wrong = (texts[schema.patient_id] == correction.patient_id) & (
                texts[correction.column] == correction.wrong
            )
            texts.loc[wrong, correction.column] = correction.right
    return texts


def _check_ids(ids: pd.Series, problems: _Listing) -> None:
    empty = (ids == "").to_numpy()
    repeated = ids.duplicated(keep="first").to_numpy() & ~empty
    broken = ids.str.contains(r"[\r\n]").to_numpy()
    for wrong, rule in (
        (empty, "every patient needs an id"),
        (broken, "a patient id may not contain a line break"),
        (repeated, "a patient id may stand in one row only"),
    ):
        problems.add_cells(np.flatnonzero(wrong), ids, rule, ID_REMEDY)


def _type_columns(
    texts: pd.DataFrame, schema: Schema, problems: _Listing, warnings: _Listing
) -> pd.DataFrame:
    typed: dict[str, pd.Series | pd.Categorical] = {}
    for column in schema.columns:
        if column.name not in texts:
            continue
        converted = convert_column(texts[column.name], column)
        typed[column.name] = converted.content
        for rule, positions in converted.faults.items():
            problems.add_cells(positions, texts[column.name], rule, CELL_REMEDY)
        if len(converted.capped):
            warnings.add(_above_cap(column, int(converted.capped[0]), len(converted.capped)))
    if schema.person in texts:
        typed[schema.person] = type_persons(texts[schema.person])
    frame = pd.DataFrame(typed, index=range(len(texts)))
    frame.index = pd.Index(texts[schema.patient_id].to_numpy(), name="patient_id", dtype="str")
    return frame


def _above_cap(column: Column, first: int, n: int) -> Problem:
    """Without the value, which may be an age that nobody is to see."""
    cap = f"{column.capped_at:g}"
    return Problem(
        first + FIRST_ROW,
        column.name,
        "",
        f"numbers above the cap of {cap} in {n:,} {'row' if n == 1 else 'rows'}, this one first",
        f"They are read as {cap}, which stands for {cap} or over.",
    )


def _check_clusters(
    frame: pd.DataFrame, schema: Schema, problems: _Listing, warnings: _Listing
) -> None:
    for fault in find_cluster_faults(frame, schema):
        row = int(fault.rows[0]) + FIRST_ROW if len(fault.rows) else None
        listing = warnings if fault.is_odd else problems
        problem = Problem(row, fault.column, "", fault.rule, fault.remedy)
        listing.add(problem, standing_for=max(1, len(fault.rows)))


def _warn_of_odd_columns(frame: pd.DataFrame, schema: Schema, warnings: _Listing) -> None:
    for column in schema.columns:
        if column.name not in frame:
            continue
        for problem in _oddities(frame[column.name], column):
            warnings.add(problem)


def _oddities(values: pd.Series, column: Column) -> Iterator[Problem]:
    measured = values.dropna()
    if measured.empty:
        yield Problem(None, column.name, "", "nobody has a value in this column", "")
    elif len(values) > 1 and (measured == measured.iloc[0]).all():
        only = str(measured.iloc[0])
        yield Problem(None, column.name, only, "everybody measured has the same value", "")
    if column.valid_range is None or not column.is_numeric:
        return
    low, high = column.valid_range
    outside = np.flatnonzero((values.notna() & ~values.between(low, high)).to_numpy())
    if len(outside):
        yield Problem(
            int(outside[0]) + FIRST_ROW,
            column.name,
            f"{values.iloc[outside[0]]:g}",
            f"values outside the plausible range {low:g} to {high:g} in {len(outside)} rows,"
            " this one first",
            "They are kept. Check the unit.",
        )


def _warn_of_repeats(texts: pd.DataFrame, warnings: _Listing) -> None:
    """Rows that occur twice make intervals too narrow and leak from training to test."""
    repeated = np.flatnonzero(texts.duplicated(keep="first").to_numpy())
    if texts.shape[1] and len(repeated):
        warnings.add(
            Problem(
                int(repeated[0]) + FIRST_ROW,
                "",
                "",
                f"{len(repeated)} rows repeat an earlier row under another id, this one first",
                "If they are the same patients, keep one row of each.",
            )
        )
