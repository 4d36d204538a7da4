"""A table as a hospital has it: CSV in any usual dialect, or Parquet, told by its first bytes."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from explainers.errors import CohortError
from explainers.intake.delimited import check_names, read_delimited

MOST_BYTES = 1 << 30
MOST_CELLS = 500_000_000
# As the csv module has it for a cell of a CSV file.
LONGEST_CELL = 131_072
MOST_TEXT_BYTES = 1 << 33
ROWS_TO_TELL_BY = 50
MARKS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
PARQUET_MAGIC = b"PAR1"

# What is no table, told by its first bytes, and what to do instead.
_OTHER_FILES = (
    (b"SQLite format 3\x00", "a SQLite database", "Name it by its URL: sqlite:////path/to/file."),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet", 'Unpack it, or save it as "CSV UTF-8".'),
    (b"\x1f\x8b", "a compressed file", "Unpack it first."),
    (b"BZh", "a compressed file", "Unpack it first."),
    (b"\x28\xb5\x2f\xfd", "a compressed file", "Unpack it first."),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet", 'Save it as "CSV UTF-8".'),
    (b"%PDF", "a PDF", "Export the table itself."),
    (b"\x89HDF", "an HDF5 file", "Save the table as Parquet."),
    (b"\x80", "a pickle", "Save the table as Parquet: a pickle can run whatever its maker wants."),
)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


@dataclass(frozen=True)
class SourceTable:
    """A table as it was read, and what had to be found out to read it.

    Attributes
    ----------
    table : DataFrame of shape (n, columns)
        Every cell a str, an empty cell "".
    name : str
        Of the file, table or query, for messages.
    notes : tuple of str
        One sentence for each thing that was detected or changed.
    digest : str
        SHA-256 of the file's bytes; "" where there is no file.
    """

    table: pd.DataFrame
    name: str
    notes: tuple[str, ...] = ()
    digest: str = ""

    def noting(self, table: pd.DataFrame, *notes: str) -> SourceTable:
        """The same source with its table changed, and what was changed."""
        return replace(self, table=table, notes=(*self.notes, *notes))


def read_source_file(path: Path) -> SourceTable:
    """Read a CSV or Parquet file as texts.

    Raises
    ------
    CohortError
        When it is too large, of another kind, damaged, or not rectangular.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CohortError(
                "a table to register may have at most 1 GiB",
                value=f"{path.stat().st_size / (1 << 30):.1f} GiB",
                remedy="Leave out columns that no model needs, or draw a sample of the patients.",
            )
        content = path.read_bytes()
    except OSError as error:
        raise CohortError("a cohort file must be readable", value=str(path)) from error
    return parse_source(content, path.name)


def parse_source(content: bytes, name: str) -> SourceTable:
    """Read the bytes of a CSV or Parquet file; raises as :func:`read_source_file`."""
    if len(content) > MOST_BYTES:
        raise CohortError("a table to register may have at most 1 GiB", value=name)
    digest = hashlib.sha256(content).hexdigest()
    if content.startswith(PARQUET_MAGIC):
        return SourceTable(_read_parquet(content, name), name, ("It is Parquet.",), digest)
    for magic, kind, remedy in _OTHER_FILES:
        if content.startswith(magic):
            raise CohortError(
                f"a table must be CSV or Parquet, and this is {kind}", value=name, remedy=remedy
            )
    if content[8:12] == b"DUCK":
        raise CohortError(
            "a table must be CSV or Parquet, and this is a DuckDB database",
            value=name,
            remedy="Name it by its URL: duckdb:////path/to/file.",
        )
    text, encoding = _decode(content, name)
    mark = _find_mark(text)
    table = read_delimited(_name_the_unnamed(text, mark), name, mark=mark)
    notes = [] if encoding == "UTF-8" else [f"Its encoding was taken for {encoding}."]
    notes += [] if mark == "," else [f"Its fields are separated by {MARKS[mark]}."]
    return SourceTable(table, name, tuple(notes), digest)


def _decode(content: bytes, name: str) -> tuple[str, str]:
    """The text and its encoding; Windows-1252 is what Latin-1 files nearly always are."""
    for magic, codec, label in _BYTE_ORDER_MARKS:
        if content.startswith(magic):
            return _strictly(content, codec, name), label
    for start, codec in ((0, "utf-16-be"), (1, "utf-16-le")):
        # Of text in Western letters every other byte is 0.
        half = content[start:2000:2]
        if half.count(0) > 0.5 * len(half) > 0:
            return _strictly(content, codec, name), "UTF-16"
    try:
        text, label = content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        text, label = _strictly(content, "cp1252", name), "Windows-1252 (Latin-1)"
    return _without_nul(text, name), label


def _strictly(content: bytes, codec: str, name: str) -> str:
    try:
        return _without_nul(content.decode(codec), name)
    except UnicodeDecodeError as error:
        raise CohortError(
            f"a cohort file must be text; byte {error.start} fits no encoding that is known",
            value=name,
            remedy='Save it as "CSV UTF-8".',
        ) from error


def _without_nul(text: str, name: str) -> str:
    if "\x00" in text:
        raise CohortError(
            "a cohort file must be text without NUL characters",
            value=name,
            remedy='Save it as "CSV UTF-8".',
        )
    return text


def _find_mark(text: str) -> str:
    """The mark by which the first rows have the same number of fields, and the most of them."""
    start = "".join(io.StringIO(text).readlines(ROWS_TO_TELL_BY * 10_000)[:ROWS_TO_TELL_BY])
    best, most = ",", 1
    for mark in MARKS:
        try:
            widths = {len(row) for row in csv.reader(io.StringIO(start), delimiter=mark) if row}
        except csv.Error:
            continue
        if len(widths) == 1 and (width := widths.pop()) > most:
            best, most = mark, width
    return best


def _name_the_unnamed(text: str, mark: str) -> str:
    """A first column without a name is what programs write for the numbers of rows."""
    return f"row_number{text}" if text.startswith((mark, f'""{mark}')) else text


def _read_parquet(content: bytes, name: str) -> pd.DataFrame:
    try:
        parquet = pq.ParquetFile(io.BytesIO(content))
        check_names(list(parquet.schema_arrow.names))
        n_cells = parquet.metadata.num_rows * max(1, parquet.metadata.num_columns)
        if n_cells > MOST_CELLS:
            raise CohortError(
                f"a table to register may have at most {MOST_CELLS:,} cells", value=n_cells
            )
        # A text that is repeated is stored once: as a dictionary a bomb can be told before it
        # goes off.
        packed = [field.name for field in parquet.schema_arrow if pa.types.is_string(field.type)]
        stored = pq.ParquetFile(io.BytesIO(content), read_dictionary=packed).read()
        _reject_long_texts(stored)
        return pd.DataFrame(
            {field: _texts(stored[field], field) for field in stored.column_names}, dtype="str"
        )
    except (pa.ArrowException, OSError, OverflowError) as error:
        raise CohortError(f"a cohort file must be whole Parquet: {error}", value=name) from error


def _reject_long_texts(stored: pa.Table) -> None:
    """Refuse cells that no table of patients has, and texts beyond what memory takes."""
    n_bytes = 0
    for name in stored.column_names:
        for chunk in stored[name].chunks:
            if not (pa.types.is_dictionary(chunk.type) and len(chunk.dictionary)):
                continue
            lengths = pc.binary_length(pc.cast(chunk.dictionary, pa.string()))
            if (pc.max(lengths).as_py() or 0) > LONGEST_CELL:
                raise CohortError(
                    f"a cell may have at most {LONGEST_CELL:,} bytes",
                    value=name,
                    remedy="Leave the column out.",
                )
            n_bytes += pc.sum(pc.cast(lengths.take(chunk.indices), pa.int64())).as_py() or 0
    if n_bytes > MOST_TEXT_BYTES:
        raise CohortError(
            "the texts of a table to register may come to at most 8 GiB",
            value=f"{n_bytes / (1 << 30):.0f} GiB",
            remedy="Leave out columns of long texts.",
        )


def _texts(column: pa.ChunkedArray, name: str) -> pd.Series:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise CohortError(
            f"a column must hold numbers, texts or dates, and not {kind}",
            value=name,
            remedy="Leave the column out.",
        )
    texts: pd.Series = pc.fill_null(pc.cast(column, pa.string()), "").to_pandas()
    return texts.astype("str")
