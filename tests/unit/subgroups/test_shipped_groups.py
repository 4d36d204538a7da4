"""The story of the built-in diabetes model, and that nothing small is printed about it."""

from __future__ import annotations

import pytest

from explainers.core import Estimate, Study
from explainers.performance.metrics import METRICS
from explainers.subgroups import compare_groups, compare_to_reference

ALL = tuple(metric.slug for metric in METRICS)


def by_race(study: Study, metric: str) -> dict[str, Estimate]:
    (table,) = compare_groups(study, ["race"], [metric])
    return {place.label: estimate for place, estimate in table.groups}


def test_auroc_hides_what_calibration_and_sensitivity_show(nhanes_study: Study) -> None:
    """As good a ranking for Asian adults, yet under-predicted and found less often."""
    area, ratio = by_race(nhanes_study, "auroc"), by_race(nhanes_study, "oe_ratio")
    assert area["Asian"].low < area["White"].value < area["Asian"].high
    assert ratio["Asian"].low > 1.0
    assert ratio["White"].high < 1.0
    (table,) = compare_groups(nhanes_study, ["race"], ["sensitivity"])
    gaps = {place.label: gap for place, gap in compare_to_reference(table).groups}
    assert gaps["Asian"].high < 0.0


@pytest.mark.parametrize("study_name", ["nhanes_study", "heart_study", "forest_study"])
def test_no_small_count_is_printed(study_name: str, request: pytest.FixtureRequest) -> None:
    """Of patients, events or the rest, by any one attribute, in any row of any metric."""
    study: Study = request.getfixturevalue(study_name)
    for grouping in study.cohort.schema.groups:
        for table in compare_groups(study, [grouping.name], ALL):
            for _, estimate in table.groups:
                if estimate.status == "suppressed":
                    assert estimate.n is None
                    continue
                printed = (estimate.n, estimate.n_events, estimate.n - estimate.n_events)
                assert not any(0 < count < 11 for count in printed)
