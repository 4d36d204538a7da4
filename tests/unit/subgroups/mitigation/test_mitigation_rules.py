"""What each mitigation learns, against closed forms and statsmodels, and from whom it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import logit

from explainers.core import Study
from explainers.errors import SettingsError
from explainers.subgroups.mitigation import Mended, MitigationTask, adjusted_risk
from explainers.subgroups.mitigation_rules import (
    FEWEST_FOR_SLOPE,
    MITIGATIONS,
    AddAttribute,
    EqualSensitivity,
    Recalibration,
    find_mitigation,
    fit_recalibration,
    reweighing,
    threshold_for_errors,
    threshold_for_sensitivity,
)

CUTS = [rule for rule in MITIGATIONS if not rule.is_refit]


def simulated(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    risk = 1 / (1 + np.exp(-rng.normal(-1.2, 1.1, n)))
    labels = (rng.random(n) < adjusted_risk(risk, 0.6, 0.8)).astype(float)
    return risk, labels


def test_weights_are_those_of_kamiran_and_calders() -> None:
    """8 of 10 and 2 of 10 ill: the weights by hand, 0.5 x 0.5 / 0.4 and 0.5 x 0.5 / 0.1."""
    first = np.arange(20) < 10
    labels = np.array([1.0] * 8 + [0.0] * 2 + [1.0] * 2 + [0.0] * 8)
    weights = reweighing({"a": first, "b": ~first}, labels)
    assert weights[0] == pytest.approx(0.625)
    assert weights[9] == pytest.approx(2.5)
    assert weights.mean() == pytest.approx(1.0)


def test_weights_make_group_and_outcome_unrelated(task: MitigationTask) -> None:
    weights, labels = reweighing(task.training_groups, task.part.labels), task.part.labels
    prevalence = [
        np.average(labels[own], weights=weights[own]) for own in task.training_groups.values()
    ]
    assert prevalence == pytest.approx([labels.mean()] * len(prevalence))


def test_recalibration_is_the_logistic_regression_of_statsmodels() -> None:
    """A penalised fit, the default of a library, would shrink the slope."""
    risk, labels = simulated(3000)
    oracle = sm.GLM(labels, sm.add_constant(logit(risk)), family=sm.families.Binomial()).fit()
    assert fit_recalibration(risk, labels) == pytest.approx(oracle.params, abs=1e-4)


def test_small_groups_are_shifted_with_the_old_log_odds_as_offset() -> None:
    """The intercept of the slope model is another number."""
    risk, labels = simulated(220)
    assert 20 < labels.sum() < FEWEST_FOR_SLOPE
    oracle = sm.GLM(
        labels, np.ones((len(risk), 1)), family=sm.families.Binomial(), offset=logit(risk)
    ).fit()
    offset, slope = fit_recalibration(risk, labels)
    assert slope == 1.0
    assert offset == pytest.approx(oracle.params[0], abs=1e-4)


def test_recalibration_without_an_outcome_is_refused() -> None:
    with pytest.raises(SettingsError, match="with and without"):
        fit_recalibration(np.full(30, 0.2), np.zeros(30))


@pytest.mark.parametrize("target", [0.3, 0.7, 0.85, 1.0])
def test_the_threshold_is_the_highest_that_finds_enough(target: float) -> None:
    """One step lower than needed would alarm people for nothing."""
    risk, labels = simulated(500)
    threshold = threshold_for_sensitivity(risk, labels, target)
    events = risk[labels == 1]
    assert (events >= threshold).mean() >= target
    assert (events >= threshold + 2e-3).mean() < target or target == 0


def test_the_threshold_for_both_errors_is_the_best_of_all() -> None:
    risk, labels = simulated(500)
    target = (0.8, 0.3)

    def distance(threshold: float) -> float:
        found, alarmed = (float((risk[labels == y] >= threshold).mean()) for y in (1, 0))
        return max(abs(found - target[0]), abs(alarmed - target[1]))

    best = distance(threshold_for_errors(risk, labels, target))
    assert best == pytest.approx(min(distance(one) for one in np.arange(0.001, 1, 0.001)), abs=5e-3)


def test_recalibrated_risks_add_up_to_the_events_of_each_group(task: MitigationTask) -> None:
    """The score equation of the fit; one on in-sample risks or on another group would miss it."""
    steps = {step.group: step for step in Recalibration().mend(task).steps}
    for group, step in steps.items():
        risk, labels = task.learnt(group)
        assert step.offset is not None
        assert step.slope is not None
        expected = adjusted_risk(risk, step.offset, step.slope).sum()
        assert expected == pytest.approx(labels.sum(), rel=1e-3)
    assert steps["South"].threshold is not None
    assert steps["South"].threshold < task.study.threshold


@pytest.mark.parametrize("rule", MITIGATIONS, ids=lambda rule: rule.slug)
def test_nothing_is_learnt_from_those_it_is_judged_on(
    task: MitigationTask, rule: Recalibration
) -> None:
    """Other outcomes of the held-out patients must not change what they are told."""
    frame = task.study.cohort.frame.copy()
    frame["ill"] = frame["ill"].to_numpy()[::-1].copy()
    frame["ill"] = frame["ill"].astype(task.study.cohort.frame["ill"].dtype)
    other = replace(task.study.cohort, frame=frame, digest="other")
    study = Study(task.study.model, other, other, "ill", task.study.threshold)
    told, told_otherwise = rule.mend(task), rule.mend(replace(task, study=study))
    assert np.array_equal(told.risk, told_otherwise.risk)
    assert np.array_equal(told.is_flagged, told_otherwise.is_flagged)


@pytest.mark.parametrize("rule", CUTS, ids=lambda rule: rule.slug)
def test_groups_left_alone_keep_their_risks_and_flags(
    task: MitigationTask, rule: Recalibration
) -> None:
    few = {*np.flatnonzero(task.training_groups["Islands"])[25:].tolist()}
    kept = [name for at, name in enumerate(task.part.cohort.patient_ids) if at not in few]
    part = replace(task.part, cohort=task.part.cohort.select(kept))
    rows = task.part.cohort.positions_of(kept)
    mended: Mended = rule.mend(replace(task, part=part, fold_risk=task.required_fold_risk[rows]))
    assert mended.left_alone == {"Islands"}
    assert mended.is_cut
    for group in mended.left_alone:
        own = task.held_out_groups[group]
        assert np.array_equal(mended.risk[own], task.study.risk[own])
        assert np.array_equal(mended.is_flagged[own], task.study.risk[own] >= task.study.threshold)


def test_adding_the_attribute_mends_the_planted_group(task: MitigationTask) -> None:
    mended, south = AddAttribute().mend(task), task.held_out_groups["South"]
    labels = task.study.labels[south]
    assert labels.sum() / task.study.risk[south].sum() > 1.3
    assert labels.sum() / mended.risk[south].sum() == pytest.approx(1.0, abs=0.2)


def test_an_input_cannot_be_added_again(task: MitigationTask) -> None:
    assert "already" in AddAttribute().reason_against(replace(task, by="age"))
    assert AddAttribute().reason_against(task) == ""


def test_without_a_large_enough_group_no_rule_is_learnt(task: MitigationTask) -> None:
    few = task.part.cohort.select(task.part.cohort.patient_ids[:60])
    small = replace(task, part=replace(task.part, cohort=few))
    assert "no group has 20" in EqualSensitivity().reason_against(small)


def test_rules_ask_for_out_of_fold_risks(task: MitigationTask) -> None:
    with pytest.raises(SettingsError, match="out-of-fold"):
        Recalibration().mend(replace(task, fold_risk=None))


def test_an_unknown_mitigation_is_refused() -> None:
    with pytest.raises(SettingsError, match="no mitigation"):
        find_mitigation("prayer")
