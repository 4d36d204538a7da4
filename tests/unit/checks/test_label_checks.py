"""Labels that leave a group out, features that know the outcome, gaps that tell it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explainers.checks import Inspection
from explainers.checks.label_proxy import LabelProxy
from explainers.checks.leaking_feature import LeakingFeature
from explainers.checks.missingness import MissingnessPredictsOutcome
from explainers.core import Column, Condition, Outcome, Schema
from explainers.workspace import Workspace

Make = Callable[..., Inspection]
Draw = Callable[..., pd.DataFrame]


def with_diagnosis(schema: Schema) -> Schema:
    """A second outcome beside the illness: that somebody was told of it."""
    told = Outcome("told", "Told", "were told", "now", (Condition("told", equals="yes"),))
    columns = (*schema.columns, Column("told", "Told", "yes_no", "outcome"))
    return replace(schema, columns=columns, outcomes=(*schema.outcomes, told))


def diagnose(patients: pd.DataFrame, missed_in_south: float) -> pd.DataFrame:
    """One in ten of the ill is not told; another share of those of the South."""
    rng = np.random.default_rng(5)
    missed = np.where(patients["origin"] == "South", missed_in_south, 0.1)
    is_told = (patients["ill"] == "yes") & (rng.random(len(patients)) >= missed)
    return patients.assign(told=np.where(is_told, "yes", "no"))


def test_a_label_that_leaves_out_a_group_is_named(
    make_inspection: Make, draw: Draw, schema: Schema
) -> None:
    patients = diagnose(draw(), 0.4)
    inspection = make_inspection(patients, schema=with_diagnosis(schema), outcome="told")
    (finding,) = LabelProxy().run(inspection).findings
    assert finding.affected == "Origin: South"
    assert finding.evidence[0].value == pytest.approx(0.4, abs=0.06)
    assert finding.evidence[2].value == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize("missed", [0.1, 0.14])
def test_a_label_that_leaves_out_everybody_alike_is_silent(
    make_inspection: Make, draw: Draw, schema: Schema, missed: float
) -> None:
    patients = diagnose(draw(), missed)
    inspection = make_inspection(patients, schema=with_diagnosis(schema), outcome="told")
    assert LabelProxy().run(inspection).outcome == "nothing found"


def test_training_patients_count_as_well(make_inspection: Make, draw: Draw, schema: Schema) -> None:
    """Prevents a question about the label from being asked of half of the labels only."""
    parts = [diagnose(draw(2000, seed), 0.35) for seed in (0, 1)]
    both = make_inspection(*parts, schema=with_diagnosis(schema), outcome="told")
    (finding,) = LabelProxy().run(both).findings
    n_ill = sum(
        int(((part["ill"] == "yes") & part["origin"].isin(["North", "South"])).sum())
        for part in parts
    )
    assert finding.evidence[2].n == n_ill


def test_with_one_outcome_label_bias_is_untested(make_inspection: Make, draw: Draw) -> None:
    result = LabelProxy().run(make_inspection(draw(100)))
    assert result.outcome == "not applicable"
    assert "label bias untested" in result.reason


def test_told_by_a_doctor_leaves_out_some_groups(workspace: Workspace) -> None:
    """Of those with an HbA1c of 6.5% or more, 15.0% of White people were never told, and 33.6% of
    Asian and 31.6% of Black people: figures worked out apart from this code."""
    study = workspace.open_study("diabetes-xgboost")
    everybody = replace(study, cohort=workspace.load_cohort("nhanes_2017_2018"), outcome="told")
    found = LabelProxy().run(Inspection(everybody)).findings
    shares = {
        finding.affected: finding.evidence[0].value
        for finding in found
        if "HbA1c of 6.5%" in finding.title
    }
    whites = [
        finding.evidence[1].value
        for finding in found
        if "HbA1c of 6.5%" in finding.title and finding.affected.endswith(("Asian", "Black"))
    ]
    assert shares["Race or ethnicity: Asian"] == pytest.approx(0.336, abs=0.001)
    assert shares["Race or ethnicity: Black"] == pytest.approx(0.316, abs=0.001)
    assert whites == pytest.approx([0.150, 0.150], abs=0.001)


def leak(patients: pd.DataFrame, noise: float) -> pd.DataFrame:
    """Write the outcome, with noise, over the marker."""
    rng = np.random.default_rng(6)
    marker = (patients["ill"] == "yes") + noise * rng.normal(size=len(patients))
    return patients.assign(marker=marker)


def test_a_feature_that_is_the_outcome_in_disguise_is_named(
    make_inspection: Make, draw: Draw
) -> None:
    (finding,) = LeakingFeature().run(make_inspection(leak(draw(), 0.3))).findings
    assert finding.severity == "high"
    assert finding.title.startswith("Marker alone")


@pytest.mark.parametrize("noise", [0.7, 5.0])
def test_a_good_predictor_is_no_leak(make_inspection: Make, draw: Draw, noise: float) -> None:
    """With noise 0.7 the AUROC is about 0.84, which honest measurements reach."""
    result = LeakingFeature().run(make_inspection(leak(draw(), noise)))
    assert result.outcome == "nothing found"
    assert "before or after" in result.reason


def test_a_feature_measured_only_in_cases_is_named(make_inspection: Make, draw: Draw) -> None:
    """Its values rank nobody, since only one side has any; that there is one tells the outcome."""
    patients = draw(1000)
    patients.loc[patients["ill"] == "no", "marker"] = np.nan
    (finding,) = LeakingFeature().run(make_inspection(patients)).findings
    assert "Whether “Marker” was measured" in finding.explanation


def test_a_feature_that_lowers_the_risk_leaks_as_well(make_inspection: Make, draw: Draw) -> None:
    patients = leak(draw(1000), 0.2).assign(marker=lambda table: -table["marker"])
    assert LeakingFeature().run(make_inspection(patients)).outcome == "found"


def with_excluded(schema: Schema) -> Schema:
    bar = Column("dose", "Dose", "number", role="excluded", note="Treatment of the outcome.")
    return replace(schema, columns=(*schema.columns, bar))


@pytest.mark.parametrize(("noise", "outcome"), [(0.01, "found"), (0.8, "nothing found")])
def test_a_copy_of_an_excluded_column_is_named(
    make_inspection: Make, draw: Draw, schema: Schema, noise: float, outcome: str
) -> None:
    patients = draw(1500)
    patients["dose"] = patients["marker"] + noise * np.random.default_rng(7).normal(size=1500)
    result = LeakingFeature().run(make_inspection(patients, schema=with_excluded(schema)))
    assert result.outcome == outcome


@pytest.mark.parametrize("check", [LeakingFeature(), MissingnessPredictsOutcome(), LabelProxy()])
def test_nothing_is_found_where_no_outcome_is_known(
    make_inspection: Make, draw: Draw, schema: Schema, check: LeakingFeature
) -> None:
    patients = draw(300).assign(ill=None, told=None)
    inspection = make_inspection(patients, schema=with_diagnosis(schema))
    assert check.run(inspection).outcome != "found"


def skip(patients: pd.DataFrame, if_ill: float, if_well: float) -> pd.DataFrame:
    """Leave the marker out in a share of the ill and a share of the others."""
    rng = np.random.default_rng(8)
    share = np.where(patients["ill"] == "yes", if_ill, if_well)
    return patients.assign(marker=patients["marker"].mask(rng.random(len(patients)) < share))


def test_a_question_skipped_in_the_ill_is_named(make_inspection: Make, draw: Draw) -> None:
    (finding,) = MissingnessPredictsOutcome().run(make_inspection(skip(draw(), 0.3, 0.1))).findings
    assert finding.title.startswith("Missing values go with the outcome: Marker")
    assert finding.severity == "medium"
    assert all(estimate.is_estimated for estimate in finding.evidence)


@pytest.mark.parametrize("if_ill", [0.10, 0.11])
def test_values_missing_by_chance_are_silent(
    make_inspection: Make, draw: Draw, if_ill: float
) -> None:
    result = MissingnessPredictsOutcome().run(make_inspection(skip(draw(), if_ill, 0.1)))
    assert result.outcome == "nothing found"


def test_missingness_that_the_training_patients_do_not_show_is_chance(
    make_inspection: Make, draw: Draw
) -> None:
    """Prevents an accident among held-out patients from being laid at the model's door."""
    skipped, complete = skip(draw(), 0.3, 0.1), skip(draw(1000, 1), 0.1, 0.1)
    check = MissingnessPredictsOutcome()
    assert check.run(make_inspection(skipped, complete)).outcome == "nothing found"
    assert check.run(make_inspection(skipped, skip(draw(1000, 1), 0.3, 0.1))).findings


def test_few_missing_values_are_not_told_by_outcome(make_inspection: Make, draw: Draw) -> None:
    """Prevents a count of fewer than 11 missing values from being shown by way of a share."""
    patients = draw(1000)
    ill = patients.index[patients["ill"] == "yes"][:8]
    patients.loc[ill, "marker"] = np.nan
    result = MissingnessPredictsOutcome().run(make_inspection(patients))
    assert result.outcome == "nothing found"
    assert "0 of 1" in result.reason


def test_complete_features_have_no_missingness(make_inspection: Make, draw: Draw) -> None:
    result = MissingnessPredictsOutcome().run(make_inspection(draw(100)))
    assert result.outcome == "not applicable"


def test_the_skip_pattern_of_the_survey_is_found(workspace: Workspace) -> None:
    """Asked only of people not told of diabetes: a real column that every split would love."""
    study = workspace.open_study("diabetes-logistic")
    history = study.cohort.schema.column("family_history")

    class AskedModel:
        columns = (history,)
        feature_names = ("family_history",)

    asked = replace(study, model=AskedModel())
    (finding,) = MissingnessPredictsOutcome().run(Inspection(asked)).findings
    missing, measured, _ = (estimate.value or 0.0 for estimate in finding.evidence)
    assert missing > 2 * measured
