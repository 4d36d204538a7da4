"""A proposed schema: what is guessed right, and what is not guessed at all."""

from __future__ import annotations

import tomllib
from typing import Any

import numpy as np
import pandas as pd
import pytest

from explainers.errors import SettingsError
from explainers.intake.proposal import Proposal, propose_schema
from explainers.intake.proposal.names import label_of, unit_of
from explainers.intake.schema_file import parse_schema
from explainers.intake.schema_writing import write_schema
from explainers.workspace import Workspace

N = 120


def proposed(**columns: Any) -> Proposal:
    made = {name: [str(value) for value in values] for name, values in columns.items()}
    return propose_schema(pd.DataFrame(made, dtype="str"), name="ward")


def spread(low: float, high: float, *codes: object) -> list[object]:
    """Values from low to high, and each code five times."""
    values = np.round(np.linspace(low, high, N - 5 * len(codes)), 1).tolist()
    return [*values, *[code for code in codes for _ in range(5)]]


@pytest.mark.parametrize(
    ("name", "unit", "label"),
    [
        ("weight_kg", "kg", "Weight"),
        ("sbp_mmHg", "mmHg", "SBP"),
        ("ageYears", "years", "Age"),
        ("glucose mg/dL", "mg/dL", "Glucose"),
        ("bmi_kg_m2", "kg/m²", "BMI"),
        ("HbA1c", "", "HbA1c"),
        ("days", "", "Days"),
    ],
)
def test_units_and_labels_come_from_names(name: str, unit: str, label: str) -> None:
    assert unit_of(name) == unit
    assert label_of(name, unit) == label


@pytest.mark.parametrize("code", [999, -999, 7777, 9999, 999.0])
def test_a_code_for_not_measured_does_not_widen_the_range(code: float) -> None:
    column = proposed(lab=spread(10, 60, code)).schema.column("lab")
    assert column.missing_codes == (code,)
    assert column.valid_range == (10.0, 60.0)


def test_values_that_look_like_codes_and_lie_among_others_are_values() -> None:
    assert proposed(lab=spread(0, 150, 99)).schema.column("lab").missing_codes == ()


def test_a_zero_is_a_code_only_where_it_is_impossible() -> None:
    schema = proposed(chol_mg_dl=spread(120, 300, 0), siblings=spread(1, 4, 0)).schema
    assert schema.column("chol_mg_dl").missing_codes == (0,)
    assert schema.column("siblings").missing_codes == ()


def test_words_for_missing_are_codes_and_not_levels() -> None:
    schema = proposed(smoking=["never", "current", "unknown"] * 40, lab=spread(1, 2, "n/a")).schema
    assert schema.column("smoking").levels == ("never", "current")
    assert schema.column("smoking").missing_codes == ("unknown",)
    assert schema.column("lab").kind == "number"


def test_codes_from_1_stay_numbers_so_a_model_sees_what_it_was_trained_on() -> None:
    """Prevents levels "1" and "2" from reaching the model as 0 and 1."""
    schema = proposed(sex=[1, 2] * 60, gender=[0, 1] * 60).schema
    assert schema.column("sex").kind == "integer"
    assert schema.column("gender").kind == "category"
    assert schema.column("gender").levels == ("0", "1")
    assert schema.group("sex").cuts == (2.0,)


def test_outcome_id_and_groups_are_found_and_doubted() -> None:
    found = proposed(
        subject_id=[f"S{at}" for at in range(N)],
        age_years=spread(20, 88),
        race=["A", "B", "B"] * 40,
        died=["Y", "N", "N"] * 40,
    )
    schema = found.schema
    assert schema.patient_id == "subject_id"
    assert [outcome.name for outcome in schema.outcomes] == ["died"]
    assert {group.name for group in schema.groups} == {"age_years", "race"}
    assert schema.column("race").role == "attribute"
    assert schema.column("died").role == "outcome"
    assert any(guess.column == "died" for guess in found.doubts)


def test_dates_free_text_and_empty_columns_are_left_out_with_the_reason() -> None:
    schema = proposed(
        seen=["2020-03-04"] * N,
        remark=[f"came with patient {at}" for at in range(N)],
        empty=[""] * N,
        lab=spread(1, 9),
    ).schema
    excluded = {column.name for column in schema.columns if column.role == "excluded"}
    assert excluded == {"seen", "remark", "empty"}
    assert all(schema.column(name).note for name in excluded)


def test_mixed_types_stay_numbers_and_are_doubted() -> None:
    found = proposed(lab=[*spread(1, 9)[:-4], "<5", "<5", "high", "low"])
    assert found.schema.column("lab").kind == "number"
    assert any("no number" in guess.doubt for guess in found.doubts)


def test_what_is_proposed_is_read_back_the_same() -> None:
    found = proposed(age_years=spread(20, 88), sex=["F", "M"] * 60, died=["yes", "no"] * 60)
    assert parse_schema(tomllib.loads(found.to_toml().decode())) == found.schema


def test_the_built_in_schemas_survive_being_written(workspace: Workspace) -> None:
    for name in workspace.cohort_names():
        schema = workspace.load_schema(name)
        again = parse_schema(tomllib.loads(write_schema(schema).decode()), digest=schema.digest)
        assert again == schema, name


def test_a_hostile_name_cannot_leave_its_comment_or_its_quotes() -> None:
    name = 'x"\n[cohort]\nname = "y'
    found = proposed(**{name: spread(1, 9), "=<script>": ["a", "b"] * 60})
    read = parse_schema(tomllib.loads(found.to_toml().decode()))
    assert {column.name for column in read.columns} == {name, "=<script>"}


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingsError, match="every column"):
        propose_schema(pd.DataFrame({"a": ["1"]}, dtype="str"), name="ward", outcome="b")
