"""Badly served groups: found where they are, not where they are not, and fit to be shown."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explainers.core import Study
from explainers.errors import SettingsError
from explainers.subgroups.discovery import (
    Discovery,
    SearchSettings,
    discover_slices,
    members_of,
)
from explainers.subgroups.discovery.halves import split_halves, strata_of
from explainers.uncertainty import simultaneous_level

DrawStudy = Callable[..., Study]


def older_women(patients: pd.DataFrame) -> np.ndarray:
    return ((patients["sex"] == "Female") & (patients["age"] >= 60)).to_numpy()


def overlap(study: Study, discovery: Discovery, planted: np.ndarray) -> float:
    """Of those in the first confirmed group or in the planted one, the share in both."""
    found = members_of(discovery.confirmed[0].traits, study.cohort)
    return float((found & planted).sum() / (found | planted).sum())


def test_a_sound_model_has_a_group_confirmed_no_more_often_than_the_level_says(
    draw_study: DrawStudy,
) -> None:
    """A search that judges on the patients it searched would find one in nearly every model."""
    pairs = SearchSettings(depth=2)
    found = [discover_slices(draw_study(800, seed), pairs) for seed in range(30)]
    # Of 30 at 5% each, more than 4 are found once in sixty.
    assert sum(bool(one.confirmed) for one in found) <= 4
    best = [
        max(one.slices, key=lambda own: abs((own.searched.oe_ratio.value or 1) - 1))
        for one in found
        if one.slices
    ]
    searched = np.mean([abs((own.searched.oe_ratio.value or 1.0) - 1.0) for own in best])
    confirmed = np.mean([abs((own.confirmed.oe_ratio.value or 1.0) - 1.0) for own in best])
    assert searched > 1.5 * confirmed


@pytest.mark.parametrize(("strength", "least"), [(0.8, 4), (1.2, 6)])
def test_a_planted_crossing_is_found_and_described(
    draw_study: DrawStudy, strength: float, least: int
) -> None:
    """Either attribute alone, or a third one added by chance, would name the wrong patients."""
    n_right = 0
    for seed in range(6):
        study = draw_study(4000, seed, lambda one: strength * older_women(one))
        discovery = discover_slices(study)
        if discovery.confirmed:
            assert discovery.confirmed[0].criterion in ("too_low", "missed")
            n_right += overlap(study, discovery, older_women(study.cohort.frame)) > 0.6
    assert n_right >= least


def test_risks_that_are_too_high_are_told_from_too_low(draw_study: DrawStudy) -> None:
    study = draw_study(4000, 3, lambda one: -1.2 * older_women(one))
    found = discover_slices(study).confirmed[0]
    assert found.criterion == "too_high"
    assert found.confirmed.oe_ratio.value < 0.8
    assert found.text == "Sex: Female; Age: 60 and over"


def test_a_model_too_low_for_everybody_alike_has_no_worst_group(draw_study: DrawStudy) -> None:
    """Otherwise every group would be found, and none of them would be what is wrong."""
    found = [discover_slices(draw_study(2000, seed, lambda _: 0.7)) for seed in range(4)]
    assert sum(bool(one.confirmed) for one in found) <= 1


def test_a_fault_below_the_threshold_only_is_found_as_missed_cases(draw_study: DrawStudy) -> None:
    def hidden(patients: pd.DataFrame) -> np.ndarray:
        return 1.6 * ((patients["race"] == "Black") & (patients["risk"] < 0.3)).to_numpy()

    discovery = discover_slices(draw_study(6000, 1, hidden))
    first = discovery.confirmed[0]
    assert first.criterion == "missed"
    assert "Race: Black" in first.text
    assert first.confirmed.oe_below.value > first.confirmed.oe_ratio.value > 1.0


def test_the_same_study_gives_the_same_answer(draw_study: DrawStudy) -> None:
    first, second = (
        discover_slices(draw_study(1500, 2, lambda one: 0.8 * older_women(one))) for _ in "ab"
    )
    for one in (first, second):
        assert [own.to_dict() for own in one.slices] == [own.to_dict() for own in first.slices]


def test_membership_is_what_the_description_says(draw_study: DrawStudy) -> None:
    """The figures must be of the patients whom a reader of the description would pick."""
    study = draw_study(3000, 4, lambda one: 0.8 * older_women(one))
    discovery = discover_slices(study)
    assert discovery.slices
    strata = strata_of(study.labels == 1.0, study.risk >= study.threshold)
    searched, confirming = split_halves(strata, study.seed)
    for found in discovery.slices:
        is_member = members_of(found.traits, study.cohort)
        own = confirming[is_member[confirming]]
        assert found.confirmed.oe_ratio.n == len(own)
        assert found.confirmed.oe_ratio.n_events == (study.labels[own] == 1.0).sum()
        seen = searched[is_member[searched]]
        ratio = (study.labels[seen] == 1.0).sum() / study.risk[seen].sum()
        assert found.searched.oe_ratio.value == pytest.approx(ratio, abs=0.005)


def test_no_count_of_the_half_searched_is_told(draw_study: DrawStudy) -> None:
    """Counts of both halves would add up to counts of all, which other tables may withhold."""
    discovery = discover_slices(draw_study(3000, 4, lambda one: 0.8 * older_women(one)))
    for found in discovery.slices:
        for name, estimate in found.searched.to_dict().items():
            assert estimate["n"] is estimate["n_events"] is estimate["low"] is None
            assert name in ("oe_ratio", "oe_below") or estimate["status"] == "suppressed"
            assert estimate["value"] is None or round(estimate["value"], 2) == estimate["value"]


def test_counts_of_fewer_than_eleven_people_are_never_shown(draw_study: DrawStudy) -> None:
    """Neither of the group, nor of everybody else, nor in a statistic at the threshold."""
    for seed in range(4):
        study = draw_study(700, seed)
        for found in discover_slices(study).slices:
            half = found.confirmed
            for estimate in (half.oe_ratio, half.rest_oe_ratio, half.oe_below, half.sensitivity):
                if estimate.is_estimated:
                    others = estimate.n - estimate.n_events
                    assert estimate.n_events >= 11
                    assert others == 0 or others >= 11 or estimate.metric == "sensitivity"


def test_nothing_found_says_what_could_have_been(draw_study: DrawStudy) -> None:
    """Silence of a small cohort must not read like silence of a large one."""
    small, large = (discover_slices(draw_study(n, 0)).detectable for n in (1000, 16000))
    for weak, strong in zip(small, large, strict=True):
        assert strong.oe_ratio - 1 == pytest.approx((weak.oe_ratio - 1) / 4, rel=0.15)
    assert small[0].oe_ratio > small[-1].oe_ratio > 1.0


def test_too_few_patients_are_not_searched(draw_study: DrawStudy) -> None:
    study = draw_study(100)
    discovery = discover_slices(study)
    assert "Nothing was searched" in discovery.reason
    assert discovery.slices == ()
    assert discovery.n_looked_at == 0


def test_what_was_searched_is_stated_and_survives_json(draw_study: DrawStudy) -> None:
    study = draw_study(1500, 2, lambda one: 0.8 * older_women(one))
    told: list[tuple[int, int]] = []
    discovery = discover_slices(study, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 5) for done in range(1, 6)]
    assert discovery.attributes[:3] == ("Sex", "Race", "Age")
    assert "Smoker" in discovery.attributes
    assert len(discovery.n_candidates) == 3
    assert discovery.n_searched + discovery.n_confirming == 1500
    assert Discovery.from_dict(json.loads(json.dumps(discovery.to_dict()))) == discovery


def test_intervals_hold_for_all_groups_brought_together(draw_study: DrawStudy) -> None:
    discovery = discover_slices(draw_study(3000, 0))
    n_brought = len(discovery.slices) + discovery.n_withheld
    level = simultaneous_level(0.95, n_brought)
    assert all(one.confirmed.oe_ratio.level == pytest.approx(level) for one in discovery.slices)
    assert all(one.searched.oe_ratio.level == 0.95 for one in discovery.slices)


def test_what_does_not_fit_is_named(draw_study: DrawStudy) -> None:
    discovery = discover_slices(draw_study(1500), SearchSettings(most_attributes=4, depth=1))
    assert len(discovery.attributes) == 4
    assert discovery.left_out == ("Blood pressure", "Glucose", "Smoker")
    assert len(discovery.n_candidates) == 1


@pytest.mark.parametrize(
    "setting", [{"depth": 0}, {"most_slices": 0}, {"fewest_expected": 5.0}, {"level": 1.0}]
)
def test_a_setting_outside_its_bounds_is_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SettingsError):
        SearchSettings(**setting)
