"""An attacker who reads every screen about one cohort, and what may not follow from them all.

Each published figure becomes an equation on how many people are in which group, with which outcome,
between which thresholds. Nobody may learn that a count lies between 1 and 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explainers.checks import Inspection
from explainers.checks.group_found_less import GroupFoundLess
from explainers.checks.group_miscalibrated import GroupMiscalibrated
from explainers.checks.missingness import MissingnessPredictsOutcome
from explainers.core import Slice, Study
from explainers.disclosure import Decision
from explainers.performance.curves import NoCurve, risk_distribution, roc_curve
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups import compare_groups
from explainers.subgroups.disaggregation import estimate_everybody
from explainers.subgroups.released_thresholds import released_thresholds, snap_threshold
from explainers.subgroups.representation import (
    compare_missingness,
    compare_representation,
    described_patients,
)
from explainers.subgroups.threshold_counts import count_by_threshold
from explainers.subgroups.thresholds import PER, try_thresholds
from tests.properties.disclosure_attacker import (
    DECLARED,
    EVENT,
    LEVELS,
    OTHER,
    UNLABELLED,
    Attacker,
    draw_patients,
    every_group,
    study_of,
)

ASKED = (0.31, 0.56)
CHOICES: tuple[tuple[str, ...], ...] = (("first",), ("second",), ("first", "second"))
# All other metrics give away the same counts, by the families they reveal.
SLUGS = ("prevalence", "sensitivity", "specificity", "ppv", "npv")


def read_groups_screen(attacker: Attacker, study: Study, by: tuple[str, ...]) -> None:
    """Every table by these attributes, at the declared threshold and at those somebody tries."""
    snapped = [snap_threshold(study, wanted, by) for wanted in ASKED]
    for threshold in (DECLARED, *snapped, ASKED[0]):
        tried = study.with_threshold(threshold)
        for table in compare_groups(tried, by, SLUGS):
            attacker.learn_estimate({}, table.overall, threshold)
            for place, estimate in table.groups:
                attacker.learn_estimate(dict(place.conditions), estimate, threshold)


def read_laboratory(attacker: Attacker, study: Study, by: str) -> None:
    """People per 1,000 at every threshold on offer, and the counts behind decision curves."""
    counts = count_by_threshold(study, by)
    for threshold in counts.thresholds:
        for row in try_thresholds(counts, threshold):
            conditions, n = dict(row.place.conditions), row.found.n or 0
            sides = [(EVENT, 1), (EVENT, 0), (OTHER, 1), (OTHER, 0)]
            for (kind, is_above), people in zip(sides, row.people, strict=True):
                side = (threshold, 1.0) if is_above else (0.0, threshold)
                who = attacker.people(conditions, [kind], side)
                attacker.learn(who, (people.value or 0.0) * n / PER)
    for place, bins in ((Slice(), counts.everybody), *counts.groups):
        if isinstance(bins, RiskBins):
            learn_bins(attacker, dict(place.conditions), bins.edges, bins.events, bins.others)


def learn_bins(
    attacker: Attacker,
    conditions: Mapping[str, str],
    edges: np.ndarray,
    events: np.ndarray,
    others: np.ndarray,
) -> None:
    for at, side in enumerate(pairwise(edges)):
        attacker.learn(attacker.people(conditions, [EVENT], side), events[at])
        attacker.learn(attacker.people(conditions, [OTHER], side), others[at])


def read_model_screen(attacker: Attacker, study: Study) -> None:
    """Performance, histogram and ROC of everybody."""
    for estimate in estimate_everybody(study, SLUGS):
        attacker.learn_estimate({}, estimate, study.threshold)
    bars = risk_distribution(study.labels, study.risk, threshold=study.threshold)
    learn_bins(attacker, {}, bars.edges, bars.events, bars.non_events)
    roc = roc_curve(study.labels, study.risk, threshold=study.threshold)
    if not isinstance(roc, NoCurve):
        is_event = study.labels == 1.0
        falling = count_by_threshold(study).everybody
        assert isinstance(falling, RiskBins)
        for at, edge in enumerate(falling.edges[::-1]):
            above = (float(edge), 1.0)
            attacker.learn(attacker.people({}, [EVENT], above), roc.y[at] * is_event.sum())
            attacker.learn(attacker.people({}, [OTHER], above), roc.x[at] * (~is_event).sum())


def thresholds_of(study: Study) -> tuple[float, ...]:
    """Every threshold at which any screen counts."""
    edges = {DECLARED, *ASKED}
    for by in ((), *CHOICES):
        edges |= {*released_thresholds(study, by)}
    everybody = count_by_threshold(study).everybody
    if isinstance(everybody, RiskBins):
        edges |= {*everybody.thresholds}
    return tuple(sorted(edges))


@cache
def sides_of(edges: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    """Below and above each threshold, and between each two."""
    ends = (0.0, *edges, 1.0)
    return tuple((low, high) for low in ends for high in ends if low < high)


samples = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from((70, 150, 300, 600)))


@settings(max_examples=3, deadline=None)
@given(samples)
def test_no_small_count_follows_from_all_thresholds_and_both_attributes(
    sample: tuple[int, int],
) -> None:
    """Prevents two attribute selections or two thresholds from being subtracted."""
    patients = draw_patients(*sample).assign(extra=1.0)
    study = study_of(patients)
    attacker = Attacker(patients, thresholds_of(study))
    attacker.learn(attacker.people({}, [UNLABELLED]), 0)
    read_model_screen(attacker, study)
    for by in CHOICES:
        read_groups_screen(attacker, study, by)
    for name in LEVELS:
        read_laboratory(attacker, study, name)
    read_checks(attacker, study)
    targets = (
        ((conditions, kinds, side), attacker.people(conditions, kinds, side))
        for conditions in every_group()
        for kinds in ((EVENT,), (OTHER,), (EVENT, OTHER))
        for side in sides_of(attacker.edges)
    )
    assert attacker.pinned(targets) == []


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
        for table in compare_groups(study, by, SLUGS):
            attacker.learn_estimate({}, table.overall, DECLARED)
            for place, estimate in table.groups:
                attacker.learn_estimate(dict(place.conditions), estimate, DECLARED)
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
        for table in compare_groups(study.with_threshold(threshold), ["first"], SLUGS):
            for place, estimate in ((Slice(), table.overall), *table.groups):
                attacker.learn_estimate(dict(place.conditions), estimate, threshold)
    return attacker.pinned(
        ((label, kind), attacker.people({"first": label}, [kind], attacker.edges))
        for label in LEVELS["first"]
        for kind in (EVENT, OTHER)
    )


def read_checks(attacker: Attacker, study: Study) -> None:
    """Evidence of the checks on groups."""
    for check in (GroupFoundLess(), GroupMiscalibrated()):
        for finding in check.run(Inspection(study)).findings:
            name, _, label = finding.affected.partition(": ")
            for estimate in finding.evidence:
                own = {name: label} if not estimate.metric.endswith("_gap") else {}
                if estimate.metric != "sensitivity_gap":
                    attacker.learn_estimate(own, estimate, study.threshold)
