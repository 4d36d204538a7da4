"""Finding patients by a question, and the one line that stands for it in an address."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.core.patient_query import PatientQuery
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.workspace import Workspace


@pytest.fixture(scope="module")
def study() -> Study:
    return Workspace().open_study("heart-xgboost")


def risks(study: Study, query: PatientQuery) -> np.ndarray:
    return study.risk[query.find(study)]


def test_no_condition_finds_everybody_in_order(study: Study) -> None:
    np.testing.assert_array_equal(PatientQuery().find(study), np.arange(len(study.cohort)))


def test_risk_band_is_closed_at_both_ends(study: Study) -> None:
    edge = float(np.sort(study.risk)[100])
    found = risks(study, PatientQuery(risk=(edge, 1.0)))
    assert found.min() == edge
    assert len(found) == (study.risk >= edge).sum()


def test_wrong_is_missed_or_false_alarm_and_never_unlabelled(study: Study) -> None:
    """Comparing NaN labels with the model's call would count unlabelled patients as right."""
    wrong, missed, false_alarm = (
        set(PatientQuery(call=call).find(study).tolist())
        for call in ("wrong", "missed", "false_alarm")
    )
    assert wrong == missed | false_alarm
    assert not missed & false_alarm
    assert all(study.labels[at] == 1 and study.risk[at] < study.threshold for at in missed)
    assert all(study.labels[at] == 0 and study.risk[at] >= study.threshold for at in false_alarm)


def test_conditions_all_have_to_hold(study: Study) -> None:
    group = study.cohort.schema.groups[0]
    query = PatientQuery(outcome="yes", groups=((group.name, group.labels[0]),))
    expected = (study.labels == 1) & (study.cohort.group_labels(group.name) == group.labels[0])
    np.testing.assert_array_equal(query.find(study), np.flatnonzero(expected))


def test_range_leaves_out_who_was_not_measured(study: Study) -> None:
    at = int(np.isnan(study.matrix).sum(axis=0).argmax())
    column = study.model.columns[at]
    known = study.matrix[~np.isnan(study.matrix[:, at]), at]
    limits = (float(known.min()), float(known.max()))
    query = (
        PatientQuery(ranges=((column.name, limits),))
        if column.is_numeric
        else PatientQuery(levels=((column.name, column.levels),))
    )
    assert len(query.find(study)) == len(known) < len(study.cohort)


def test_orders(study: Study) -> None:
    assert (np.diff(risks(study, PatientQuery(order="highest_risk"))) <= 0).all()
    assert (np.diff(risks(study, PatientQuery(order="lowest_risk"))) >= 0).all()
    near = np.abs(risks(study, PatientQuery(order="nearest_threshold")) - study.threshold)
    assert (np.diff(near) >= 0).all()


def questions(study: Study) -> list[PatientQuery]:
    numeric = next(c for c in study.model.columns if c.is_numeric)
    levelled = next(c for c in study.model.columns if not c.is_numeric)
    group = study.cohort.schema.groups[0]
    return [
        PatientQuery(),
        PatientQuery(risk=(0.123456789, 0.5), outcome="unknown", order="lowest_risk"),
        PatientQuery(
            call="missed",
            groups=((group.name, group.labels[-1]),),
            ranges=((numeric.name, (-1.5, 2e6)),),
            levels=((levelled.name, levelled.levels[:2]),),
        ),
    ]


def test_the_line_in_the_address_means_the_same_question(study: Study) -> None:
    for query in questions(study):
        assert PatientQuery.from_text(query.to_text(), study) == query
    assert PatientQuery().to_text() == ""


def test_separators_in_names_do_not_split_a_condition() -> None:
    query = PatientQuery(groups=(("race=a;b|c", "x..y"),))
    assert query.to_text().count(";") == 0
    assert query.to_text().count("=") == 1


@pytest.mark.parametrize(
    "text",
    [
        "risk",
        "risk=0.2",
        "risk=nan..1",
        "risk=0.9..0.1",
        "outcome=perhaps",
        "model=always",
        "group.nothing=x",
        "input.nothing=1..2",
        "patient=HD-001",
        ";".join(["outcome=yes"] * 100),
        "__class__=x",
    ],
)
def test_line_that_does_not_fit_is_refused(study: Study, text: str) -> None:
    with pytest.raises(SettingsError):
        PatientQuery.from_text(text, study)


def test_level_that_nobody_knows_is_refused(study: Study) -> None:
    levelled = next(c for c in study.model.columns if not c.is_numeric)
    with pytest.raises(SettingsError, match="does not fit"):
        PatientQuery.from_text(f"input.{levelled.name}=<script>", study)
