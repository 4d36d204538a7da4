"""Columns that name the person or the site of each row."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from explainers.core import Column, Schema
from explainers.core.schema import CohortFacts
from explainers.errors import CohortError, SchemaError
from explainers.intake.chunks import needed_schema
from explainers.intake.identifiers import Attestation, Treatment, TreatmentKind
from explainers.intake.schema_file import parse_schema
from explainers.intake.schema_writing import write_schema
from explainers.intake.source_file import SourceTable
from explainers.intake.validation import check_table, validate_table
from explainers.registration import prepare_cohort

COLUMNS = (
    Column("age", "Age", "integer"),
    Column("ward", "Ward", "category", role="attribute", levels=("N", "S")),
    Column("ill", "Ill", "yes_no", role="outcome"),
)
SCHEMA = Schema(CohortFacts("ward", "Ward", ""), "id", COLUMNS, person="mrn", site="ward")
TABLE = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "mrn": ["771", "772", "771", "773"],
        "age": ["40", "50", "41", "60"],
        "ward": ["N", "S", "N", "N"],
        "ill": ["no", "yes", "yes", "no"],
    },
    dtype="str",
)
ATTESTED = Attestation("Dr A. Lee", date(2026, 11, 23))


def test_the_declaration_survives_the_file() -> None:
    """Prevents a schema that is saved and read again from losing whose rows belong together."""
    read = parse_schema(tomllib.loads(write_schema(SCHEMA).decode()))
    assert (read.person, read.site) == ("mrn", "ward")
    assert "person" not in write_schema(replace(SCHEMA, person="")).decode()
    with pytest.raises(SchemaError, match="must be the name of a column"):
        parse_schema({"format": 1, "cohort": {"patient_id": "id", "person": 3}})


@pytest.mark.parametrize(
    ("declared", "rule"),
    [
        ({"person": "age"}, "neither patient_id nor one of the columns"),
        ({"person": "id"}, "neither patient_id nor one of the columns"),
        ({"site": "age"}, "a category that is a feature or an attribute"),
        ({"site": "ill"}, "a category that is a feature or an attribute"),
        ({"site": "mrn"}, "no column of that name"),
    ],
)
def test_a_column_that_cannot_be_one_is_refused(declared: dict[str, str], rule: str) -> None:
    """Prevents a number of a person from entering a model, and a model's input from naming one."""
    with pytest.raises(SchemaError, match=rule):
        replace(SCHEMA, **declared)


def test_persons_are_read_and_are_no_column_of_the_schema() -> None:
    checked = check_table(TABLE, SCHEMA)
    assert checked.report.is_valid, checked.report.problems
    assert checked.frame["mrn"].tolist() == ["771", "772", "771", "773"]
    assert all(column.name != "mrn" for column in SCHEMA.columns)


@pytest.mark.parametrize(("column", "kind"), [("mrn", "person"), ("ward", "site")])
def test_a_row_without_its_cluster_is_refused(column: str, kind: str) -> None:
    """Prevents rows of unknown belonging from counting as independent ones."""
    report = validate_table(TABLE.assign(**{column: ["1", "", "1", ""]}), SCHEMA)
    if kind == "site":
        report = validate_table(TABLE.assign(ward=["N", "", "N", ""]), SCHEMA)
    (problem,) = report.problems
    assert report.n_problems == 2
    assert str(problem).startswith(f"row 3, column {column}: every row needs a {kind}; 2 have none")
    missing = validate_table(TABLE.drop(columns=column), SCHEMA)
    assert any(f"the column of the {kind} is missing" in str(one) for one in missing.problems)


def test_a_declaration_without_effect_or_without_intervals_is_said() -> None:
    """Prevents the number of a row from passing for that of a person."""
    alone = validate_table(TABLE.assign(mrn=["1", "2", "3", "4"]), SCHEMA)
    assert any("changes no interval" in str(one) for one in alone.warnings)
    one_site = validate_table(TABLE.assign(ward="N"), SCHEMA)
    assert any("no figure will have an interval" in str(one) for one in one_site.warnings)
    assert alone.is_valid
    assert one_site.is_valid


def test_part_of_a_file_is_read_without_persons() -> None:
    reduced = needed_schema(SCHEMA, COLUMNS[:1])
    assert (reduced.person, reduced.site) == ("", "")


def test_registered_persons_have_new_names() -> None:
    """Prevents a hospital's number from being kept, and visits from losing their person."""
    draft = prepare_cohort(SourceTable(TABLE, "ward.csv"), SCHEMA, {}, ATTESTED)
    names = draft.table["mrn"].tolist()
    assert names[0] == names[2]
    assert len(set(names)) == 3
    assert not set(names) & {"771", "772", "773"}
    assert draft.schema.person == "mrn"
    drop = {"ward": Treatment(TreatmentKind.DROP)}
    with pytest.raises(CohortError, match="may not be dropped"):
        prepare_cohort(SourceTable(TABLE, "ward.csv"), SCHEMA, drop, ATTESTED)
    without = SourceTable(TABLE.drop(columns="mrn"), "ward.csv")
    with pytest.raises(CohortError, match="column of the declared person"):
        prepare_cohort(without, SCHEMA, {}, ATTESTED)
    blank = SourceTable(TABLE.assign(mrn=["771", "", "771", "773"]), "ward.csv")
    good = prepare_cohort(blank, SCHEMA, {}, ATTESTED, good_rows=True)
    assert good.n_left_out == 1
