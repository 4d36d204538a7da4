"""Identifiers caught at the door, on made-up columns that are labelled with what they hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.identifiers.judgement import score_columns
from benchmarks.identifiers.made_up import Labelled, make_columns
from explainers.intake.identifiers import IdentifierClass, scan_table
from explainers.intake.identifiers.names import classes_by_name
from explainers.intake.identifiers.patterns import (
    is_calendar_date,
    is_iban,
    is_luhn,
    is_nhs_number,
    is_social_security,
    is_vin,
)

# Short lists of words, such as counties, are known by the column's name only.
BY_NAME_ONLY = {"county", "hospital_name", "age_years"}


@pytest.fixture(scope="module")
def columns() -> list[Labelled]:
    return make_columns(60, seed=1)


def test_every_class_is_stopped_and_called_by_its_letter(columns: list[Labelled]) -> None:
    scores = [score for score in score_columns(columns) if score.kind is not None]
    assert {score.kind for score in scores} == set(IdentifierClass)
    for score in scores:
        assert (score.stopped, score.right_letter) == (score.n, score.n), score


def test_values_give_themselves_away_under_a_name_that_says_nothing(
    columns: list[Labelled],
) -> None:
    for column in columns:
        if column.kind is None or column.name in BY_NAME_ONLY:
            continue
        report = scan_table(column.values.rename("x17").to_frame())
        assert report.suspects == ("x17",), column.name


def test_measurements_are_let_in(columns: list[Labelled]) -> None:
    """Prevents a scan that cries at every column, which nobody reads any more."""
    for column in columns:
        if column.kind is None:
            assert scan_table(column.values.to_frame()).hits == (), column.name


@pytest.mark.parametrize(
    "text",
    [
        "call 555 123 4567",
        "a@b.org",
        "born 3 May 1931",
        "from 10.1.2.3",
        "SSN 123-45-6789",
        "x.jpg",
    ],
)
def test_one_cell_in_a_thousand_is_enough(text: str) -> None:
    table = pd.DataFrame({"remark": ["none"] * 999 + [text]})
    (hit, *_) = scan_table(table).hits
    assert (hit.found_by, hit.n_rows) == ("value", 1)


@pytest.mark.parametrize(
    "texts",
    [["1.2", "3.4.5"], ["4.11", "5.12"], ["12/80", "120/80"], ["1-2", "3-4"], ["1:40", "1:80"]],
)
def test_ratios_versions_and_ranges_are_not_dates(texts: list[str]) -> None:
    assert scan_table(pd.DataFrame({"result": texts * 30})).hits == ()


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("dateOfBirth", "C"),
        ("DATE OF BIRTH", "C"),
        ("birthWeight", ""),
        ("drug_name", ""),
        ("patient name", "A"),
        ("zipCode", "B"),
        ("fax_no", "E"),
        ("update_count", ""),
        ("days_since_admission", ""),
        ("admission_dt", "C"),
        ("growth_plate", ""),
        ("id", "R"),
        ("patient_id", "H"),
        ("", ""),
    ],
)
def test_names_are_read_word_by_word(name: str, letters: str) -> None:
    assert "".join(classes_by_name(name)) == letters


def test_check_digits_are_those_of_published_examples() -> None:
    assert is_vin("1M8GDM9AXKP042788")
    assert not is_vin("1M8GDM9AXKP042789")
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB83 WEST 1234 5698 7654 32")
    assert is_luhn("4111 1111 1111 1111")
    assert not is_luhn("4111 1111 1111 1112")
    assert is_nhs_number("943 476 5919")
    assert not is_nhs_number("943 476 5918")
    assert not is_social_security("000-12-3456")
    assert is_calendar_date("2024-02-29")
    assert not is_calendar_date("2023-02-29")


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame({"a": ["", None, np.nan]}),
        pd.DataFrame({"a": ["x"]}),
        pd.DataFrame({"a": [True, False]}),
    ],
)
def test_empty_and_tiny_tables_are_scanned(table: pd.DataFrame) -> None:
    assert scan_table(table).hits == ()


def test_the_report_holds_no_value() -> None:
    """Prevents the record of a scan from becoming one more place with identifiers."""
    report = scan_table(pd.DataFrame({"mail": [f"ana{k}@example.org" for k in range(30)]}))
    assert report.hits
    assert "ana" not in str(report.to_dict())


def test_numbers_from_a_parquet_file_are_read_like_texts() -> None:
    stays = pd.date_range("2019-01-01", periods=40, freq="D")
    table = pd.DataFrame({"seen": stays, "n": np.arange(40) + 1})
    assert scan_table(table).suspects == ("seen", "n")
    assert scan_table(table, expected=["n"]).suspects == ("seen",)
