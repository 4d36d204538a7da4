"""Tables as hospitals have them: every trap is read right or refused with what to do."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explainers.errors import CohortError
from explainers.intake import source_file
from explainers.intake.source_file import SourceTable, parse_source, read_source_file
from explainers.intake.tidying import plain_names, tidy

ROWS = "id,âge,sex\n1,41,Ä\n2,57,é\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_every_usual_dialect_gives_the_same_cells(encoding: str, mark: str) -> None:
    source = parse_source(ROWS.replace(",", mark).encode(encoding), "ward.csv")
    assert list(source.table.columns) == ["id", "âge", "sex"]
    assert source.table["sex"].tolist() == ["Ä", "é"]


def test_a_windows_file_is_read_and_the_guess_is_told() -> None:
    source = parse_source(ROWS.encode("cp1252"), "ward.csv")
    assert source.table["sex"].tolist() == ["Ä", "é"]
    assert "Windows-1252" in source.notes[0]


def test_numbers_of_rows_without_a_name_do_not_shift_the_columns() -> None:
    source = parse_source(b",age\n0,41\n1,57\n", "ward.csv")
    assert list(source.table.columns) == ["row_number", "age"]
    assert source.table["age"].tolist() == ["41", "57"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "header"),
        (b"\n\n", "header"),
        (b"id,age,age\n1,2,3\n", "name of its own"),
        (b"id,age\n1\n", "as many fields"),
        (b'id,age\n1,"2\n', "quotation mark"),
        (b"id,a\x00ge\n1,2\n", "NUL"),
        (b"id,age\n1,\x81\x8d\n", "no encoding"),
        (b"\xff\xfe\x00", "no encoding"),
        (b"PAR1 not parquet", "Parquet"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"SQLite format 3\x00", "sqlite:////"),
        (pickle.dumps({"id": [1]}), "pickle"),
        (b"id,a\x1bge\n1,2\n", "readable"),
        (b"id," + b"a" * 300 + b"\n1,2\n", "readable"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(content: bytes, words: str) -> None:
    with pytest.raises(CohortError, match=words):
        parse_source(content, "ward.csv")


def test_a_zip_bomb_is_never_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ward.csv", b"0" * 10_000_000)
    with pytest.raises(CohortError, match="ZIP"):
        parse_source(packed.getvalue(), "ward.csv")


def test_an_oversized_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_file, "MOST_BYTES", 10)
    path = tmp_path / "ward.csv"
    path.write_text(ROWS)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))
    with pytest.raises(CohortError, match="at most"):
        read_source_file(path)


def test_parquet_gives_the_cells_that_csv_would(tmp_path: Path) -> None:
    path = tmp_path / "ward.parquet"
    pd.DataFrame(
        {
            "id": ["a", "b"],
            "age": [41, None],
            "ill": [True, False],
            "sex": pd.Categorical(["F", "M"]),
        }
    ).to_parquet(path)
    table = read_source_file(path).table
    assert table["id"].tolist() == ["a", "b"]
    assert table["age"].tolist() in (["41", ""], ["41.0", ""])
    assert table["ill"].tolist() == ["true", "false"]
    assert table["sex"].tolist() == ["F", "M"]


def test_nested_parquet_columns_are_refused_by_name() -> None:
    packed = io.BytesIO()
    pq.write_table(pa.table({"id": ["a"], "visits": [[1, 2]]}), packed)
    with pytest.raises(CohortError, match="visits"):
        parse_source(packed.getvalue(), "ward.parquet")


def tidied(*cells: str) -> list[str]:
    return tidy(SourceTable(pd.DataFrame({"x": cells}, dtype="str"), "t")).table["x"].tolist()


def test_decimal_commas_are_not_read_as_thousands() -> None:
    assert tidied("1,5", "12,25", "1.234,5", "3", "") == ["1.5", "12.25", "1234.5", "3", ""]


def test_marks_between_thousands_are_not_read_as_decimals() -> None:
    assert tidied("1,234.5", "12,000.25", "3") == ["1234.5", "12000.25", "3"]
    assert tidied("1,234", "0.5") == ["1234", "0.5"]


def test_a_comma_that_may_be_either_is_not_guessed() -> None:
    for cells in (("1,234", "5,678"), ("1.234", "1,5"), ("1,234.5", "1,5")):
        with pytest.raises(CohortError, match="decimals or thousands"):
            tidied(*cells)


def test_text_with_commas_stays_as_it_is() -> None:
    assert tidied("Lee, Ann", "1,5") == ["Lee, Ann", "1,5"]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+SUM(A1)", "@x", "-2+3+cmd", " =1+1"])
def test_a_formula_is_refused_with_its_place(cell: str) -> None:
    with pytest.raises(CohortError, match="row 3") as refusal:
        tidied("fine", cell)
    assert "formula" in refusal.value.rule


def test_signed_numbers_are_no_formulas() -> None:
    assert tidied("-1.5", "+2", "-", "-3e-4") == ["-1.5", "+2", "-", "-3e-4"]


def test_two_names_that_become_one_are_refused() -> None:
    table = pd.DataFrame({"a b": ["1"], "a_b": ["2"]}, dtype="str")
    with pytest.raises(CohortError, match="plain name"):
        plain_names(SourceTable(table, "t"))
