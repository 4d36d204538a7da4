from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explainers.core import Column, Correction, Schema
from explainers.core.schema import CohortFacts
from explainers.intake.validation import Problem, check_table, validate_table


@pytest.fixture
def schema() -> Schema:
    columns = (
        Column("age", "Age", "integer", valid_range=(18, 90)),
        Column("pain", "Pain", "category", levels=("none", "some")),
        Column("region", "Region", "category", role="attribute", levels=("N", "S")),
        Column("sugar", "Sugar", "number", role="outcome"),
        Column("insulin", "Insulin", "yes_no", role="excluded", note="Treatment."),
    )
    return Schema(CohortFacts("ward", "Ward", ""), "id", columns)


def table_of(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def rules(problems: tuple[Problem, ...]) -> list[str]:
    return [str(problem) for problem in problems]


def test_a_good_table_has_nothing_to_say(schema: Schema) -> None:
    table = table_of(
        id=["a", "b"], age=["40", "50"], pain=["none", "some"], region=["N", "S"],
        sugar=["5", "6"], insulin=["no", "yes"],
    )  # fmt: skip
    report = validate_table(table, schema)
    assert report.is_valid
    assert (report.n_rows, report.problems, report.warnings) == (2, (), ())


def test_what_is_odd_is_warned_about_and_kept(schema: Schema) -> None:
    table = table_of(
        id=["a", "b", "c"], age=["40", "400", "17"], pain=["none", "none", ""],
        region=["", "", ""], surname=["x", "y", "z"],
    )  # fmt: skip
    report = validate_table(table, schema)
    assert report.is_valid
    warned = {problem.column: str(problem) for problem in report.warnings}
    assert "does not know" in warned["surname"]
    assert "nobody has a value" in warned["region"]
    assert "the same value (got 'none')" in warned["pain"]
    assert "outside the plausible range 18 to 90 in 2 rows" in warned["age"]
    assert "row 3" in warned["age"]
    assert "outcomes made from it" in warned["sugar"]
    assert "insulin" not in warned


def test_a_number_above_the_cap_is_read_as_the_cap_and_the_rows_are_told(schema: Schema) -> None:
    """Prevents an age of 97, which stands for itself only, where 90 stands for 90 or over."""
    age = replace(schema.columns[0], capped_at=90.0, missing_codes=(777,))
    schema = replace(schema, columns=(age, *schema.columns[1:]))
    ages = ["97", "90", "41", "", "777", "103.0"]
    table = table_of(id=list("abcdef"), age=ages, pain=["none", "some"] * 3)
    checked = check_table(table, schema)
    assert checked.report.is_valid
    np.testing.assert_array_equal(
        checked.frame["age"].to_numpy(), [90.0, 90.0, 41.0, np.nan, np.nan, 90.0]
    )
    (told,) = [str(one) for one in checked.report.warnings if one.column == "age"]
    assert told.startswith("row 2, column age: numbers above the cap of 90 in 2 rows")
    assert "90 or over" in told
    assert "97" not in told
    assert "103" not in told


def test_who_has_no_id_is_not_sent_to_codes_for_missing_values(schema: Schema) -> None:
    table = table_of(id=["a", "", "a"], age=["40", "x", "60"], pain=["none", "some", "none"])
    remedies = {
        problem.column: problem.remedy for problem in validate_table(table, schema).problems
    }
    assert "missing" not in remedies["id"]
    assert "missing code" in remedies["age"]


def test_repeated_patients_under_new_ids_are_warned_about(schema: Schema) -> None:
    """Prevents resampled rows from making every interval too narrow unnoticed."""
    table = table_of(id=["a", "b", "c"], age=["40", "50", "40"], pain=["none", "some", "none"])
    found = [problem for problem in validate_table(table, schema).warnings if not problem.column]
    assert found[0].row == 4
    assert "1 rows repeat" in found[0].rule


def test_no_rows_and_no_columns_are_problems_and_not_crashes(schema: Schema) -> None:
    assert not validate_table(table_of(id=[], age=[], pain=[]), schema).is_valid
    assert not validate_table(pd.DataFrame(), schema).is_valid
    assert not validate_table(table_of(age=["4"], pain=["none"]), schema).is_valid


def test_problems_come_in_row_order(schema: Schema) -> None:
    table = table_of(id=["a", "", "c"], age=["x", "50", "y"], pain=["none", "bad", "some"])
    report = validate_table(table, schema)
    assert [problem.row for problem in report.problems] == [2, 3, 3, 4]
    assert report.n_problems == 4


def test_a_correction_of_an_absent_column_or_patient_is_harmless(schema: Schema) -> None:
    corrected = Schema(
        schema.facts, "id", schema.columns,
        corrections=(Correction("z", "pain", "none", "some", ""),
                     Correction("a", "region", "N", "S", "")),
    )  # fmt: skip
    table = table_of(id=["a"], age=["40"], pain=["none"])
    assert validate_table(table, corrected).is_valid


def test_numbers_that_are_not_texts_are_read_too(schema: Schema) -> None:
    table = pd.DataFrame({"id": [1, 2], "age": [40.0, np.nan], "pain": ["none", None]})
    assert validate_table(table, schema).is_valid


def test_a_quarter_of_a_million_patients_are_checked(schema: Schema) -> None:
    """A loop over cells would not come to an end within the life of a test run."""
    rng = np.random.default_rng(0)
    n = 250_000
    table = pd.DataFrame(
        {
            "id": np.arange(n).astype(str),
            "age": rng.integers(18, 91, n).astype(str),
            "pain": rng.choice(["none", "some", ""], n),
            "region": rng.choice(["N", "S"], n),
            "sugar": np.round(rng.normal(6, 1, n), 6).astype(str),
        }
    ).astype("str")
    assert validate_table(table, schema).is_valid
