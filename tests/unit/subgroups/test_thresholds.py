"""People per 1,000 by group and threshold: counted by hand, and safe to subtract."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explainers.core import Study
from explainers.errors import SettingsError
from explainers.performance.curves import NoCurve
from explainers.performance.metrics import estimate_metric
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups.threshold_counts import ThresholdCounts, count_by_threshold
from explainers.subgroups.thresholds import PerThousand, harm_ratio, try_thresholds

MakeStudy = Callable[..., Study]


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    rng = np.random.default_rng(2)
    n = 1600
    risk = rng.beta(2, 5, n)
    return make_study(
        pd.DataFrame(
            {
                "risk": risk,
                "ill": np.where(rng.random(n) < risk, "yes", "no"),
                "sex": rng.choice(["Female", "Male"], n, p=[0.4, 0.6]),
                "site": rng.choice(["North", "South", "East"], n, p=[0.53, 0.38, 0.09]),
                "age": rng.integers(30, 90, n),
            }
        )
    )


def members(study: Study, column: str, label: str) -> np.ndarray:
    return (study.cohort.frame[column] == label).to_numpy()


def test_the_four_numbers_are_the_people_of_the_group(study: Study) -> None:
    """Rates of the whole cohort, or missed and false alarms swapped, would pass a sum check."""
    rows = try_thresholds(count_by_threshold(study, "sex"), study.threshold)
    assert [row.place.label for row in rows] == ["Everybody", "Female", "Male"]
    own = members(study, "sex", "Female")
    ill, flagged = study.labels[own] == 1, study.risk[own] >= study.threshold
    expected = [
        (ill & flagged).mean(),
        (ill & ~flagged).mean(),
        (~ill & flagged).mean(),
        (~ill & ~flagged).mean(),
    ]
    values = [estimate.value for estimate in rows[1].people]
    assert values == pytest.approx([1000 * share for share in expected])
    assert sum(value or 0 for value in values) == pytest.approx(1000)
    for estimate in rows[1].people:
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low < (estimate.value or 0) < estimate.high


def test_net_benefit_is_that_of_the_group_table(study: Study) -> None:
    rows = try_thresholds(count_by_threshold(study, "sex"), study.threshold)
    own = members(study, "sex", "Male")
    for slug, estimate in (
        ("net_benefit", rows[2].net_benefit),
        ("standardized_net_benefit", rows[2].standardized_net_benefit),
    ):
        metric = estimate_metric(slug, study.labels[own], study.risk[own], study.threshold)
        assert estimate.value == pytest.approx(metric.value)


def test_a_group_with_a_threshold_of_its_own_is_counted_at_it(study: Study) -> None:
    """Everybody at the common threshold beside groups at others would not add up."""
    counts = count_by_threshold(study, "sex")
    higher = counts.thresholds[-2]
    rows = try_thresholds(counts, study.threshold, {"Female": higher})
    assert [(row.place.label, row.threshold) for row in rows] == [
        ("Female", higher),
        ("Male", study.threshold),
    ]
    own = members(study, "sex", "Female")
    found = ((study.labels[own] == 1) & (study.risk[own] >= higher)).mean()
    assert rows[0].found.value == pytest.approx(1000 * found)


def test_thresholds_that_are_not_on_offer_are_refused(study: Study) -> None:
    counts = count_by_threshold(study, "sex")
    with pytest.raises(SettingsError, match="edges"):
        try_thresholds(counts, 0.3001)
    with pytest.raises(SettingsError, match="counted"):
        try_thresholds(counts, study.threshold, {"Nobody": 0.3})


def test_no_difference_between_published_counts_is_of_a_few_people(study: Study) -> None:
    """The attacker subtracts thresholds, groups, and the groups from everybody."""
    counts = count_by_threshold(study, "site")
    assert isinstance(counts.everybody, RiskBins)
    assert {place.label for place, _ in counts.counted} == {"North", "South"}
    edges = counts.counted[0][1].edges
    assert set(edges) <= set(counts.everybody.edges)
    at = np.searchsorted(counts.everybody.edges, edges[:-1])
    for kind in ("events", "others"):
        everybody = np.add.reduceat(getattr(counts.everybody, kind), at)
        parts = [getattr(bins, kind) for _, bins in counts.counted]
        for steps in (*parts, everybody - sum(parts), getattr(counts.everybody, kind)):
            assert ((steps == 0) | (steps >= 11)).all(), kind


def test_a_small_group_says_why_and_costs_the_others_nothing(study: Study) -> None:
    counts = count_by_threshold(study, "site")
    east = next(bins for place, bins in counts.groups if place.label == "East")
    assert isinstance(east, NoCurve)
    assert "Withheld" in east.reason or "Fewer than 55" in east.reason
    assert study.threshold in counts.thresholds


def test_too_few_patients_for_anything(make_study: MakeStudy, patients: pd.DataFrame) -> None:
    """Neither a crash nor a count where 13 patients have an outcome."""
    counts = count_by_threshold(make_study(patients.iloc[15:33]), "sex")
    assert isinstance(counts.everybody, NoCurve)
    assert counts.thresholds == ()
    assert all(isinstance(bins, NoCurve) for _, bins in counts.groups)


def test_everybody_alone_needs_no_attribute(study: Study) -> None:
    counts = count_by_threshold(study)
    assert counts.groups == ()
    assert len(counts.thresholds) > 10
    assert len(try_thresholds(counts, study.threshold)) == 1


def test_the_harm_ratio_is_the_odds_against() -> None:
    """At 0.2 four false alarms weigh as much as one missed patient, not five."""
    assert harm_ratio(0.2) == pytest.approx(4)
    with pytest.raises(SettingsError):
        harm_ratio(1.0)


def test_results_read_back_from_their_json(study: Study) -> None:
    counts = count_by_threshold(study, "site")
    back = ThresholdCounts.from_dict(json.loads(json.dumps(counts.to_dict())))
    assert back.thresholds == counts.thresholds
    assert [type(bins) for _, bins in back.groups] == [type(bins) for _, bins in counts.groups]
    row = try_thresholds(counts, study.threshold)[1]
    assert PerThousand.from_dict(json.loads(json.dumps(row.to_dict()))) == row
