"""Cohorts of any size, read in chunks under the rules of :func:`.cohort_file.load_cohort`.

A CSV or Parquet file is read three times at most: its bytes for the digest, its rows for the
check, and its rows again for the work. Only a chunk of it is in memory at a time.

A chunk whose every cell is plainly right is typed column by column. Any other chunk goes through
:func:`.validation.check_table`, so what is allowed and how it is worded stands in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column, Schema
from explainers.errors import CohortError
from explainers.intake.conversion import MISSING_TEXTS, convert_column
from explainers.intake.distinct_ids import RepeatSearch
from explainers.intake.row_files import FileFacts, read_columns, read_tables
from explainers.intake.validation import MOST_LISTED, Problem, check_table

CHECKED_ROWS = 20_000


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of a cohort file, as they stand there.

    Attributes
    ----------
    number : int
        Position among the chunks, from 0.
    first : int
        Position of its first patient among all patients, from 0.
    table : pyarrow.Table of shape (k, p + 1)
        The patient id and the columns that are needed, those that the file has.
    """

    number: int
    first: int
    table: pa.Table


@dataclass(frozen=True)
class TypedChunk:
    """Patients of a chunk.

    Attributes
    ----------
    number, first : int
        As in :class:`Chunk`.
    frame : DataFrame of shape (k, p)
        Typed values indexed by patient id, as in a :class:`~explainers.core.cohort.Cohort`.
    """

    number: int
    first: int
    frame: pd.DataFrame


def needed_schema(schema: Schema, columns: Sequence[Column]) -> Schema:
    """The schema reduced to some of its columns; what is left out need not be in a file.

    Nor are persons and sites needed, which say nothing of a patient on their own.
    """
    names = {column.name for column in columns}
    return replace(
        schema,
        columns=tuple(columns),
        outcomes=(),
        groups=(),
        corrections=tuple(each for each in schema.corrections if each.column in names),
        person="",
        site="",
    )


def check_cohort(
    file: FileFacts, schema: Schema, on_rows: Callable[[int], None] | None = None
) -> int:
    """Check every row of a file against a schema.

    Parameters
    ----------
    file : FileFacts
    schema : Schema
        What the file must hold; every column of it is needed. See :func:`needed_schema`.
    on_rows : callable, optional
        Told from time to time how many rows are checked.

    Returns
    -------
    int
        Patients in the file.

    Raises
    ------
    CohortError
        When the file cannot be read, is empty or breaks the schema; the first 100 places are
        listed with their rows, the header being row 1 and blank lines not counted.
    """
    _require_columns(file, schema)
    findings = _Findings()
    repeats = RepeatSearch()
    n_rows = 0
    for chunk in read_chunks(file, schema, CHECKED_ROWS):
        ids = _read_ids(chunk.table, schema)
        repeats.add(ids)
        if _type_at_once(chunk.table, ids, schema) is None:
            report = check_table(_as_texts(chunk.table), schema).report
            findings.add(report.problems, chunk.first, report.n_problems)
        n_rows += len(ids)
        if on_rows is not None:
            on_rows(n_rows)
    if n_rows == 0:
        findings.add([Problem(None, "", "", "at least one patient is needed", "Add a row.")], 0)
    if repeats.suspects:
        chunks = read_chunks(file, schema, CHECKED_ROWS)
        ids_again = (_read_ids(chunk.table, schema) for chunk in chunks)
        findings.add(repeats.confirm(ids_again, schema.patient_id), 0)
    findings.raise_if_any(file.path)
    return n_rows


def read_chunks(file: FileFacts, schema: Schema, chunk_rows: int) -> Iterator[Chunk]:
    """Rows in file order, ``chunk_rows`` at a time and what is left over in the last chunk.

    Raises
    ------
    CohortError
        When the file cannot be read.
    """
    names = [schema.patient_id, *(column.name for column in schema.columns)]
    pending: list[pa.Table] = []
    n_pending = number = 0
    for table in read_tables(file, names, chunk_rows):
        pending.append(table)
        n_pending += table.num_rows
        while n_pending >= chunk_rows:
            joined = pa.concat_tables(pending)
            yield Chunk(number, number * chunk_rows, joined.slice(0, chunk_rows))
            number += 1
            pending = [joined.slice(chunk_rows)]
            n_pending -= chunk_rows
    if n_pending:
        yield Chunk(number, number * chunk_rows, pa.concat_tables(pending))


def type_chunk(chunk: Chunk, schema: Schema) -> TypedChunk:
    """Type the patients of a chunk.

    Raises
    ------
    CohortError
        When a row breaks the schema, which :func:`check_cohort` would have said of the whole file.
    """
    frame = _type_at_once(chunk.table, _read_ids(chunk.table, schema), schema)
    if frame is None:
        checked = check_table(_as_texts(chunk.table), schema)
        findings = _Findings()
        findings.add(checked.report.problems, chunk.first, checked.report.n_problems)
        findings.raise_if_any(None)
        frame = checked.frame
    return TypedChunk(chunk.number, chunk.first, frame)


class _Findings:
    """The first problems of a file, and how many there are."""

    def __init__(self) -> None:
        self._kept: dict[Problem, None] = {}
        self._count = 0

    def add(self, problems: Sequence[Problem], first: int, count: int | None = None) -> None:
        """Problems of a table whose first patient is number ``first`` of the file."""
        for problem in problems:
            row = None if problem.row is None else problem.row + first
            shifted = replace(problem, row=row)
            # A repeat within a chunk is found by the check of the chunk and by that of the file.
            if shifted in self._kept:
                continue
            self._count += 1
            if len(self._kept) < 2 * MOST_LISTED:
                self._kept[shifted] = None
        self._count += (count or len(problems)) - len(problems)

    def raise_if_any(self, path: Path | None) -> None:
        if not self._count:
            return
        listed = sorted(self._kept, key=lambda problem: problem.row or 0)[:MOST_LISTED]
        places = "1 place" if self._count == 1 else f"{self._count:,} places"
        shown = "" if self._count == len(listed) else f", the first {len(listed)}"
        lines = "\n".join(f"- {problem}" for problem in listed)
        name = "The cohort file" if path is None else path.name
        # Without the last full stop, which every error sets itself.
        raise CohortError(
            f"{name} breaks its schema in {places}{shown}:\n{lines}".removesuffix(".")
        )


def _require_columns(file: FileFacts, schema: Schema) -> None:
    names = read_columns(file)
    needed = [schema.patient_id, *(column.name for column in schema.columns)]
    if set(needed) <= set(names):
        return
    # One made-up row, because an empty table has a problem of its own.
    table = pd.DataFrame({name: ["1"] for name in names if name in needed}, dtype="str")
    problems = [each for each in check_table(table, schema).report.problems if each.row is None]
    findings = _Findings()
    findings.add(problems, 0)
    findings.raise_if_any(file.path)


def _read_ids(table: pa.Table, schema: Schema) -> list[str]:
    values = table[schema.patient_id]
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if not (_is_text(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
        raise CohortError(
            "patient ids must be text or whole numbers",
            value=str(kind),
            remedy=f"Store the column {schema.patient_id} as text.",
        )
    return [text.strip() for text in _to_text(values).to_pylist()]


def _type_at_once(table: pa.Table, ids: list[str], schema: Schema) -> pd.DataFrame | None:
    """Typed patients; None where any cell needs the full check."""
    if any("\n" in each or "\r" in each or not each for each in ids):
        return None
    if schema.corrections and not {each.patient_id for each in schema.corrections}.isdisjoint(ids):
        return None
    typed: dict[str, FloatArray | pd.Series | pd.Categorical] = {}
    for column in schema.columns:
        values = table[column.name].combine_chunks()
        numbers = _type_numbers(values, column) if column.is_numeric else None
        content = _type_distinct(values, column) if numbers is None else numbers
        if content is None:
            return None
        typed[column.name] = content
    frame = pd.DataFrame(typed, index=range(len(ids)))
    frame.index = pd.Index(ids, name="patient_id", dtype="str")
    return frame


def _type_numbers(values: pa.Array, column: Column) -> FloatArray | None:
    """Numbers of a column that holds nothing but plain ones; None where it holds anything else."""
    numbers = _cast_numbers(values)
    if numbers is None:
        return None
    codes = pd.to_numeric(pd.Series(column.missing_codes, dtype=object), errors="coerce")
    numbers[np.isin(numbers, codes.dropna().to_numpy(dtype=np.float64))] = np.nan
    finite = np.isfinite(numbers)
    if column.missing_below is not None:
        numbers[finite & (numbers < column.missing_below)] = np.nan
    if column.missing_above is not None:
        numbers[finite & (numbers > column.missing_above)] = np.nan
    if np.isinf(numbers).any():
        return None
    if column.kind == "integer" and (numbers != np.rint(numbers))[~np.isnan(numbers)].any():
        return None
    if column.capped_at is not None:
        numbers[np.nan_to_num(numbers) > column.capped_at] = column.capped_at
    return numbers


def _cast_numbers(values: pa.Array) -> FloatArray | None:
    """Float64 copy with NaN for a missing value; None where a text is no plain number."""
    kind = values.type
    is_text = _is_text(kind)
    if is_text:
        blank = pc.is_in(values, value_set=pa.array(MISSING_TEXTS, kind))
        values = pc.if_else(blank, pa.scalar(None, kind), values)
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return None
    try:
        cast = values.cast(pa.float64(), safe=False)
    except pa.ArrowInvalid:
        return None
    # Spellings of NaN other than those listed as missing are wrong, and the check says so.
    if is_text and pc.any(pc.is_nan(cast)).as_py():
        return None
    return np.array(cast.to_numpy(zero_copy_only=False), dtype=np.float64)


def _type_distinct(values: pa.Array, column: Column) -> pd.Series | pd.Categorical | None:
    """Convert each distinct text once; None where one breaks a rule."""
    encoded = pc.dictionary_encode(_to_text(values))
    texts = [text.strip() for text in encoded.dictionary.to_pylist()]
    converted = convert_column(pd.Series(texts, dtype="str", name=column.name), column)
    if converted.faults:
        return None
    positions = encoded.indices.to_numpy(zero_copy_only=False)
    content = converted.content
    if isinstance(content, pd.Series):
        return content.take(positions).reset_index(drop=True)
    return content.take(positions)


def _as_texts(table: pa.Table) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.Series(_to_text(table[name]).to_pylist(), dtype="str")
            for name in table.column_names
        }
    )


def _to_text(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Texts, "" where there is no value."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    try:
        return pc.fill_null(values.cast(pa.string()), "")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise CohortError(
            "the columns of a cohort must hold numbers or text", value=str(values.type)
        ) from error


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )
