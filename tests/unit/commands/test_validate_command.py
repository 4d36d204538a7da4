from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def cohort_of(ward: Path) -> tuple[Path, str]:
    folder = ward / "cohorts" / "ward"
    return folder / "cohort.csv", str(folder / "schema.toml")


def test_a_good_cohort_is_a_yes(pellucid: Callable[..., Any], ward: Path) -> None:
    path, schema = cohort_of(ward)
    answer = pellucid("validate", str(path), "--schema", schema, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["is_valid"] is True
    assert answer.json["n_rows"] == 240
    assert answer.json["problems"] == []


def test_a_bad_cell_is_a_no_with_its_place(pellucid: Callable[..., Any], ward: Path) -> None:
    path, schema = cohort_of(ward)
    path.write_text(path.read_text().replace("p000,", "p000,elderly-", 1))
    answer = pellucid("validate", str(path), "--schema", schema, "--json")
    assert answer.code == 1
    problem = answer.json["problems"][0]
    assert list(problem) == ["row", "column", "value", "rule", "remedy"]
    assert (problem["row"], problem["column"]) == (2, "age_years")
    told = pellucid("validate", str(path), "--schema", schema)
    assert told.code == 1
    assert "row 2, column age_years" in told.out


def test_a_file_that_is_no_table_is_a_no(pellucid: Callable[..., Any], ward: Path) -> None:
    path, schema = cohort_of(ward)
    path.write_bytes(b"\xff\xfe\x00")
    answer = pellucid("validate", str(path), "--schema", schema, "--json")
    assert answer.code == 1
    assert answer.json["is_valid"] is False


def test_a_cohort_without_a_schema_is_bad_use(pellucid: Callable[..., Any], ward: Path) -> None:
    answer = pellucid("validate", str(cohort_of(ward)[0]))
    assert answer.code == 2
    assert "--schema" in answer.err


def test_what_is_not_there_is_bad_use(pellucid: Callable[..., Any]) -> None:
    assert pellucid("validate", "no-such-file.csv").code == 2


def test_a_whole_bundle_is_a_yes_and_a_changed_byte_a_no(
    pellucid: Callable[..., Any], ward: Path
) -> None:
    bundle = ward / "models" / "ward-logistic"
    assert pellucid("validate", str(bundle), "--json").json["is_valid"] is True
    patients = bundle / "test_patients.csv"
    patients.write_bytes(patients.read_bytes()[:-2] + b"9\n")
    answer = pellucid("validate", str(bundle), "--json")
    assert answer.code == 1
    assert answer.json["problems"][0]["rule"]
    assert pellucid("validate", str(bundle)).code == 1


def test_a_bundle_is_checked_against_the_schema_given(
    pellucid: Callable[..., Any], ward: Path
) -> None:
    """Prevents a feature that the schema means otherwise from passing."""
    schema = ward / "other.toml"
    original = (ward / "cohorts" / "ward" / "schema.toml").read_text()
    schema.write_text(original.replace("pulse_bpm", "heart_rate_bpm"))
    answer = pellucid(
        "validate", str(ward / "models" / "ward-logistic"), "--schema", str(schema), "--json"
    )
    assert answer.code == 1
    assert "pulse_bpm" in answer.json["problems"][0]["value"]
