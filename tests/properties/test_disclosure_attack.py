"""An attacker who reads every screen about one cohort, and what may not follow from them all.

Each published figure becomes an equation on how many people are in which group, with which outcome,
between which thresholds. Nobody may learn that a count lies between 1 and 10.
"""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explainers.checks import Inspection
from explainers.checks.missingness import MissingnessPredictsOutcome
from explainers.core import Slice, Study
from explainers.disclosure import Decision, suppression
from explainers.subgroups.released_thresholds import released_thresholds
from explainers.subgroups.representation import (
    compare_missingness,
    compare_representation,
    described_patients,
)
from explainers.subgroups.threshold_counts import count_by_threshold
from tests.properties.disclosure_attacker import (
    DECLARED,
    EVENT,
    LEVELS,
    OTHER,
    UNLABELLED,
    Attacker,
    attacker_of,
    draw_patients,
    draw_with_empty_crossings,
    every_group,
    groups_between,
    study_of,
)
from tests.properties.disclosure_screens import (
    ASKED,
    CHOICES,
    learn_bins,
    learn_everybody,
    read_checks,
    read_groups_screen,
    read_laboratory,
    read_model_screen,
    read_tables,
    sides_of,
    thresholds_of,
)

samples = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from((70, 150, 300, 600)))


@settings(max_examples=3, deadline=None)
@given(samples)
def test_no_small_count_follows_from_all_thresholds_and_both_attributes(
    sample: tuple[int, int],
) -> None:
    """Prevents two attribute selections or two thresholds from being subtracted."""
    assert attack_all(draw_patients(*sample).assign(extra=1.0)) == []


def attack_all(patients: pd.DataFrame) -> list[tuple[object, float]]:
    study = study_of(patients)
    attacker = attacker_of(patients, thresholds_of(study))
    read_model_screen(attacker, study)
    for by in CHOICES:
        read_groups_screen(attacker, study, by)
    for name in LEVELS:
        read_laboratory(attacker, study, name)
    read_checks(attacker, study)
    return attacker.pinned(groups_between(attacker, sides_of(attacker.edges)))


def test_no_case_is_counted_at_one_threshold_that_is_withheld_at_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prevents 7 people of a group by both attributes from following from a table somebody tries.

    Its cases were withheld at the declared threshold and shown at 0.31.
    """
    patients = draw_with_empty_crossings(0, 1000)
    assert attack_crossed(patients) == []
    monkeypatch.setattr(Decision, "hiding_cases_of", lambda self, _: self)
    monkeypatch.setattr(suppression, "follows_from_margins", lambda *_: False)
    assert 7.0 in [people for _, people in attack_crossed(patients)]


def attack_crossed(patients: pd.DataFrame) -> list[tuple[object, float]]:
    """Read the groups of both attributes at two thresholds, and each attribute at every one."""
    study = study_of(patients)
    edges = {
        DECLARED,
        ASKED[0],
        *(one for name in LEVELS for one in released_thresholds(study, (name,))),
    }
    attacker = attacker_of(patients, edges)
    for threshold in (DECLARED, ASKED[0]):
        read_tables(attacker, study.with_threshold(threshold), ("first", "second"))
    for name in LEVELS:
        for place, bins in count_by_threshold(study, name).counted:
            learn_bins(attacker, dict(place.conditions), bins.edges, bins.events, bins.others)
        read_tables(attacker, study, (name,))
    learn_everybody(attacker, study)
    crossed = [
        (name, who) for name, who in groups_between(attacker, sides_of(attacker.edges), [(OTHER,)])
        if len(name[0]) > 1
    ]  # fmt: skip
    return attacker.pinned(crossed)


@settings(max_examples=5, deadline=None)
@given(samples, st.sampled_from((0.01, 0.03, 0.1)))
# Tables by outcome and tables by share once hid different groups for the sake of a third.
@example((72727, 300), 0.01)
def test_no_small_count_follows_from_who_is_in_the_data(
    sample: tuple[int, int], share_unlabelled: float
) -> None:
    """Prevents patients without an outcome or a value from being counted by subtraction."""
    patients = draw_patients(*sample, share_unlabelled=share_unlabelled)
    study = study_of(patients)
    attacker = Attacker(patients, (DECLARED,))
    for by in CHOICES:
        read_tables(attacker, study, by)
    for name in LEVELS:
        read_representation(attacker, study, name)
    for finding in MissingnessPredictsOutcome().run(Inspection(study)).findings:
        for gap, estimate in zip((1, 0), finding.evidence[:2], strict=True):
            attacker.learn(attacker.people({}, gap=gap), estimate.n or 0)
            attacker.learn(attacker.people({}, [EVENT], gap=gap), estimate.n_events or 0)
    kinds = ((EVENT,), (OTHER,), (EVENT, OTHER), (UNLABELLED,), (EVENT, OTHER, UNLABELLED))
    targets = (
        ((conditions, kind, gap), attacker.people(conditions, kind, gap=gap))
        for conditions in every_group()
        for kind in kinds
        for gap in (None, *range(attacker.shape[-1]))
    )
    assert attacker.pinned(targets) == []


def read_representation(attacker: Attacker, study: Study, by: str) -> None:
    """Shares of the groups, and of those who lack a value."""
    described = described_patients(study)
    for row in compare_representation(described, by, described, outcome=study.outcome):
        who = attacker.people({by: row.place.label}, row_kinds(study))
        if row.share.n is not None and row.share.n_events is not None:
            attacker.learn(who, row.share.n_events)
            attacker.learn(attacker.people({}, row_kinds(study)), row.share.n)
    for _, table in compare_missingness(study, by):
        for place, estimate in ((Slice(), table.overall), *table.groups):
            own = dict(place.conditions)
            if estimate.n is not None and estimate.n_events is not None:
                attacker.learn(attacker.people(own, row_kinds(study)), estimate.n)
                attacker.learn(attacker.people(own, row_kinds(study), gap=1), estimate.n_events)


def row_kinds(study: Study) -> tuple[int, ...]:
    return (EVENT, OTHER) if study.is_labelled.any() else (UNLABELLED,)


def test_the_attacker_succeeds_where_thresholds_are_not_snapped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An attacker that never succeeds would prove nothing."""
    patients = draw_patients(0, 600).assign(extra=1.0)
    study = study_of(patients)
    assert attack_two_thresholds(study, patients) == []
    monkeypatch.setattr(Decision, "hiding_flags", lambda self, **_: self)
    assert attack_two_thresholds(study, patients) != []


def attack_two_thresholds(study: Study, patients: pd.DataFrame) -> list[tuple[object, float]]:
    """Read the groups by one attribute at the declared threshold and at one just beside it."""
    attacker = Attacker(patients, (DECLARED, 0.5125))
    for threshold in attacker.edges:
        read_tables(attacker, study.with_threshold(threshold), ("first",))
    return attacker.pinned(
        ((label, kind), attacker.people({"first": label}, [kind], attacker.edges))
        for label in LEVELS["first"]
        for kind in (EVENT, OTHER)
    )
