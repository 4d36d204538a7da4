"""Groups that are found less, too small to know, or never learnt from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from explainers.checks import Inspection
from explainers.checks.expected_gap import estimate_beyond
from explainers.checks.group_found_less import GroupFoundLess
from explainers.checks.group_never_trained import GroupNeverTrained
from explainers.checks.group_too_small import GroupTooSmall
from explainers.core import Schema, Study

Make = Callable[..., Inspection]
Draw = Callable[..., pd.DataFrame]


def hide_cases(patients: pd.DataFrame, label: str, shift: float) -> pd.DataFrame:
    """Lower the marker of one group's cases, so that the model overlooks them."""
    changed = patients.copy()
    at = (changed["origin"] == label) & (changed["ill"] == "yes")
    changed.loc[at, "marker"] -= shift
    return changed


def test_a_group_whose_cases_are_overlooked_is_named(make_inspection: Make, draw: Draw) -> None:
    result = GroupFoundLess().run(make_inspection(hide_cases(draw(), "South", 1.0)))
    assert [finding.affected for finding in result.findings] == ["Origin: South"]
    (finding,) = result.findings
    sensitivity, gap, *_ = finding.evidence
    assert finding.severity == "high"
    assert gap.value is not None
    assert gap.high is not None
    assert gap.value < -0.10
    assert gap.high < 0
    assert sensitivity.is_estimated


@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_a_trivial_gap_is_not_a_problem(make_inspection: Make, draw: Draw, shift: float) -> None:
    result = GroupFoundLess().run(make_inspection(hide_cases(draw(), "South", shift)))
    assert result.outcome == "nothing found"
    assert "6 groups" in result.reason


def test_a_gap_by_chance_in_a_small_group_is_not_named(make_inspection: Make, draw: Draw) -> None:
    """Prevents a named group for every small sample: among ten small cohorts none is named."""
    results = [GroupFoundLess().run(make_inspection(draw(400, seed))) for seed in range(10)]
    assert [result.outcome for result in results] == ["nothing found"] * 10


def test_a_group_in_which_the_outcome_is_rarer_is_no_finding(
    make_inspection: Make, draw: Draw, schema: Schema
) -> None:
    """Prevents alarm at what one threshold does in the young even where every risk is right."""
    patients = draw(6000, 1)
    patients["origin"] = np.where(patients["age"] < 45, "South", "North")
    result = GroupFoundLess().run(make_inspection(patients, schema=schema))
    assert result.outcome == "nothing found"
    assert "Fewer cases are found among South patients (origin)" in result.reason


def test_risks_too_low_for_everybody_are_no_fault_of_one_group(
    make_inspection: Make, draw: Draw, known_model: object
) -> None:
    """Prevents one fault, risks too low for everybody, from being told as one of the young."""
    patients = draw(6000, 1)
    patients["origin"] = np.where(patients["age"] < 45, "South", "North")
    low = replace(known_model, intercept=-2.2)  # type: ignore[type-var]
    result = GroupFoundLess().run(make_inspection(patients, model=low))
    assert not any("South" in finding.affected for finding in result.findings)


def test_the_gap_beyond_right_risks_is_centred_on_0_and_its_interval_holds(
    make_inspection: Make, draw: Draw
) -> None:
    """Prevents a gap of the case mix from counting as one of the model, and a narrow interval."""
    found = []
    for seed in range(60):
        patients = draw(1500, seed)
        study = make_inspection(patients).study
        is_young = (patients["age"] < 50).to_numpy()
        found.append(estimate_beyond(study, is_young, 0.95))
    values = np.array([one.value or 0.0 for one in found])
    n_held = sum((one.low or 0.0) < 0.0 < (one.high or 0.0) for one in found)
    assert abs(values.mean()) < 3.5 * values.std() / np.sqrt(len(values))
    assert n_held >= 51  # Fewer in one of a thousand trials of 60 at 95%.


def test_the_gap_beyond_right_risks_is_that_of_a_count(make_inspection: Make, draw: Draw) -> None:
    """Prevents an expected sensitivity at other risks than those whose mean is the share seen."""
    patients = hide_cases(draw(), "South", 1.0)
    study = make_inspection(patients).study
    is_member = (patients["origin"] == "South").to_numpy()
    parts = []
    for part in (is_member, ~is_member):
        log_odds, labels = study.predict(study.matrix[part], "log-odds"), study.labels[part]
        move = brentq(lambda by, own=log_odds, y=labels: expit(own + by).mean() - y.mean(), -5, 5)
        right = expit(log_odds + move)
        observed = labels[study.risk[part] >= study.threshold].sum() / labels.sum()
        parts.append(observed - right[right >= study.threshold].sum() / right.sum())
    beyond = estimate_beyond(study, is_member, 0.95)
    assert beyond.value == pytest.approx(parts[0] - parts[1], abs=1e-9)


def test_a_gap_that_the_risks_do_not_explain_is_high_though_the_outcome_is_rarer(
    make_inspection: Make, draw: Draw, schema: Schema
) -> None:
    """Prevents a rarer outcome from excusing cases of the young that are overlooked."""
    patients = draw(6000, 1)
    patients["origin"] = np.where(patients["age"] < 45, "South", "North")
    overlooked = hide_cases(patients, "South", 1.0)
    (finding,) = GroupFoundLess().run(make_inspection(overlooked, schema=schema)).findings
    assert (finding.affected, finding.severity) == ("Origin: South", "high")
    assert "do not explain" in finding.explanation


def test_a_withheld_sensitivity_is_never_told_by_a_finding(
    make_inspection: Make, draw: Draw
) -> None:
    patients = draw(600, 3)
    patients["origin"] = np.where(np.arange(600) < 40, "South", "North")
    result = GroupFoundLess().run(make_inspection(hide_cases(patients, "South", 3.0)))
    assert not any("South" in finding.affected for finding in result.findings)


def test_without_cases_or_groups_there_is_nothing_to_compare(
    make_inspection: Make, draw: Draw, schema: Schema
) -> None:
    healthy = draw(200)
    healthy["ill"] = "no"
    assert "outcome" in GroupFoundLess().run(make_inspection(healthy)).reason
    ungrouped = make_inspection(draw(200), schema=replace(schema, groups=()))
    for check in (GroupFoundLess(), GroupTooSmall()):
        assert check.run(ungrouped).outcome == "not applicable"


def test_the_group_that_the_shipped_model_overlooks_is_named(nhanes_study: Study) -> None:
    found = GroupFoundLess().run(Inspection(nhanes_study)).findings
    severity = {finding.affected: finding.severity for finding in found}
    assert severity["Race or ethnicity: Asian"] == "high"


def test_a_group_too_small_to_show_anything_is_named_without_its_size(
    make_inspection: Make, draw: Draw
) -> None:
    patients = draw(2000)
    patients["origin"] = np.where(np.arange(2000) < 9, "East", "North")
    patients.loc[1000:, "origin"] = "South"
    result = GroupTooSmall().run(make_inspection(patients))
    (finding,) = result.findings
    assert "East" in finding.affected
    assert not any(character.isdigit() for character in finding.explanation + finding.title)
    assert {estimate.status for estimate in finding.evidence} == {"suppressed"}


def test_groups_that_can_be_shown_are_not_too_small(make_inspection: Make, draw: Draw) -> None:
    assert GroupTooSmall().run(make_inspection(draw())).outcome == "nothing found"


def test_a_cohort_without_outcomes_cannot_be_judged(make_inspection: Make, draw: Draw) -> None:
    patients = draw(100)
    patients["ill"] = None
    assert GroupTooSmall().run(make_inspection(patients)).outcome == "not applicable"


def without(patients: pd.DataFrame, label: str, n_kept: int) -> pd.DataFrame:
    is_group = patients["origin"] == label
    return pd.concat([patients[~is_group], patients[is_group].head(n_kept)])


@pytest.mark.parametrize(
    ("n_trained", "title", "status"),
    [(0, "Never trained on", "estimated"), (5, "Hardly trained on", "suppressed")],
)
def test_a_group_that_was_not_learnt_from_is_named(
    make_inspection: Make, draw: Draw, n_trained: int, title: str, status: str
) -> None:
    training = without(draw(1000, 1), "East", n_trained)
    result = GroupNeverTrained().run(make_inspection(draw(1000), training))
    (finding,) = result.findings
    assert finding.severity == "high"
    assert finding.affected == "Origin: East"
    assert title in finding.title
    assert finding.evidence[0].status == status
    assert "5" not in finding.explanation


def test_a_group_that_could_come_but_never_did_is_of_medium_severity(
    make_inspection: Make, draw: Draw
) -> None:
    parts = [without(draw(1000, seed), "East", 0) for seed in (0, 1)]
    (finding,) = GroupNeverTrained().run(make_inspection(*parts)).findings
    assert (finding.severity, finding.affected) == ("medium", "Origin: East")


def test_groups_with_enough_training_patients_are_silent(make_inspection: Make, draw: Draw) -> None:
    training = without(draw(1000, 1), "East", 11)
    result = GroupNeverTrained().run(make_inspection(draw(1000), training))
    assert result.outcome == "nothing found"


def test_without_training_patients_it_does_not_apply(make_inspection: Make, draw: Draw) -> None:
    result = GroupNeverTrained().run(make_inspection(draw(100)))
    assert result.outcome == "not applicable"
    assert "not at hand" in result.reason
