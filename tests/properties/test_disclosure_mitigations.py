"""An attacker who reads what mitigations do to every group beside all screens at all thresholds.

A mitigation flags each group from a cut of its own, so its figures are those of one more threshold
in each group, for every attribute that mitigations are made for.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explainers.core import Study
from explainers.disclosure import suppression
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups.mitigation import GroupStep, Mended
from explainers.subgroups.mitigation_changes import CHANGED, PEOPLE
from explainers.subgroups.mitigation_comparison import compare_mitigations
from explainers.subgroups.mitigation_cuts import GroupRisk
from explainers.subgroups.mitigation_effects import GroupEffect, MitigationEffect
from explainers.subgroups.mitigation_held_out import HeldOut
from explainers.subgroups.released_thresholds import released_thresholds
from explainers.subgroups.threshold_counts import count_by_threshold
from tests.properties.disclosure_attacker import (
    DECLARED,
    EVENT,
    LEVELS,
    OTHER,
    Attacker,
    attacker_of,
    draw_patients,
    draw_with_empty_crossings,
    groups_between,
    study_of,
)
from tests.properties.disclosure_screens import (
    CHOICES,
    read_laboratory,
    read_model_screen,
    read_tables,
)

RULES = ("equal-sensitivity", "equal-errors")
# The outcome of those who change sides.
_KINDS = {
    "newly_found": EVENT,
    "newly_missed": EVENT,
    "newly_alarmed": OTHER,
    "newly_spared": OTHER,
}


def draw_cuts(study: Study, by: str, seed: int) -> list[Mended]:
    """Rules that flag each group from some cut of its own."""
    rng = np.random.default_rng(seed)
    found = []
    for slug in RULES:
        is_flagged = study.risk >= DECLARED
        steps = []
        for label in LEVELS[by]:
            cut = round(float(np.clip(DECLARED + rng.normal(0, 0.15), 0.1, 0.9)) * 400) / 400
            own = (study.cohort.frame[by] == label).to_numpy()
            is_flagged[own] = study.risk[own] >= cut
            steps.append(GroupStep(label, threshold=cut))
        found.append(Mended(slug, study.risk, is_flagged, is_cut=True, steps=tuple(steps)))
    return found


def effects_of(study: Study, by: str, seed: int) -> Sequence[MitigationEffect]:
    mended = draw_cuts(study, by, seed)
    return compare_mitigations(study, count_by_threshold(study, by), by, mended)


def cuts_of(effect: MitigationEffect) -> dict[str, float]:
    """From where each group is flagged, as far as anybody is told."""
    counted = {group.place.label: group.counted_at for group in effect.groups}
    return {step.group: counted[step.group] or step.threshold or DECLARED for step in effect.steps}


def read_effect(attacker: Attacker, effect: MitigationEffect) -> None:
    cuts = cuts_of(effect)
    for group in effect.groups:
        labels = [group.place.label] if group.place.conditions else list(cuts)
        for kind, slug, side in ((EVENT, "sensitivity", 1), (OTHER, "specificity", 0)):
            after = group.after[CHANGED.index(slug)]
            if after.value is None or after.n is None or after.n_events is None:
                continue
            among = after.n_events if kind == EVENT else after.n - after.n_events
            ends = {label: (cuts[label], 1.0) if side else (0.0, cuts[label]) for label in labels}
            attacker.learn(people(attacker, effect.by, ends, kind), after.value * among)
        read_people(attacker, effect, group, {label: cuts[label] for label in labels})


def read_people(
    attacker: Attacker, effect: MitigationEffect, group: GroupEffect, cuts: dict[str, float]
) -> None:
    for name, one in zip(PEOPLE, group.people, strict=True):
        if one.value is None or one.n is None:
            continue
        is_more = name in ("newly_found", "newly_alarmed")
        ends = {
            label: (min(cut, DECLARED), max(cut, DECLARED))
            for label, cut in cuts.items()
            if (cut < DECLARED) == is_more and cut != DECLARED
        }
        attacker.learn(people(attacker, effect.by, ends, _KINDS[name]), one.value * one.n / 1000)


def people(
    attacker: Attacker, by: str, ends: dict[str, tuple[float, float]], kind: int
) -> np.ndarray:
    """Those of some groups, each between two risks of its own."""
    none = np.zeros(len(attacker.truth))
    own = [attacker.people({by: label}, [kind], side) for label, side in ends.items()]
    return np.sum([none, *own], axis=0)


def attack(
    study: Study, patients: pd.DataFrame, seed: int, by: Sequence[str] = tuple(LEVELS)
) -> list[tuple[object, float]]:
    attacker, sides = informed(study, patients, seed, by)
    return attacker.pinned(groups_between(attacker, sides, ((EVENT,), (OTHER,))))


def informed(
    study: Study, patients: pd.DataFrame, seed: int, by: Sequence[str]
) -> tuple[Attacker, list[tuple[float, float]]]:
    """An attacker who has read it all, and between which risks to look for people."""
    effects = [effect for name in by for effect in effects_of(study, name, seed)]
    cuts = {DECLARED, *(cut for one in effects for cut in cuts_of(one).values())}
    by_group = {edge for name in LEVELS for edge in released_thresholds(study, (name,))}
    fine = {*released_thresholds(study), *thresholds_of_everybody(study)}
    attacker = attacker_of(patients, cuts | by_group | fine)
    read_model_screen(attacker, study)
    for name in LEVELS:
        read_laboratory(attacker, study, name)
    for groups in CHOICES:
        read_tables(attacker, study, groups)
    for effect in effects:
        read_effect(attacker, effect)
    # Below, above and between cuts; at other thresholds everybody alone is counted.
    ends = (0.0, *sorted(cuts), 1.0)
    return attacker, list(combinations(ends, 2))


def thresholds_of_everybody(study: Study) -> tuple[float, ...]:
    everybody = count_by_threshold(study).everybody
    return everybody.thresholds if isinstance(everybody, RiskBins) else ()


samples = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from((600, 1000)))


@settings(max_examples=1, deadline=None)
@given(samples)
# Everybody less the group whose cut moved: the others at a cut at which nobody counts them.
@example((3, 600))
def test_no_small_count_follows_from_mitigations_beside_all_screens(
    sample: tuple[int, int],
) -> None:
    """Prevents the figures at a group's new cut from being subtracted from everybody's."""
    patients = draw_patients(*sample).assign(extra=1.0)
    assert attack(study_of(patients), patients, sample[0]) == []


def test_the_attacker_succeeds_where_all_others_are_not_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An attacker that never succeeds would prove nothing."""
    patients = draw_patients(3, 600).assign(extra=1.0)
    nested, showable = HeldOut.nested, GroupRisk.showable_cut
    monkeypatch.setattr(HeldOut, "nested", lambda *asked: nested(*asked)[:1])
    monkeypatch.setattr(
        GroupRisk, "showable_cut", lambda own, meant, floor, _: showable(own, meant, floor, own)
    )
    assert attack(study_of(patients), patients, 3, ["second"]) != []


def test_no_small_count_follows_from_mitigations_by_two_attributes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prevents 6 people of a group by both attributes from following from a cut of each.

    All of one group were in one group of the other attribute, and the table of both said so.
    """
    patients = draw_with_empty_crossings(0, 2000)
    assert attack_crossed(patients) == []
    monkeypatch.setattr(suppression, "follows_from_margins", lambda *_: False)
    assert 6.0 in [people for _, people in attack_crossed(patients)]


def attack_crossed(patients: pd.DataFrame) -> list[tuple[object, float]]:
    attacker, sides = informed(study_of(patients), patients, 0, tuple(LEVELS))
    who = {"first": "c", "second": "u"}
    return attacker.pinned((side, attacker.people(who, [EVENT], side)) for side in sides)
