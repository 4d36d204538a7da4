"""Reading in chunks: the same patients and the same refusals as reading at once."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from explainers.core.schema import CohortFacts, Column, Correction, Schema
from explainers.errors import CohortError
from explainers.intake.chunks import check_cohort, needed_schema, read_chunks, type_chunk
from explainers.intake.cohort_file import load_cohort, read_table
from explainers.intake.row_files import identify_file, read_tables
from explainers.intake.validation import validate_table

SCHEMA = Schema(
    facts=CohortFacts("ward", "A ward", "Made up."),
    patient_id="id",
    columns=(
        Column("age", "Age", "integer", missing_codes=(777, "unknown"), missing_above=130),
        Column("pulse", "Pulse", "number", missing_below=1.0, capped_at=180.0),
        Column("sex", "Sex", "category", levels=("female", "male")),
        Column("smokes", "Smokes", "yes_no", missing_codes=("9",)),
    ),
    corrections=(Correction("c1", "age", "15", "51", "Digits were swapped."),),
)
HEADER = "id,age,pulse,sex,smokes\n"

CELLS = {
    "age": ["41", " 41 ", "", "NA", "777", "777.0", "unknown", "41.5", "1_0", "inf", "200", "x"],
    "pulse": [
        "60.5",
        "180.5",
        "3e2",
        "+6e1",
        "-1",
        "nan",
        "NAN",
        "0x10",
        "1e400",
        "60 ",
        "\u0663",
        "-0",
        "NaN",
    ],
    "sex": ["female", "male ", "", "other", "NA"],
    "smokes": ["yes", "no", "9", "9.0", "true"],
}


def in_chunks(path: Path, n: int, schema: Schema = SCHEMA) -> pd.DataFrame:
    file = identify_file(path)
    n_rows = check_cohort(file, schema)
    frames = [type_chunk(chunk, schema).frame for chunk in read_chunks(file, schema, n)]
    assert [len(frame) for frame in frames[:-1]] == [n] * (len(frames) - 1)
    whole = pd.concat(frames)
    assert len(whole) == n_rows
    return whole


def refusal(path: Path, schema: Schema = SCHEMA) -> str:
    with pytest.raises(CohortError) as refused:
        check_cohort(identify_file(path), schema)
    return str(refused.value)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(
        st.tuples(*(st.sampled_from(cells) for cells in CELLS.values())), min_size=1, max_size=7
    )
)
@example(rows=[("15", "60", "male", "no")])
def test_a_chunk_is_typed_and_refused_as_by_load_cohort(
    tmp_path: Path, rows: list[tuple[str, ...]]
) -> None:
    """Prevents a value that one of the two readers takes and the other does not, or differently."""
    path = tmp_path / "cohort.csv"
    lines = [",".join((f"c{at}", *row)) for at, row in enumerate(rows, start=1)]
    path.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    if not validate_table(read_table(path), SCHEMA).is_valid:
        with pytest.raises(CohortError) as refused:
            load_cohort(path, SCHEMA)
        assert refusal(path) == str(refused.value)
        return
    expected = load_cohort(path, SCHEMA).frame
    pd.testing.assert_frame_equal(in_chunks(path, 3), expected)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(alphabet='a,"\n\r é', max_size=30))
def test_any_text_is_read_as_the_csv_module_reads_it(tmp_path: Path, text: str) -> None:
    """Prevents a cell that moves to another patient because of a quotation mark or line break."""
    path = tmp_path / "cohort.csv"
    path.write_text("x,y\n" + text, encoding="utf-8", newline="")
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error:
        rows = [["broken"]]
    file = identify_file(path)
    if any(len(row) != 2 for row in rows):
        with pytest.raises(CohortError):
            list(read_tables(file, ["x", "y"], 10))
        return
    found = [
        [line["x"], line["y"]]
        for table in read_tables(file, ["x", "y"], 10)
        for line in table.to_pylist()
    ]
    assert found == rows


def test_parquet_equals_csv_whatever_its_types(tmp_path: Path) -> None:
    """Prevents codes for "not measured" that are recognised as text and not as numbers."""
    text = HEADER + "1,41,60.5,female,yes\n2,777,,male,9\n3,,0.5,,no\n4,200,NaN,male,\n"
    (tmp_path / "cohort.csv").write_text(text)
    expected = in_chunks(tmp_path / "cohort.csv", 2)
    columns = {
        "id": pa.array([1, 2, 3, 4]),
        "age": pa.array([41, 777, None, 200], pa.int16()),
        "pulse": pa.array([60.5, None, 0.5, np.nan]),
        "sex": pa.array(["female", "male", None, "male"]).dictionary_encode(),
        "smokes": pa.array(["yes", "9", "no", ""], pa.large_string()),
        "not.needed": pa.array([[1], [2], [3], [4]]),
    }
    path = tmp_path / "cohort.anything"
    pq.write_table(pa.table(columns), path, row_group_size=3)
    pd.testing.assert_frame_equal(in_chunks(path, 2), expected)


def test_parquet_of_a_wrong_type_names_the_row_and_the_rule(tmp_path: Path) -> None:
    columns = {
        "id": ["a", "b", "c"],
        "age": [41.0, 41.5, 3.0],
        "pulse": [True, False, None],
        "sex": ["female", "male", "male"],
        "smokes": [True, None, False],
    }
    path = tmp_path / "cohort.parquet"
    pq.write_table(pa.table(columns), path)
    told = refusal(path)
    assert "row 3, column age: a whole number is needed (got '41.5')" in told
    assert "row 2, column smokes: one of these is needed: no, yes (got 'true')" in told
    assert "column pulse: a number is needed" in told
    pq.write_table(pa.table({**columns, "id": [1.0, 2.0, 3.0]}), path)
    assert "patient ids must be text or whole numbers" in refusal(path)
    path.write_bytes(path.read_bytes()[:-20])
    assert "whole Parquet" in refusal(path)


def test_repeated_ids_are_found_across_chunks_with_their_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents a patient in two chunks from being explained twice."""
    monkeypatch.setattr("explainers.intake.chunks.CHECKED_ROWS", 7)
    ids = [f"c{at}" for at in range(100)]
    ids[60] = "c3"
    ids[61] = " c3 "
    ids[8] = "c7"
    ids[99] = "c50"
    path = tmp_path / "cohort.csv"
    path.write_text(HEADER + "".join(f"{each},41,60,male,no\n" for each in ids))
    told = refusal(path)
    with pytest.raises(CohortError) as expected:
        load_cohort(path, SCHEMA)
    rows = [line.split(",")[0] for line in told.splitlines()[1:]]
    assert rows == ["- row 10", "- row 62", "- row 63", "- row 101"]
    assert told == str(expected.value)


def test_the_row_of_a_problem_is_that_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents rows that are counted from the beginning of a chunk."""
    monkeypatch.setattr("explainers.intake.chunks.CHECKED_ROWS", 10)
    lines = [f"c{at},41,60,male,no\n" for at in range(300)]
    lines[57] = "c57,old,60,male,no\n"
    for at in range(120, 280):
        lines[at] = f"c{at},41,60,man,no\n"
    path = tmp_path / "cohort.csv"
    path.write_text(HEADER + "".join(lines))
    told = refusal(path)
    assert told.startswith("cohort.csv breaks its schema in 161 places, the first 100:\n- row 59, ")
    with pytest.raises(CohortError) as expected:
        load_cohort(path, SCHEMA)
    assert told == str(expected.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "needs a header row"),
        (HEADER.encode(), "at least one patient is needed"),
        (HEADER.encode() + b"\n\n", "at least one patient is needed"),
        (b"id;age;pulse\n", "separated by commas"),
        (b"id,age,age\n", "name of its own"),
        (b"age,pulse,sex,smokes\n1,2,male,no\n", "column of patient ids is missing"),
        (b"id,age,sex,smokes\n1,2,male,no\n", "column pulse: this feature is missing"),
        (HEADER.encode() + b"a,1,2,male,no,extra\n", "row 2 must have as many fields"),
        (HEADER.encode() + b"a,1,2,male,no\nb,1,2\n", "row 3 must have as many fields"),
        (HEADER.encode() + b'a,1,2,"male,no\n', "whole CSV"),
        (HEADER.encode() + b"a,1,\xff,male,no\n", "byte 28 is not"),
        (HEADER.encode() + b"a,1,2\x00,male,no\n", "NUL"),
        (HEADER.encode() + b",1,2,male,no\n", "every patient needs an id"),
        (HEADER.encode() + b'"a\nb",1,2,male,no\n', "may not contain a line break"),
        (b"PAR1 is not all", "whole Parquet"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_rule(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "cohort.csv"
    path.write_bytes(content)
    assert words in refusal(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="must be readable"):
        identify_file(tmp_path / "nowhere.csv")
    with pytest.raises(CohortError, match="must be readable"):
        identify_file(tmp_path)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_and_byte_order_mark_change_nothing(tmp_path: Path, ending: str) -> None:
    text = f"\n\n{HEADER} p1 ,41,60,male,no\n\np2,42,61,female,yes"
    path = tmp_path / "cohort.csv"
    path.write_bytes(("\ufeff" + text.replace("\n", ending)).encode())
    found = in_chunks(path, 1)
    path.write_text(text)
    pd.testing.assert_frame_equal(found, load_cohort(path, SCHEMA).frame)


def test_columns_that_a_model_does_not_need_may_be_absent_or_wrong(tmp_path: Path) -> None:
    needed = needed_schema(SCHEMA, [SCHEMA.column("pulse")])
    assert needed.corrections == ()
    path = tmp_path / "cohort.csv"
    path.write_text("pulse,age,id\n60,wrong,a\n")
    frame = in_chunks(path, 5, needed)
    assert frame.index.tolist() == ["a"]
    assert frame.columns.tolist() == ["pulse"]
