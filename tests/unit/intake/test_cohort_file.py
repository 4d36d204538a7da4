from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from explainers.core import Column, Schema
from explainers.errors import CohortError
from explainers.intake.cohort_file import load_cohort, read_table
from explainers.intake.conversion import convert_column
from explainers.intake.schema_file import parse_schema

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "cohort": {"name": "ward", "title": "Ward", "description": "", "patient_id": "id"},
    "columns": [
        {
            "name": "minutes",
            "label": "Minutes sitting",
            "kind": "integer",
            "valid_range": [0, 1440],
            "missing_codes": [7777, 9999],
        },
        {
            "name": "pressure",
            "label": "Pressure",
            "kind": "number",
            "missing_below": 20,
            "missing_above": 300,
        },
        {
            "name": "pain",
            "label": "Pain",
            "kind": "category",
            "levels": ["none", "dull", "sharp"],
            "ordered": True,
            "missing_codes": ["refused", 9],
        },
        {"name": "smokes", "label": "Smokes", "kind": "yes_no"},
        {
            "name": "region",
            "label": "Region",
            "kind": "category",
            "role": "attribute",
            "levels": ["North", "South"],
        },
        {"name": "sugar", "label": "Sugar", "kind": "number", "role": "outcome"},
        {
            "name": "insulin",
            "label": "Insulin",
            "kind": "yes_no",
            "role": "excluded",
            "note": "Treatment.",
        },
    ],
    "outcomes": [
        {
            "name": "high",
            "label": "High",
            "noun": "has high sugar",
            "horizon": "now",
            "any_of": [{"column": "sugar", "at_least": 7.0}],
        }
    ],
    "corrections": [
        {"patient_id": "b", "column": "region", "from": "North", "to": "South", "reason": "known"}
    ],
}
HEADER = "id,minutes,pressure,pain,smokes,region,sugar,insulin\n"
ROWS = "a,60,120.5,dull,no,North,5,no\nb,7777,10,sharp,yes,North,9,yes\nc,,310,,,South,,\n"


@pytest.fixture
def schema() -> Schema:
    return parse_schema(DOCUMENT, digest="d")


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "cohort.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_patients_are_typed_as_the_schema_says(tmp_path: Path, schema: Schema) -> None:
    cohort = load_cohort(write(tmp_path, HEADER + ROWS), schema)
    frame = cohort.frame
    assert cohort.patient_ids == ("a", "b", "c")
    assert frame.index.name == "patient_id"
    assert all(isinstance(name, str) for name in cohort.patient_ids)
    assert frame["minutes"].dtype == np.float64
    assert list(frame["pain"].cat.categories) == ["none", "dull", "sharp"]
    assert frame["pain"].cat.ordered
    assert list(frame["smokes"].cat.categories) == ["no", "yes"]
    assert frame["insulin"].tolist()[:2] == ["no", "yes"]
    np.testing.assert_array_equal(cohort.outcome_labels("high"), [0, 1, np.nan])


def test_recording_codes_become_missing(tmp_path: Path, schema: Schema) -> None:
    """Prevents 7777 minutes a day, and a pressure of 0, from being a reason for a prediction."""
    rows = "".join(
        f"{at},{minutes},{pressure},{pain},no,North,5,no\n"
        for at, (minutes, pressure, pain) in enumerate(
            [
                ("7777", "0", "refused"),
                ("7777.0", "19.9", "9"),
                (" 9999 ", "301", "9.0"),
                ("NA", "nan", "NA"),
                ("", "", ""),
                ("777", "20", "none"),
            ]
        )
    )
    frame = load_cohort(write(tmp_path, HEADER + rows), schema).frame
    for column, kept in (("minutes", 777), ("pressure", 20), ("pain", "none")):
        assert frame[column].isna().tolist() == [True] * 5 + [False]
        assert frame[column].iloc[5] == kept


def test_corrections_are_applied_to_the_named_patient_only(tmp_path: Path, schema: Schema) -> None:
    frame = load_cohort(write(tmp_path, HEADER + ROWS), schema).frame
    assert frame["region"].tolist() == ["North", "South", "South"]


def test_a_byte_order_mark_spaces_and_blank_lines_are_harmless(
    tmp_path: Path, schema: Schema
) -> None:
    """Prevents an id column called "\\ufeffid" that nobody can find."""
    plain = load_cohort(write(tmp_path, HEADER + ROWS), schema)
    marked = "\ufeff" + HEADER.replace(",", " , ") + "\n" + ROWS.replace(",", " ,") + "\n\n"
    assert load_cohort(write(tmp_path, marked), schema).digest == plain.digest


def test_column_order_does_not_change_what_is_read(tmp_path: Path, schema: Schema) -> None:
    table = read_table(write(tmp_path, HEADER + ROWS))
    plain = load_cohort(tmp_path / "cohort.csv", schema)
    table[table.columns[::-1]].to_csv(tmp_path / "turned.csv", index=False)
    assert load_cohort(tmp_path / "turned.csv", schema).digest == plain.digest


def test_patients_without_outcome_or_attributes_can_be_read(tmp_path: Path, schema: Schema) -> None:
    """Prevents refusing tomorrow's patients, whose outcome nobody knows yet."""
    rows = "id,minutes,pressure,pain,smokes\na,60,120,dull,no\n"
    cohort = load_cohort(write(tmp_path, rows), schema)
    assert len(cohort) == 1
    assert np.isnan(cohort.outcome_labels("high")).all()


def test_a_column_unknown_to_the_schema_is_dropped(tmp_path: Path, schema: Schema) -> None:
    """Prevents a patient's name from being carried along."""
    rows = "id,surname,minutes,pressure,pain,smokes\na,Doe,60,120,dull,no\n"
    assert "surname" not in load_cohort(write(tmp_path, rows), schema).frame


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "header"),
        (b"\n\n", "header"),
        (b"\xef\xbb\xbf", "header"),
        (HEADER, "at least one patient"),
        ((HEADER + ROWS.replace("dull", "dülle")).encode("latin-1"), "UTF-8.*Save it as"),
        ((HEADER + ROWS).encode("utf-16"), "UTF-8"),
        ("\x00" + HEADER + ROWS, "NUL"),
        (HEADER.replace("pressure", "minutes") + ROWS, "name of its own.*minutes"),
        (HEADER.replace("pressure", " minutes") + ROWS, "name of its own"),
        ((HEADER + ROWS).replace(",", ";"), "semicolons"),
        ((HEADER + ROWS).replace(",", "\t"), "tabs"),
        (HEADER + "a,60,120,dull,no,North,5\n", "row 2 must have.*empty"),
        (HEADER + ROWS + "d,60,120,dull,no,North,5,no,extra\n", "row 5 must have as many fields"),
        (HEADER + "a,60,120,dull,no,North,5,no,extra\n", "row 2 must have.*got 9"),
        (HEADER + 'a,"60,120,dull,no,North,5,no\n', "quotation mark"),
        (HEADER.replace("id,", "patient,") + ROWS, "patient ids is missing"),
        (HEADER.replace("pain", "ache") + ROWS, "column pain: this feature is missing"),
        (HEADER + ROWS + "a,60,120,dull,no,North,5,no\n", "row 5, column id: .*one row only"),
        (HEADER + ROWS + ",60,120,dull,no,North,5,no\n", "row 5, column id: every patient needs"),
        (HEADER + ROWS.replace("a,60", '"a\nz",60'), "line break"),
        (HEADER + ROWS.replace("60", "sixty"), "row 2, column minutes: a number.*'sixty'"),
        (HEADER + ROWS.replace("60", "60.5"), "row 2, column minutes: a whole number"),
        (HEADER + ROWS.replace("120.5", "inf"), "row 2, column pressure: a finite number"),
        (HEADER + ROWS.replace("120.5", "-1e999"), "column pressure: a finite number"),
        (HEADER + ROWS.replace("120.5", '"120,5"'), "column pressure: a number is needed"),
        (HEADER + ROWS.replace("dull", "Dull"), "one of these is needed: none, dull, sharp"),
        (HEADER + ROWS.replace(",no,N", ",maybe,N"), "column smokes: .*no, yes.*'maybe'"),
    ],
)
def test_what_cannot_be_read_says_what_and_where(
    tmp_path: Path, schema: Schema, content: str | bytes, rule: str
) -> None:
    with pytest.raises(CohortError, match=f"(?s){rule}"):
        load_cohort(write(tmp_path, content), schema)


def test_an_absent_file_is_named(tmp_path: Path, schema: Schema) -> None:
    with pytest.raises(CohortError, match="absent"):
        load_cohort(tmp_path / "absent.csv", schema)


def test_many_problems_are_counted_and_the_first_listed(tmp_path: Path, schema: Schema) -> None:
    rows = "".join(f"p{at},x,y,dull,no,North,5,no\n" for at in range(1000))
    with pytest.raises(CohortError, match="2,000 places, the first 100") as caught:
        load_cohort(write(tmp_path, HEADER + rows), schema)
    assert str(caught.value).count("\n- row") == 100
    assert "- row 2, column minutes" in str(caught.value)
    assert "- row 51, column pressure" in str(caught.value)


def test_one_patient_is_enough(tmp_path: Path, schema: Schema) -> None:
    assert len(load_cohort(write(tmp_path, HEADER + ROWS.split("\n", 1)[0]), schema)) == 1


def test_a_feature_that_nobody_has_can_be_read(tmp_path: Path, schema: Schema) -> None:
    rows = "a,,120,dull,no,North,5,no\nb,,130,none,yes,South,8,no\n"
    frame = load_cohort(write(tmp_path, HEADER + rows), schema).frame
    assert frame["minutes"].isna().all()
    assert frame["minutes"].dtype == np.float64


def test_numbers_are_read_to_the_last_digit(tmp_path: Path, schema: Schema) -> None:
    """Prevents a fast but inexact parser from moving a patient across a threshold."""
    numbers = np.random.default_rng(0).uniform(20, 300, 500).tolist()
    rows = "".join(f"p{at},60,{x!r},dull,no,North,5,no\n" for at, x in enumerate(numbers))
    assert load_cohort(write(tmp_path, HEADER + rows), schema).frame["pressure"].tolist() == numbers


def test_cells_are_texts(tmp_path: Path) -> None:
    """Prevents the id 007 from becoming 7."""
    table = read_table(write(tmp_path, "id,a\n007,1e5\nNA,true\n"))
    assert table["id"].tolist() == ["007", "NA"]
    assert table["a"].tolist() == ["1e5", "true"]
    assert isinstance(table, pd.DataFrame)


def test_a_number_with_an_underscore_is_refused() -> None:
    """Prevents 7_5 from being read as 75."""
    column = Column("a", "A", "number")
    assert convert_column(pd.Series(["7_5"]), column).faults
    assert convert_column(pd.Series(["7_5", "x"]), column).content.isna().all()


def test_a_refusal_ends_with_one_full_stop(tmp_path: Path) -> None:
    """Prevents a lone full stop below the list of places."""
    path = tmp_path / "cohort.csv"
    path.write_text("id,minutes,pressure\np1,x,100\n")
    with pytest.raises(CohortError) as refused:
        load_cohort(path, parse_schema(DOCUMENT))
    assert str(refused.value).splitlines()[-1].endswith("in the schema.")
