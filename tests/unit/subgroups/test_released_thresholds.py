"""Which thresholds figures may be shown at beside the declared one."""

from __future__ import annotations

import pytest

from explainers.core import Study
from explainers.subgroups import compare_groups
from explainers.subgroups.disaggregation import estimate_everybody
from explainers.subgroups.released_thresholds import released_thresholds, snap_threshold
from explainers.subgroups.threshold_counts import count_by_threshold


def test_the_declared_threshold_is_always_released_and_the_nearest_taken(
    nhanes_study: Study,
) -> None:
    """Prevents a step of a tenth of a point from being a difference of a few people."""
    released = released_thresholds(nhanes_study, ["sex"])
    assert nhanes_study.threshold in released
    assert list(released) == sorted(released)
    for wanted in (0.171, 0.23, 0.9):
        snapped = snap_threshold(nhanes_study, wanted, ["sex"])
        assert snapped in released
        assert abs(snapped - wanted) == min(abs(one - wanted) for one in released)
    assert snap_threshold(nhanes_study, 0.171, ["sex"]) == nhanes_study.threshold


def test_a_study_remembers_its_declared_threshold(nhanes_study: Study) -> None:
    """Prevents counts around a moved threshold, and a return that still counts as moved."""
    moved = nhanes_study.with_threshold(0.3).with_threshold(0.31)
    assert moved.declared_threshold == nhanes_study.threshold
    assert moved.with_threshold(nhanes_study.threshold) == nhanes_study
    around_declared = count_by_threshold(nhanes_study, "sex").to_dict()
    assert count_by_threshold(moved, "sex").to_dict() == around_declared


@pytest.mark.parametrize(("by", "is_shown"), [(["sex"], True), (["sex", "age"], False)])
def test_only_counted_groups_are_shown_at_a_released_threshold(
    nhanes_study: Study,
    by: list[str],
    is_shown: bool,  # noqa: FBT001
) -> None:
    """Prevents small crossed groups at two thresholds from being subtracted."""
    moved = nhanes_study.with_threshold(snap_threshold(nhanes_study, 0.23, by))
    found, frequency = compare_groups(moved, by, ("sensitivity", "prevalence"))
    assert found.overall.is_estimated
    assert all(own.is_estimated == is_shown for _, own in found.groups)
    assert any(own.is_estimated for _, own in frequency.groups)


def test_at_any_other_threshold_nothing_that_depends_on_it_is_shown(nhanes_study: Study) -> None:
    """Prevents a caller who forgets to snap from publishing a difference."""
    moved = nhanes_study.with_threshold(0.171)
    (found,) = compare_groups(moved, ["sex"], ("sensitivity",))
    shown = [found.overall, *(own for _, own in found.groups), *estimate_everybody(moved, ["ppv"])]
    assert {own.status for own in shown} == {"suppressed"}
