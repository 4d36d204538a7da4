"""Before and after: who gains, who pays, and that nobody is given away."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.paired_differences import estimate_benefit_difference
from explainers.subgroups import compare_groups
from explainers.subgroups.mitigation import Mended, MitigationTask
from explainers.subgroups.mitigation_changes import (
    CHANGED,
    Flagging,
    estimate_changes,
    estimate_figures,
)
from explainers.subgroups.mitigation_comparison import compare_mitigations
from explainers.subgroups.mitigation_effects import GroupEffect, MitigationEffect
from explainers.subgroups.mitigation_rules import MITIGATIONS
from explainers.subgroups.threshold_counts import count_by_threshold
from explainers.uncertainty import bootstrap_interval

CUTS = [rule for rule in MITIGATIONS if not rule.is_refit]


@pytest.fixture(scope="module")
def effects(task: MitigationTask) -> dict[str, MitigationEffect]:
    mended = [rule.mend(task) for rule in MITIGATIONS]
    counts = count_by_threshold(task.study, "origin")
    return {one.slug: one for one in compare_mitigations(task.study, counts, "origin", mended)}


def row(effect: MitigationEffect, label: str) -> GroupEffect:
    return next(group for group in effect.groups if group.place.label == label)


@pytest.mark.parametrize("slug", ["recalibration", "add-attribute"])
def test_the_planted_group_is_mended_and_the_price_is_shown(
    effects: dict[str, MitigationEffect], slug: str
) -> None:
    south, north = row(effects[slug], "South"), row(effects[slug], "North")
    before, after, change = south.of("oe_ratio")
    assert before.low is not None
    assert before.low > 1.2
    assert after.value == pytest.approx(1.0, abs=0.2)
    assert change.high is not None
    assert change.high < 0
    assert (south.of("sensitivity")[2].low or 0) > 0
    found, missed, alarmed, spared = south.people
    assert (found.value or 0) > 20
    assert (alarmed.value or 0) > 50
    assert missed.value == spared.value == 0
    # The North pays with patients who are no longer found.
    assert (north.people[1].value or 0) > 0
    assert (north.of("sensitivity")[2].high or 0) < 0


def test_figures_before_are_those_of_every_other_screen(
    task: MitigationTask, effects: dict[str, MitigationEffect]
) -> None:
    """Two screens that differ in one figure are both wrong to their reader."""
    tables = compare_groups(task.study, ["origin"], CHANGED)
    for at, (place, _) in enumerate(tables[0].groups):
        before = row(effects["recalibration"], place.label).before
        for table, own in zip(tables, before, strict=True):
            assert table.groups[at][1].value == pytest.approx(own.value)
            assert table.groups[at][1].status == own.status


def test_people_and_changes_tell_the_same(effects: dict[str, MitigationEffect]) -> None:
    """Newly found less newly missed is the change of sensitivity, in people."""
    for effect in effects.values():
        for group in effect.groups:
            change, people = group.of("sensitivity")[2], group.people
            if change.value is None or people[0].value is None or people[1].value is None:
                continue
            moved = (people[0].value - people[1].value) / 1000
            assert change.n is not None
            assert change.n_events is not None
            assert change.value * change.n_events / change.n == pytest.approx(moved)


def test_change_of_net_benefit_is_that_of_the_paired_difference() -> None:
    """The same question asked elsewhere: intervals agree up to the draw of the bootstrap."""
    rng = np.random.default_rng(1)
    first = rng.random(1500)
    second = np.clip(first + rng.normal(0, 0.1, 1500), 0, 1)
    is_event = rng.random(1500) < first
    settings = MetricSettings(0.3)
    pair = tuple(Flagging(is_event, risk, risk >= 0.3) for risk in (first, second))
    figures = tuple(estimate_figures(one, settings, lambda _: "") for one in pair)
    changes = estimate_changes((pair[0], pair[1]), (figures[0], figures[1]), settings, lambda _: "")
    ours = changes[CHANGED.index("net_benefit")]
    theirs = estimate_benefit_difference(
        LabelledRisk(is_event, second), LabelledRisk(is_event, first), settings
    )
    assert ours.value == pytest.approx(theirs.value)
    assert ours.low == pytest.approx(theirs.low, abs=0.002)
    assert ours.high == pytest.approx(theirs.high, abs=0.002)


@pytest.mark.parametrize("slug", ["oe_ratio", "calibration_slope"])
def test_changes_of_calibration_have_the_interval_of_the_bootstrap(slug: str) -> None:
    """Subtracting two intervals as if of different patients would be several times too wide."""
    rng = np.random.default_rng(2)
    first = 1 / (1 + np.exp(-rng.normal(-1, 1, 600)))
    second = np.clip(first * rng.uniform(1.1, 1.5, 600), 0, 0.98)
    is_event = rng.random(600) < second
    settings = MetricSettings(0.3)
    pair = tuple(Flagging(is_event, risk, risk >= 0.3) for risk in (first, second))
    figures = tuple(estimate_figures(one, settings, lambda _: "") for one in pair)
    changes = estimate_changes((pair[0], pair[1]), (figures[0], figures[1]), settings, lambda _: "")
    ours = changes[CHANGED.index(slug)]
    at = CHANGED.index(slug)

    def resampled(weights: np.ndarray) -> np.ndarray:
        values = []
        for own in weights:
            rows = np.repeat(np.arange(600), own.astype(int))
            both = [
                estimate_figures(
                    Flagging(is_event[rows], one.risk[rows], one.is_flagged[rows]),
                    MetricSettings(0.3),
                    lambda reveals: "" if reveals == ("cases",) else "not asked",
                )[at].value
                for one in pair
            ]
            values.append(both[1] - both[0])
        return np.array(values)

    oracle = bootstrap_interval(resampled, 600, n_resamples=150)
    assert ours.low is not None
    assert ours.high is not None
    assert ours.high - ours.low == pytest.approx(oracle.high - oracle.low, rel=0.3)
    assert ours.value == pytest.approx((figures[1][at].value or 0) - (figures[0][at].value or 0))


def test_intervals_of_changes_account_for_their_number(
    effects: dict[str, MitigationEffect],
) -> None:
    effect = effects["recalibration"]
    shown = [
        one
        for group in effect.groups
        if not group.is_left_alone
        for one in group.change
        if one.is_estimated
    ]
    assert effect.n_contrasts == len(shown)
    assert shown[0].level == pytest.approx(0.95 ** (1 / len(shown)))
    assert effect.groups[0].before[0].level == 0.95


def test_thresholds_change_no_risk(effects: dict[str, MitigationEffect]) -> None:
    for slug in ("oe_ratio", "calibration_slope"):
        change = row(effects["equal-sensitivity"], "South").of(slug)[2]
        assert change.value == 0
        assert change.low == pytest.approx(0, abs=1e-12)


def test_few_people_between_two_cuts_are_not_given_away(task: MitigationTask) -> None:
    """Three people more found than at the published cut are three people known to be ill."""
    study, south = task.study, task.held_out_groups["South"]
    near = np.sort(study.risk[south & (study.risk < study.threshold) & (study.labels == 1)])[-3:]
    is_flagged = study.risk >= study.threshold
    is_flagged[south] = study.risk[south] >= near[0]
    moved = Mended("moved", study.risk, is_flagged, is_cut=True)
    counts = count_by_threshold(study, "origin")
    (effect,) = compare_mitigations(study, counts, "origin", [moved])
    group = row(effect, "South")
    assert group.people[0].status == "suppressed"
    assert group.of("sensitivity")[1].status == "suppressed"
    assert group.of("net_benefit")[1].status == "suppressed"
    assert effect.groups[0].of("sensitivity")[1].status == "suppressed"
    assert group.of("oe_ratio")[1].is_estimated


def test_cuts_shown_are_none_or_eleven_people_apart(
    task: MitigationTask, effects: dict[str, MitigationEffect]
) -> None:
    """The attacker subtracts the figures of any two screens at any two published cuts."""
    study = task.study
    counts = count_by_threshold(study, "origin")
    for label, own in task.held_out_groups.items():
        cuts = {study.threshold}
        if any(place.label == label for place, _ in counts.counted):
            cuts |= set(counts.thresholds)
        for rule in CUTS:
            effect = effects[rule.slug]
            group = row(effect, label)
            step = next(step for step in effect.steps if step.group == label)
            if group.people[0].is_estimated and group.people[2].is_estimated and step.threshold:
                cuts.add(group.counted_at or step.threshold)
        for outcome in (0, 1):
            risk = study.risk[own & (study.labels == outcome)]
            flagged = np.array([(risk >= cut).sum() for cut in cuts])
            apart = np.abs(flagged[:, None] - flagged[None, :])
            assert not ((apart > 0) & (apart < 11)).any(), label


def test_effects_survive_json(effects: dict[str, MitigationEffect]) -> None:
    for effect in effects.values():
        assert MitigationEffect.from_dict(effect.to_dict()) == effect
