from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.alternatives import (
    Counterfactuals,
    CounterfactualSettings,
    SeenPatients,
    describe_seen_patients,
    find_counterfactuals,
)
from explainers.alternatives.moves import allowed_range
from explainers.core import Study
from explainers.core.schema import Column, Direction
from explainers.errors import SettingsError


@pytest.fixture(scope="module")
def seen(nhanes_study: Study) -> SeenPatients:
    return describe_seen_patients(nhanes_study)


def patients_near(study: Study, low: float, high: float, n: int) -> list[str]:
    inside = np.flatnonzero((study.risk >= low) & (study.risk < high))[:n]
    return [study.cohort.patient_ids[at] for at in inside]


def test_linear_model_gets_the_smallest_step(logistic_study: Study) -> None:
    """With one free input the answer is in closed form: one step less does not cross."""
    seen = describe_seen_patients(logistic_study)
    settings = CounterfactualSettings(max_changed=1, usual_share=1.0)
    checked = 0
    for patient_id in patients_near(logistic_study, 0.17, 0.25, 12):
        for answer in find_counterfactuals(
            logistic_study, patient_id, settings=settings, seen=seen
        ).answers:
            change = next(change for change in answer.changes if not change.carried_by)
            at = logistic_study.model.feature_names.index(change.feature)
            column = logistic_study.model.columns[at]
            if not column.is_numeric or len(answer.changes) > 1:
                continue
            step = 10.0**-column.decimals if column.kind == "number" else 1.0
            nearer = np.array(answer.row)
            nearer[at] -= step * np.sign((change.after or 0) - (change.before or 0))
            low, high = seen.ranges[at]
            if not low <= nearer[at] <= high:
                continue  # the patient's own value lies outside what is seen
            assert logistic_study.predict(nearer[None], "risk")[0] >= logistic_study.threshold
            checked += 1
    assert checked > 5


def test_weight_and_body_mass_index_move_together(nhanes_study: Study, seen: SeenPatients) -> None:
    """Prevents an answer that changes the weight and leaves the body mass index as it was."""
    found = 0
    names = nhanes_study.model.feature_names
    for patient_id in patients_near(nhanes_study, 0.17, 0.3, 16):
        result = find_counterfactuals(nhanes_study, patient_id, seen=seen)
        for answer in result.answers:
            changed = {change.feature: change for change in answer.changes}
            assert ("weight_kg" in changed) == ("bmi_kg_m2" in changed)
            if "weight_kg" in changed:
                found += 1
                assert changed["bmi_kg_m2"].carried_by == "weight_kg"
                height = answer.row[names.index("height_cm")] / 100
                expected = (changed["weight_kg"].after or 0) / height**2
                assert changed["bmi_kg_m2"].after == pytest.approx(expected, abs=0.1)
    assert found > 0


def test_answers_differ_in_which_inputs_change(nhanes_study: Study, seen: SeenPatients) -> None:
    for patient_id in patients_near(nhanes_study, 0.17, 0.4, 8):
        answers = find_counterfactuals(nhanes_study, patient_id, seen=seen).answers
        sets = {frozenset(change.feature for change in answer.changes) for answer in answers}
        assert len(sets) == len(answers)
        assert list(answers) == sorted(answers, key=lambda one: (one.n_changed, one.cost))
        # Prevents an answer that only adds a change to one that suffices.
        assert not any(first < second for first in sets for second in sets)


def test_same_patient_same_answers(nhanes_study: Study, seen: SeenPatients) -> None:
    patient_id = patients_near(nhanes_study, 0.2, 0.3, 1)[0]
    first = find_counterfactuals(nhanes_study, patient_id, seen=seen)
    again = find_counterfactuals(nhanes_study, patient_id)
    assert [a.to_dict() for a in first.answers] == [a.to_dict() for a in again.answers]
    assert Counterfactuals.from_dict(first.to_dict()).to_dict() == first.to_dict()


def test_changes_against_clinical_knowledge_only_when_allowed(
    nhanes_study: Study, seen: SeenPatients
) -> None:
    """Prevents advice-like answers such as more cholesterol for a lower risk."""
    settings = CounterfactualSettings(allow_unexpected=True, n_answers=8)
    columns = {column.name: column for column in nhanes_study.model.columns}
    unexpected = 0
    for patient_id in patients_near(nhanes_study, 0.17, 0.3, 6):
        for chosen in (CounterfactualSettings(), settings):
            result = find_counterfactuals(nhanes_study, patient_id, settings=chosen, seen=seen)
            for answer in result.answers:
                for change in answer.changes:
                    falls = (change.after or 0) < (change.before or 0)
                    direction = columns[change.feature].expected_direction
                    against = bool(direction) and falls != (direction == "higher")
                    assert not against or chosen.allow_unexpected
                    unexpected += against
    assert unexpected > 0


def test_inputs_without_a_direction_stay(nhanes_study: Study, seen: SeenPatients) -> None:
    """Prevents "drink more alcohol" and "sleep less" as answers, and a silence about it."""
    silent = {"alcohol_g_day", "sleep_hours", "diastolic_mmhg"}
    moved: dict[bool, set[str]] = {False: set(), True: set()}
    for patient_id in patients_near(nhanes_study, 0.17, 0.3, 8):
        for allow in moved:
            chosen = CounterfactualSettings(allow_unexpected=allow, n_answers=8)
            result = find_counterfactuals(nhanes_study, patient_id, settings=chosen, seen=seen)
            moved[allow] |= {c.feature for answer in result.answers for c in answer.changes}
    assert not moved[False] & silent
    assert moved[True] & silent


@pytest.mark.parametrize(
    ("actionable", "expected", "allow", "low", "high"),
    [
        ("", "higher", False, 0.0, 5.0),
        ("", "lower", False, 5.0, 9.0),
        ("", "", False, 5.0, 5.0),
        ("", "", True, 0.0, 9.0),
        ("lower", "", False, 0.0, 5.0),
        ("lower", "", True, 0.0, 5.0),
        ("higher", "higher", True, 5.0, 9.0),
        ("either", "higher", False, 0.0, 9.0),
    ],
)
def test_direction_of_a_change(
    *, actionable: Direction, expected: Direction, allow: bool, low: float, high: float
) -> None:
    """Prevents a declared "only less" being overruled by what the model has learnt."""
    column = Column(
        "alcohol", "Alcohol", "number", actionable=True,
        actionable_direction=actionable, expected_direction=expected,
    )  # fmt: skip
    found = allowed_range(column, 5.0, (0.0, 9.0), towards_lower=True, allow_unexpected=allow)
    assert found == (low, high)


def test_body_size_moves_as_one(nhanes_study: Study, seen: SeenPatients) -> None:
    """Prevents a waist that falls while the weight stays, unless each is asked for alone."""
    size = {"waist_cm", "weight_kg", "bmi_kg_m2"}
    alone = 0
    for patient_id in patients_near(nhanes_study, 0.17, 0.3, 10):
        for each_alone in (False, True):
            chosen = CounterfactualSettings(each_alone=each_alone, n_answers=8)
            result = find_counterfactuals(nhanes_study, patient_id, settings=chosen, seen=seen)
            for answer in result.answers:
                changed = {change.feature for change in answer.changes} & size
                falls = [c for c in answer.changes if c.feature in size]
                assert each_alone or changed in (set(), size)
                assert all((c.after or 0) < (c.before or 0) for c in falls)
                alone += changed == {"waist_cm"}
    assert alone > 0


def test_no_single_change_is_missed(nhanes_study: Study, seen: SeenPatients) -> None:
    """Prevents answers of two changes where one plausible change suffices."""
    limit = seen.distance_limit(0.95)
    chosen = CounterfactualSettings(allow_unexpected=True, each_alone=True)
    at = nhanes_study.model.feature_names.index("hdl_cholesterol_mg_dl")
    suffices = 0
    for patient_id in patients_near(nhanes_study, 0.17, 0.35, 12):
        row = nhanes_study.matrix[nhanes_study.cohort.patient_ids.index(patient_id)]
        values = np.arange(*seen.ranges[at])
        tried = np.tile(row, (len(values), 1))
        tried[:, at] = values
        crossing = tried[nhanes_study.predict(tried, "risk") < nhanes_study.threshold]
        if not any(seen.kth_distance(one) <= limit for one in crossing):
            continue
        suffices += 1
        answers = find_counterfactuals(nhanes_study, row, settings=chosen, seen=seen).answers
        assert answers[0].n_changed == 1
    assert suffices > 2


def test_none_says_why(nhanes_study: Study, seen: SeenPatients) -> None:
    """Prevents an empty list that looks like a fault."""
    lowest = nhanes_study.cohort.patient_ids[int(np.argmin(nhanes_study.risk))]
    result = find_counterfactuals(
        nhanes_study, lowest, settings=CounterfactualSettings(max_changed=1), seen=seen
    )
    assert not result.towards_lower
    assert result.answers == ()
    assert "crosses 17%" in result.reason


def test_unusual_patient_is_told_so(nhanes_study: Study, seen: SeenPatients) -> None:
    kth = np.array([seen.kth_distance(row) for row in nhanes_study.matrix[:300]])
    near = np.abs(nhanes_study.risk[:300] - 0.17) < 0.1
    odd = int(np.argmax(np.where(near, kth, 0)))
    result = find_counterfactuals(nhanes_study, nhanes_study.matrix[odd], seen=seen)
    if not result.answers:
        assert "unusual" in result.reason or "No change" in result.reason
    strict = CounterfactualSettings(usual_share=0.01)
    reasons = {
        find_counterfactuals(nhanes_study, patient_id, settings=strict, seen=seen).reason
        for patient_id in patients_near(nhanes_study, 0.17, 0.2, 5)
    }
    assert any("unusual" in reason for reason in reasons)


def test_patient_without_any_measured_actionable_input(nhanes_study: Study) -> None:
    row = np.array(nhanes_study.matrix[0])
    for at, column in enumerate(nhanes_study.model.columns):
        if column.actionable:
            row[at] = np.nan
    result = find_counterfactuals(nhanes_study, row)
    assert result.answers == ()
    assert result.reason


def test_missing_inputs_stay_missing(heart_study: Study) -> None:
    """Prevents a measurement that was never taken being "changed"."""
    seen = describe_seen_patients(heart_study)
    for row in heart_study.matrix[:25]:
        for answer in find_counterfactuals(heart_study, row, seen=seen).answers:
            assert np.isnan(answer.row[np.isnan(row)]).all()


def test_other_threshold_other_answers(nhanes_study: Study, seen: SeenPatients) -> None:
    patient_id = patients_near(nhanes_study, 0.2, 0.25, 1)[0]
    raised = replace(nhanes_study, threshold=0.3)
    result = find_counterfactuals(raised, patient_id, seen=seen)
    assert not result.towards_lower
    assert all(answer.risk >= 0.3 for answer in result.answers)


@pytest.mark.parametrize("bad", [{"n_answers": 0}, {"max_changed": 0}, {"usual_share": 0.0}])
def test_settings_outside_their_range_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(SettingsError):
        CounterfactualSettings(**bad)  # type: ignore[arg-type]


def test_neighbours_must_be_fewer_than_patients(nhanes_study: Study) -> None:
    with pytest.raises(SettingsError, match="number of neighbours"):
        describe_seen_patients(nhanes_study, n_neighbours=10**6)
