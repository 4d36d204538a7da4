"""Files made to harm: each is refused with a reason, soon, and before it fills the memory."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explainers.errors import CohortError
from explainers.intake import source_file
from explainers.intake.delimited import MOST_COLUMNS
from explainers.intake.source_file import LONGEST_CELL, parse_source


def parquet(**columns: object) -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.table(columns), packed)
    return packed.getvalue()


@pytest.mark.parametrize("share", [0.001, 0.3, 0.6, 0.99])
def test_a_parquet_file_that_was_cut_is_refused(share: float) -> None:
    whole = parquet(id=[str(at) for at in range(500)])
    with pytest.raises(CohortError, match="Parquet"):
        parse_source(whole[: max(5, int(share * len(whole)))], "ward.parquet")


def test_a_parquet_file_with_a_changed_byte_is_read_or_refused_and_nothing_else() -> None:
    """Prevents a damaged file from ending in an error that nobody can act on."""
    whole = parquet(id=[str(at) for at in range(300)], age=list(range(300)))
    rng = np.random.default_rng(0)
    for _ in range(150):
        broken = bytearray(whole)
        broken[int(rng.integers(4, len(broken)))] ^= int(rng.integers(1, 256))
        with suppress(CohortError):
            parse_source(bytes(broken), "ward.parquet")


def test_a_thousand_times_a_long_text_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prevents a file of some kilobytes from becoming gigabytes: Parquet stores a text once."""
    monkeypatch.setattr(source_file, "MOST_TEXT_BYTES", 10_000_000)
    bomb = parquet(id=list(range(2000)), note=["z" * 100_000] * 2000)
    assert len(bomb) < 1_000_000
    with pytest.raises(CohortError, match="texts of a table"):
        parse_source(bomb, "ward.parquet")


@pytest.mark.parametrize("quote", ['"', ""])
def test_a_cell_of_megabytes_is_refused(quote: str) -> None:
    cell = "x" * (LONGEST_CELL + 1)
    with pytest.raises(CohortError, match="limit"):
        parse_source(f"id,note\n1,{quote}{cell}{quote}\n".encode(), "ward.csv")
    with pytest.raises(CohortError, match="at most"):
        parse_source(parquet(id=["1"], note=[cell]), "ward.parquet")


def test_too_many_columns_are_refused() -> None:
    """Prevents a header of a million commas from being compared name by name."""
    names = [f"c{at}" for at in range(MOST_COLUMNS + 1)]
    with pytest.raises(CohortError, match="columns"):
        parse_source(",".join(names).encode() + b"\n", "ward.csv")
    with pytest.raises(CohortError, match="columns"):
        parse_source(b"," * 1_000_000, "ward.csv")
    with pytest.raises(CohortError, match="columns"):
        parse_source(parquet(**{name: [1] for name in names}), "ward.parquet")


@pytest.mark.parametrize("magic", [b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\xd0\xcf\x11\xe0"])
@pytest.mark.parametrize("name", ["ward.csv", "ward.parquet"])
def test_an_archive_is_told_by_its_bytes_whatever_its_name(magic: bytes, name: str) -> None:
    with pytest.raises(CohortError, match="and this is"):
        parse_source(magic + b"\x00" * 50, name)
