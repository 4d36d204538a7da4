"""A proposed schema says whose row each is, and at which site, where a table seems to tell."""

from __future__ import annotations

import tomllib
from datetime import date

import numpy as np
import pandas as pd
import pytest

from explainers.errors import SettingsError
from explainers.intake.identifiers import Attestation
from explainers.intake.proposal import Proposal, propose_schema
from explainers.intake.schema_file import parse_schema
from explainers.intake.source_file import SourceTable
from explainers.registration import prepare_cohort

N = 240


def table(**columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    made = {
        "age": rng.integers(20, 80, N),
        "died": np.arange(N) % 2,
        **columns,
    }
    return pd.DataFrame(
        {name: pd.Series(list(values)).astype("str") for name, values in made.items()}
    )  # type: ignore[call-overload]


def proposed(**columns: object) -> Proposal:
    return propose_schema(table(**columns), name="ward")


REPEATED = [f"M{at % 80:04d}" for at in range(N)]


@pytest.mark.parametrize(
    "name", ["patient_id", "mrn", "subject", "person", "pat_nr", "SubjectID", "patient_id_hash"]
)
def test_ids_that_repeat_under_a_persons_name_are_the_person(name: str) -> None:
    schema = proposed(**{name: REPEATED}).schema
    assert schema.person == name
    assert name not in [column.name for column in schema.columns]
    assert schema.patient_id != name
    written = tomllib.loads(proposed(**{name: REPEATED}).to_toml().decode())
    assert parse_schema(written).person == name


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("encounter_id", REPEATED),
        ("record_no", REPEATED),
        ("patient_weight", REPEATED),
        ("person", [f"M{at}" for at in range(N)]),
        ("person", [f"M{at % 4}" for at in range(N)]),
        ("patient", ["yes", "no"] * (N // 2)),
    ],
)
def test_other_columns_are_not_the_person(name: str, values: list[str]) -> None:
    """Prevents ids of visits, ids that never repeat and levels from passing for persons."""
    assert proposed(**{name: values}).schema.person == ""


def test_an_empty_id_forbids_the_proposal_and_says_so() -> None:
    """Prevents a proposal whose cohort would be refused: every row needs its person."""
    found = proposed(mrn=["", *REPEATED[1:]])
    assert found.schema.person == ""
    assert any(guess.what == "person" and "1 rows" in guess.doubt for guess in found.doubts)


def test_what_the_model_takes_is_not_the_person() -> None:
    found = propose_schema(table(subject=REPEATED), name="ward", features=["age", "subject"])
    assert found.schema.person == ""


def test_many_sites_are_proposed_and_few_are_told() -> None:
    """Prevents four hospitals from making every interval very wide without anybody's choice."""
    many = proposed(hospital=[f"H{at % 12:02d}" for at in range(N)])
    assert many.schema.site == "hospital"
    few = proposed(hospital=[f"H{at % 4}" for at in range(N)])
    assert few.schema.site == ""
    assert any(guess.what == "site" and "rough guide" in guess.doubt for guess in few.doubts)
    gaps = proposed(hospital=["", *[f"H{at % 12:02d}" for at in range(1, N)]])
    assert gaps.schema.site == ""


def test_the_widest_site_is_taken() -> None:
    levels = [f"L{at % 12:02d}" for at in range(N)]
    assert proposed(ward=levels, hospital=levels[::-1]).schema.site == "hospital"
    assert proposed(device=levels).schema.site == "device"
    assert proposed(severity=levels).schema.site == ""


def test_what_somebody_says_stands() -> None:
    rows = table(mrn=REPEATED, ward=[f"W{at % 12:02d}" for at in range(N)], who=REPEATED)
    assert propose_schema(rows, name="ward", clusters=("", "")).schema.person == ""
    found = propose_schema(rows, name="ward", clusters=("who", "ward")).schema
    assert (found.person, found.site) == ("who", "ward")
    with pytest.raises(SettingsError, match="every column that is named"):
        propose_schema(rows, name="ward", clusters=("nobody", ""))


def test_a_table_of_visits_is_registered_as_proposed() -> None:
    """Prevents the commonest table, a patient_id that repeats, from being refused or kept."""
    rows = table(patient_id=REPEATED)
    schema = propose_schema(rows, name="ward").schema
    draft = prepare_cohort(
        SourceTable(rows, "visits"),
        schema,
        {},
        Attestation("A. Lee", date(2026, 1, 2)),
    )
    assert draft.schema.person == "person_id"
    assert draft.table["patient_id"].is_unique
    assert draft.table["person_id"].nunique() == 80
    assert not set(draft.table["person_id"]) & set(REPEATED)
    same = pd.crosstab(pd.Series(REPEATED), draft.table["person_id"].to_numpy())
    assert (same > 0).sum(axis=1).eq(1).all()
