"""The identity that links error rates, against counts."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explainers.core import Estimate, Slice, Study, SubgroupTable
from explainers.errors import SettingsError
from explainers.subgroups import compare_groups
from explainers.subgroups.error_rates import (
    NEEDED,
    ErrorRates,
    compare_error_rates,
    estimate_flagged,
    implied_false_alarms,
    selection_ratio,
)
from explainers.uncertainty import wilson_interval

Tables = dict[str, SubgroupTable]


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    rng = np.random.default_rng(6)
    is_female = rng.random(2000) < 0.5
    risk = np.where(is_female, rng.beta(2, 6, 2000), rng.beta(3, 4, 2000))
    return make_study(
        pd.DataFrame(
            {
                "risk": risk,
                "ill": np.where(rng.random(2000) < risk, "yes", "no"),
                "sex": np.where(is_female, "Female", "Male"),
                "site": "North",
                "age": 50,
            }
        )
    )


@pytest.fixture
def tables(study: Study) -> Tables:
    return dict(zip(NEEDED, compare_groups(study, ["sex"], NEEDED), strict=True))


def test_the_false_positive_rate_follows_from_the_other_three(study: Study, tables: Tables) -> None:
    """Chouldechova's identity, with each figure counted from the patients."""
    for own in compare_error_rates(tables):
        members = (study.cohort.frame["sex"] == own.group).to_numpy()
        ill, flagged = study.labels[members] == 1, study.risk[members] >= study.threshold
        assert own.false_alarms == pytest.approx(flagged[~ill].mean())
        assert own.missed == pytest.approx((~flagged)[ill].mean())
        assert own.ppv == pytest.approx(ill[flagged].mean())
        implied = implied_false_alarms(own.prevalence, own.ppv, own.missed)
        assert implied == pytest.approx(own.false_alarms)


def test_equal_ppv_and_misses_force_unequal_false_alarms(tables: Tables) -> None:
    """The reference group implies itself; another prevalence implies another rate."""
    reference, female = compare_error_rates(tables)
    assert reference.group == "Male"
    assert reference.false_alarms_if_equal == pytest.approx(reference.false_alarms)
    odds = female.prevalence / (1 - female.prevalence)
    expected = odds * (1 - reference.ppv) / reference.ppv * (1 - reference.missed)
    assert female.false_alarms_if_equal == pytest.approx(expected)
    assert expected < reference.false_alarms


def test_a_rate_above_one_is_impossible_and_no_rate_at_all_is_refused() -> None:
    assert implied_false_alarms(0.9, 0.5, 0.1) > 1
    with pytest.raises(SettingsError):
        implied_false_alarms(0.0, 0.5, 0.1)


def test_the_share_flagged_is_counted_back_from_published_figures(
    study: Study, tables: Tables
) -> None:
    flagged = estimate_flagged(tables)
    members = (study.cohort.frame["sex"] == "Female").to_numpy()
    count = int((study.risk[members] >= study.threshold).sum())
    female = next(estimate for place, estimate in flagged.groups if place.label == "Female")
    assert female.value == pytest.approx(count / members.sum())
    assert female.low == pytest.approx(wilson_interval(count, int(members.sum())).low)
    ratios = [selection_ratio(flagged, place) for place, _ in flagged.groups]
    assert max(ratio or 0 for ratio in ratios) == 1


def test_what_is_withheld_stays_withheld(tables: Tables) -> None:
    """A share flagged beside a withheld sensitivity would give it away."""
    hidden = Estimate.suppressed("sensitivity", "Withheld.")
    groups = tuple((place, hidden) for place, _ in tables["sensitivity"].groups)
    own = tables | {"sensitivity": SubgroupTable("sensitivity", hidden, groups, "Male")}
    flagged = estimate_flagged(own)
    assert flagged.overall.status == "suppressed"
    assert {estimate.status for _, estimate in flagged.groups} == {"suppressed"}
    assert compare_error_rates(own) == ()
    assert selection_ratio(flagged, flagged.groups[0][0]) is None
    assert selection_ratio(flagged, Slice()) is None


def test_a_missing_table_is_named(tables: Tables) -> None:
    del tables["ppv"]
    with pytest.raises(SettingsError, match="ppv"):
        compare_error_rates(tables)


def test_rates_read_back_from_their_json(tables: Tables) -> None:
    own = compare_error_rates(tables)[1]
    assert ErrorRates.from_dict(json.loads(json.dumps(own.to_dict()))) == own
