"""CSV and Parquet files as streams of small tables, and the digest that stands for a file."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from explainers.errors import CohortError
from explainers.intake.delimited import check_names
from explainers.intake.even_rows import count_even_rows

FileKind = Literal["csv", "parquet"]

PARQUET_MAGIC = b"PAR1"
BYTES_AT_A_TIME = 1 << 20
# Arrow reads up to 32 blocks ahead; a row has to fit into one.
CSV_BLOCK_BYTES = 1 << 18


@dataclass(frozen=True)
class FileFacts:
    """What identifies a cohort file.

    Attributes
    ----------
    path : Path
    kind : {"csv", "parquet"}
        By its first bytes, whatever its name.
    size : int
        Bytes.
    sha256 : str
        Over every byte.
    modified_ns : int
        Time of last change when the digest was made; tells cheaply that it still holds.
    has_quotes : bool
        Whether a CSV file has a quotation mark anywhere.
    """

    path: Path
    kind: FileKind
    size: int
    sha256: str
    modified_ns: int
    has_quotes: bool = False

    def is_unchanged(self) -> bool:
        """Whether size and time of change are still those of the digest."""
        try:
            status = self.path.stat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (self.size, self.modified_ns)


def identify_file(path: Path) -> FileFacts:
    """Read every byte of a cohort file once.

    Raises
    ------
    CohortError
        When it cannot be read, or is neither Parquet nor UTF-8 text.
    """
    try:
        return _identify(path)
    except OSError as error:
        raise CohortError("a cohort file must be readable", value=str(path)) from error


def read_columns(file: FileFacts) -> tuple[str, ...]:
    """Names of the columns; CohortError where there are none, or two of the same name."""
    if file.kind == "csv":
        return _read_header(file.path)[0]
    with _open_parquet(file.path) as parquet:
        names = tuple(parquet.schema_arrow.names)
    check_names(names)
    return names


def read_tables(file: FileFacts, names: Sequence[str], most_rows: int) -> Iterator[pa.Table]:
    """Rows in file order, in tables of any size of the named columns that the file has.

    A table of a CSV file has texts of at most some 256 KB, a table of a Parquet file at most
    ``most_rows`` rows.

    Raises
    ------
    CohortError
        When the file is damaged.
    """
    if file.kind == "csv":
        yield from _read_csv(file, names)
        return
    present = [name for name in names if name in read_columns(file)]
    with _open_parquet(file.path) as parquet:
        try:
            for batch in parquet.iter_batches(batch_size=most_rows, columns=present):
                yield pa.Table.from_batches([batch])
        except (pa.ArrowException, OSError) as error:
            raise _damaged_parquet(file.path, error) from error


def _identify(path: Path) -> FileFacts:
    hasher = hashlib.sha256()
    with path.open("rb") as handle:
        status = path.stat()
        is_parquet = handle.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
        handle.seek(0)
        text = None if is_parquet else _TextCheck(path.name)
        while block := handle.read(BYTES_AT_A_TIME):
            hasher.update(block)
            if text is not None:
                text.add(block)
    if text is not None:
        text.finish()
    return FileFacts(
        path=path,
        kind="parquet" if is_parquet else "csv",
        size=status.st_size,
        sha256=hasher.hexdigest(),
        modified_ns=status.st_mtime_ns,
        has_quotes=text is not None and text.has_quotes,
    )


class _TextCheck:
    """Whether blocks of bytes are UTF-8 text, with the rules of ``cohort_file.read_table``."""

    def __init__(self, name: str) -> None:
        self.has_quotes = False
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._n_bytes = 0

    def add(self, block: bytes) -> None:
        self._decode(block, is_last=False)
        self._n_bytes += len(block)
        self.has_quotes |= b'"' in block
        if b"\x00" in block:
            raise CohortError(
                "a cohort file must be UTF-8 text without NUL bytes, or Parquet", value=self._name
            )

    def finish(self) -> None:
        self._decode(b"", is_last=True)

    def _decode(self, block: bytes, *, is_last: bool) -> None:
        n_held = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(block, is_last)
        except UnicodeDecodeError as error:
            place = self._n_bytes - n_held + error.start
            raise CohortError(
                f"a cohort file must be UTF-8 text or Parquet; byte {place} is not",
                value=self._name,
                remedy='Save it as "CSV UTF-8".',
            ) from error


def _read_header(path: Path) -> tuple[tuple[str, ...], int]:
    """Names of the columns, and the byte at which the rows begin."""
    consumed: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = csv.reader(_remember(handle, consumed), strict=True)
            header = next((row for row in rows if row), [])
        with path.open("rb") as raw:
            mark = len(codecs.BOM_UTF8) if raw.read(3) == codecs.BOM_UTF8 else 0
    except csv.Error as error:
        raise _broken_csv(path, error) from error
    names = tuple(name.strip() for name in header)
    if not any(names):
        raise CohortError("a cohort file needs a header row", value=path.name)
    check_names(names)
    if len(names) == 1 and any(each in names[0] for each in ";\t"):
        raise CohortError(
            "a cohort file must be separated by commas",
            value=names[0],
            remedy="It seems to be separated by semicolons or tabs.",
        )
    return names, mark + len("".join(consumed).encode())


def _remember(lines: Iterator[str], consumed: list[str]) -> Iterator[str]:
    for line in lines:
        consumed.append(line)
        yield line


def _read_csv(file: FileFacts, names: Sequence[str]) -> Iterator[pa.Table]:
    header, start = _read_header(file.path)
    # Arrow reads quotation marks more leniently than the csv module, which load_cohort follows.
    if start >= file.size or (file.has_quotes and _count_rows(file.path, len(header)) == 0):
        return
    present = [name for name in header if name in names]
    try:
        with file.path.open("rb") as handle:
            handle.seek(start)
            with closing(_open_csv(handle, header, present, has_quotes=file.has_quotes)) as reader:
                for batch in reader:
                    yield pa.Table.from_batches([batch])
    except pa.ArrowInvalid as error:
        if _count_rows(file.path, len(header)) == 0:
            return
        raise _broken_csv(file.path, error) from error


def _open_csv(
    handle: object, header: Sequence[str], present: list[str], *, has_quotes: bool
) -> pa_csv.CSVStreamingReader:
    return pa_csv.open_csv(
        handle,
        read_options=pa_csv.ReadOptions(column_names=header, block_size=CSV_BLOCK_BYTES),
        parse_options=pa_csv.ParseOptions(
            quote_char='"' if has_quotes else False, newlines_in_values=has_quotes
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(present, pa.string()),
            include_columns=present,
            strings_can_be_null=False,
        ),
    )


def _count_rows(path: Path, width: int) -> int:
    """Rows under the header; raises where one is not whole or has not ``width`` fields."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return count_even_rows(handle, width) - 1
    except csv.Error as error:
        raise _broken_csv(path, error) from error


def _open_parquet(path: Path) -> pq.ParquetFile:
    try:
        # A buffered stream instead of whole column chunks keeps a large row group out of memory.
        return pq.ParquetFile(path, buffer_size=1 << 18, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise _damaged_parquet(path, error) from error


def _broken_csv(path: Path, error: Exception) -> CohortError:
    return CohortError(
        f"a cohort file must be whole CSV: {error}",
        value=path.name,
        remedy="Look for a quotation mark that is not closed.",
    )


def _damaged_parquet(path: Path, error: Exception) -> CohortError:
    return CohortError(f"a cohort file must be whole Parquet: {error}", value=path.name)
