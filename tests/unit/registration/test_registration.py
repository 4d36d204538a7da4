"""From a table and a model that the project has never seen to patients that can be opened."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost

from explainers.core import Cohort, Schema
from explainers.core.encoding import format_value
from explainers.errors import BundleError, CohortError, NotFoundError, SettingsError
from explainers.intake.identifiers import Attestation, Treatment, TreatmentKind, load_zip_areas
from explainers.intake.proposal import propose_schema
from explainers.intake.source_file import SourceTable
from explainers.models.outside_file import OutsideModel, read_outside_model
from explainers.registration import (
    CohortDraft,
    ModelDraft,
    StagedCohort,
    match_features,
    prepare_cohort,
    prepare_model,
    save_both,
    save_model,
    scan_source,
    stage_cohort,
)
from explainers.workspace import Workspace
from tests.unit.registration.declared import DECLARED

ATTESTED = Attestation("Dr A. Lee", date(2026, 11, 23))


def ward(n: int = 120) -> SourceTable:
    rng = np.random.default_rng(5)
    age = rng.integers(30, 85, n)
    table = {
        "mrn": [f"M{at:05d}" for at in range(n)],
        "age_years": age,
        "lactate_mmol_l": np.round(rng.gamma(2, 1, n), 2),
        "sex": rng.choice(["F", "M"], n),
        "died": np.where(rng.random(n) < age / 120, "1", "0"),
    }
    return SourceTable(pd.DataFrame(table).astype("str"), "ward.csv")


def schema_of(source: SourceTable) -> Schema:
    return propose_schema(source.table, name="ward").schema


def kept(source: SourceTable, **options: bool) -> CohortDraft:
    return prepare_cohort(source, schema_of(source), {}, ATTESTED, **options)


def saved(workspace: Workspace, source: SourceTable) -> tuple[Cohort, CohortDraft]:
    draft = kept(source)
    with stage_cohort(workspace, draft, source) as staged:
        staged.commit()
        return staged.cohort, draft


def booster(names: list[str] | None = None) -> OutsideModel:
    table = ward().table
    matrix = table[["age_years", "lactate_mmol_l"]].astype(float).to_numpy()
    train = xgboost.DMatrix(matrix, table["died"].astype(float), feature_names=names)
    settings = {"objective": "binary:logistic", "nthread": 1, "max_depth": 2}
    return read_outside_model(bytes(xgboost.train(settings, train, 6).save_raw("json")))


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def taken(place: Workspace) -> Path:
    """A folder under the name of the model that is about to be saved."""
    folder = place.new_model_directory("ward-model")
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def staged(place: Workspace) -> Iterator[StagedCohort]:
    source = ward()
    with stage_cohort(place, kept(source), source) as found:
        yield found


@pytest.fixture
def prepared(staged: StagedCohort) -> ModelDraft:
    """A model that fits the staged patients."""
    outside = booster(["age_years", "lactate_mmol_l"])
    matches = match_features(outside, staged.cohort.schema)
    return prepare_model(outside, staged.cohort, matches, DECLARED)


def test_new_ids_are_random_and_the_old_ones_are_nowhere(place: Workspace) -> None:
    source = ward()
    first, _ = saved(place, source)
    root = place.root or Path()
    text = "".join(path.read_text() for path in (root / "cohorts" / "ward").iterdir())
    assert not any(name in text for name in source.table["mrn"])
    assert "mrn" not in text
    assert first.patient_ids != kept(source).table["patient_id"].tolist()
    assert place.load_cohort("ward").digest == first.digest


def test_an_identifier_is_refused_until_it_is_treated_and_the_report_is_kept() -> None:
    source = ward()
    table = source.table.assign(
        zip_code="03601",
        seen="2024-05-06",
        surname=[f"Lee{chr(65 + at % 26)}" for at in range(120)],
    )
    source = source.noting(table)
    schema = propose_schema(table, name="ward").schema
    suspects = set(scan_source(source, schema).suspects)
    assert {"zip_code", "seen", "surname"} <= suspects
    with pytest.raises(CohortError, match="dropped, generalised or justified") as refusal:
        prepare_cohort(source, schema, {}, ATTESTED)
    assert "zip_code" in str(refusal.value)
    treatments = {
        "zip_code": Treatment(TreatmentKind.ZIP_AREA),
        "surname": Treatment(TreatmentKind.DROP),
    }
    kinds = {"zip_code": "000"}
    schema = replace(
        schema,
        columns=tuple(
            replace(column, kind="category", levels=("000", "902"), unit="", valid_range=None)
            if column.name in kinds
            else column
            for column in schema.columns
            if column.name != "surname"
        ),
    )
    draft = prepare_cohort(source, schema, treatments, ATTESTED, zip_areas=load_zip_areas())
    assert set(draft.table["zip_code"]) == {"000"}
    record = json.loads(draft.record("ward.csv", ()))
    assert record["attestation"]["name"] == "Dr A. Lee"
    assert record["zip_census"] == 2000
    assert "03601" not in json.dumps(record)
    assert "2024-05-06" not in draft.table.to_csv()


def test_a_dropped_column_is_not_missed_afterwards() -> None:
    """Prevents a column that was dropped on purpose from being asked for as a feature."""
    source = ward()
    drop = {"sex": Treatment(TreatmentKind.DROP)}
    draft = prepare_cohort(source, schema_of(source), drop, ATTESTED)
    assert "sex" not in draft.table
    assert [group.name for group in draft.schema.groups] == ["age_years"]


def test_generalised_ages_are_shown_as_90_or_over() -> None:
    """Prevents a screen that says somebody is 90 where it is only known that they are not less."""
    source = ward()
    source.table.loc[source.table.index[:3], "age_years"] = "97"
    cap = {"age_years": Treatment(TreatmentKind.CAP_AGE)}
    draft = prepare_cohort(source, schema_of(source), cap, ATTESTED)
    column = draft.schema.column("age_years")
    assert format_value(90.0, column).endswith("or over")
    assert draft.table["age_years"].astype(float).max() == 90


def test_a_cap_that_the_schema_declares_holds_for_the_file_that_is_kept(place: Workspace) -> None:
    """Prevents ages above the cap from lying in the workspace where they are read as the cap."""
    source = ward()
    source.table.loc[source.table.index[:3], "age_years"] = "97"
    schema = schema_of(source)
    age = replace(schema.column("age_years"), valid_range=(30.0, 80.0), capped_at=80.0)
    columns = tuple(age if one.name == age.name else one for one in schema.columns)
    reason = Treatment(TreatmentKind.JUSTIFY, "Dr A. Lee", "the schema caps it at 80")
    draft = prepare_cohort(
        source, replace(schema, columns=columns), {"age_years": reason}, ATTESTED
    )
    with stage_cohort(place, draft, source) as staged:
        staged.commit()
    (kept_at,) = ((place.root or Path()) / "cohorts").glob("*/cohort.csv")
    assert pd.read_csv(kept_at)["age_years"].max() == 80
    assert place.load_cohort("ward").frame["age_years"].max() == 80
    assert any("above the cap of 80" in str(one) for one in draft.problems.warnings)


def test_bad_rows_stop_everything_unless_the_user_goes_on() -> None:
    source = ward()
    schema = schema_of(source)
    table = source.table.copy()
    table.loc[3, "age_years"] = "elderly"
    table.loc[7, "mrn"] = table.loc[6, "mrn"]
    table.loc[9, "died"] = "perhaps"
    broken = source.noting(table)
    with pytest.raises(CohortError, match="3 places") as refusal:
        prepare_cohort(broken, schema, {}, ATTESTED)
    for place_of_fault in ("row 5", "row 9", "row 11", "--good-rows"):
        assert place_of_fault in str(refusal.value)
    draft = prepare_cohort(broken, schema, {}, ATTESTED, good_rows=True)
    assert (len(draft.table), draft.n_left_out) == (117, 3)
    assert "elderly" not in draft.table.to_csv()


def test_at_most_a_hundred_errors_are_listed() -> None:
    source = ward(400)
    schema = schema_of(source)
    table = source.table.assign(age_years="elderly")
    with pytest.raises(CohortError, match="400 places") as refusal:
        prepare_cohort(source.noting(table), schema, {}, ATTESTED)
    assert str(refusal.value).count("- row") == 100
    assert "and 300 more" in str(refusal.value)


def test_a_cohort_never_half_loads(place: Workspace) -> None:
    """Prevents a directory with a table and no schema from being taken for a cohort."""
    source = ward()
    with (
        pytest.raises(ZeroDivisionError),
        stage_cohort(place, kept(source), source),
    ):
        raise ZeroDivisionError
    assert place.cohort_names() == Workspace().cohort_names()
    assert list(((place.root or Path()) / "cohorts").iterdir()) == []
    saved(place, source)
    with pytest.raises(CohortError, match="never overwritten"):
        stage_cohort(place, kept(source), source)


@pytest.mark.parametrize("name", ["../escape", "/etc", "a/b", "", "A b", "..", "nhanes_2017_2018"])
def test_a_name_leads_nowhere_else(place: Workspace, name: str) -> None:
    source = ward()
    draft = kept(source)
    facts = replace(draft.schema.facts, name=name)
    with pytest.raises((CohortError, SettingsError)):
        stage_cohort(place, replace(draft, schema=replace(draft.schema, facts=facts)), source)


@pytest.mark.parametrize("name", ["../escape", "a/b", "", "A b", ".."])
def test_a_models_name_leads_nowhere_else(name: str) -> None:
    with pytest.raises(SettingsError):
        replace(DECLARED, name=name)


def test_a_registered_model_scores_as_where_it_was_trained(place: Workspace) -> None:
    source = ward()
    cohort, draft = saved(place, source)
    outside = booster(["AGE-years", "Lactate mmol/L"])
    matches = match_features(outside, cohort.schema)
    assert [(one.column, one.how) for one in matches] == [
        ("age_years", "alike"),
        ("lactate_mmol_l", "alike"),
    ]
    trained_on = [draft.display_ids[name] for name in source.table["mrn"][:50]]
    prepared = prepare_model(outside, cohort, matches, DECLARED, trained_on=trained_on)
    assert len(prepared.scores) == 10
    save_model(place, prepared)
    study = place.open_study("ward-model")
    assert set(study.cohort.patient_ids).isdisjoint(trained_on)
    assert len(study.cohort) == 70
    own = xgboost.Booster()
    own.load_model(bytearray(outside.content))
    matrix = source.table[["age_years", "lactate_mmol_l"]].astype(float).to_numpy()
    patients = xgboost.DMatrix(matrix, feature_names=list(outside.feature_names))
    expected = dict(
        zip(source.table["mrn"].map(draft.display_ids), own.predict(patients), strict=True)
    )
    for patient, risk in zip(
        study.cohort.patient_ids, study.model.predict_risk(study.cohort.frame), strict=True
    ):
        assert risk == pytest.approx(expected[patient], abs=1e-6)


def test_inputs_without_names_are_matched_by_place_only_when_said(place: Workspace) -> None:
    cohort, _ = saved(place, ward())
    with pytest.raises(SettingsError, match="in the order"):
        match_features(booster(), cohort.schema)
    swapped = match_features(booster(), cohort.schema, order=["lactate_mmol_l", "age_years"])
    assert [one.column for one in swapped] == ["lactate_mmol_l", "age_years"]
    assert {one.how for one in swapped} == {"by place"}


def test_an_unmatched_input_names_what_is_near(place: Workspace) -> None:
    cohort, _ = saved(place, ward())
    outside = booster(["age_years", "lactate"])
    with pytest.raises(BundleError, match="lactate_mmol_l"):
        prepare_model(outside, cohort, match_features(outside, cohort.schema), DECLARED)
    given = match_features(outside, cohort.schema, given={"lactate": "lactate_mmol_l"})
    assert given[1].how == "given"
    twice = match_features(outside, cohort.schema, given={"lactate": "age_years"})
    with pytest.raises(BundleError, match="two inputs"):
        prepare_model(outside, cohort, twice, DECLARED)


def test_the_outcome_may_not_be_an_input(place: Workspace) -> None:
    cohort, _ = saved(place, ward())
    outside = booster(["age_years", "died"])
    with pytest.raises(BundleError, match="role"):
        prepare_model(outside, cohort, match_features(outside, cohort.schema), DECLARED)


def test_an_outcome_the_wrong_way_round_is_doubted(place: Workspace) -> None:
    source = ward()
    flipped = source.table["died"].map({"1": "0", "0": "1"})
    cohort, _ = saved(place, source.noting(source.table.assign(died=flipped)))
    outside = booster(["age_years", "lactate_mmol_l"])
    draft = prepare_model(outside, cohort, match_features(outside, cohort.schema), DECLARED)
    assert any("wrong way round" in doubt for doubt in draft.doubts)


def test_training_patients_are_never_all_of_them(place: Workspace) -> None:
    cohort, _ = saved(place, ward())
    outside = booster(["age_years", "lactate_mmol_l"])
    matches = match_features(outside, cohort.schema)
    with pytest.raises(SettingsError, match="none is left"):
        prepare_model(outside, cohort, matches, DECLARED, trained_on=cohort.patient_ids)
    with pytest.raises(NotFoundError):
        prepare_model(outside, cohort, matches, DECLARED, trained_on=["nobody"])


@pytest.mark.parametrize(
    ("entry", "value"),
    [("threshold", 0.0), ("threshold", 1.0), ("threshold_reason", "ok"), ("purpose", " ")],
)
def test_threshold_reason_and_purpose_are_declared(entry: str, value: object) -> None:
    with pytest.raises(SettingsError):
        replace(DECLARED, **{entry: value})  # type: ignore[arg-type]


def test_a_model_whose_name_is_taken_brings_no_cohort(
    place: Workspace, taken: Path, staged: StagedCohort, prepared: ModelDraft
) -> None:
    """Prevents one half of a registration from staying behind."""
    with pytest.raises(BundleError, match="never overwritten"):
        save_both(place, staged, prepared)
    assert not staged.directory.exists()
    taken.rmdir()
    staged.directory.mkdir()
    with pytest.raises(CohortError):
        save_both(place, staged, prepared)
    assert not taken.exists()
    assert list(staged.directory.iterdir()) == []


def test_a_failed_save_can_be_tried_again(
    place: Workspace, taken: Path, staged: StagedCohort, prepared: ModelDraft
) -> None:
    """Prevents patients from being lost because the model's name was taken."""
    with pytest.raises(BundleError):
        save_both(place, staged, prepared)
    taken.rmdir()
    save_both(place, staged, prepared)
    assert len(place.open_study("ward-model").cohort) == len(staged.cohort)


def test_what_a_killed_server_left_is_removed_after_a_day(place: Workspace) -> None:
    """Prevents patients from lying in a folder that nobody knows of."""
    source = ward()
    parent = place.new_cohort_directory("any").parent
    old, fresh = parent / ".draft-old", parent / ".draft-fresh"
    for left in (old, fresh):
        left.mkdir(parents=True)
        (left / "cohort.csv").write_text("patient_id\n")
    os.utime(old, (0, 0))
    with stage_cohort(place, kept(source), source):
        assert not old.exists()
        assert fresh.exists()
