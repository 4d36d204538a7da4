"""Shares and missingness by group, counted by hand; nothing small is shown."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explainers.core import Estimate, Slice, Study, SubgroupTable
from explainers.errors import SettingsError
from explainers.subgroups.calibration_curves import compare_calibration
from explainers.subgroups.representation import (
    Representation,
    compare_missingness,
    compare_representation,
)
from explainers.subgroups.shrinkage import ShrunkGroup, shrink_table
from explainers.uncertainty import wilson_interval

MakeStudy = Callable[..., Study]


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    rng = np.random.default_rng(8)
    risk = rng.beta(3, 4, 1000)
    risk[rng.random(1000) < np.where(np.arange(1000) < 600, 0.3, 0.05)] = np.nan
    return make_study(
        pd.DataFrame(
            {
                "risk": risk,
                "ill": np.where(rng.random(1000) < 0.4, "yes", "no"),
                "sex": np.where(np.arange(1000) < 600, "Female", "Male"),
                "site": np.where(np.arange(1000) < 995, "North", "East"),
                "age": 50,
            }
        )
    )


def test_shares_are_counts_over_patients_with_wilson_intervals(study: Study) -> None:
    rows = compare_representation(study.cohort, "sex", {"Female": 0.5, "Male": 0.5})
    assert [(row.place.label, row.share.value, row.target) for row in rows] == [
        ("Female", 0.6, 0.5),
        ("Male", 0.4, 0.5),
    ]
    assert rows[0].share.low == pytest.approx(wilson_interval(600, 1000).low)
    assert rows[0].ratio == pytest.approx(1.2)
    back = Representation.from_dict(json.loads(json.dumps(rows[0].to_dict())))
    assert back == rows[0]


def test_a_small_group_and_the_one_that_would_give_it_away_are_withheld(study: Study) -> None:
    """995 of 1,000 beside a withheld group is the withheld group."""
    rows = compare_representation(study.cohort, "site", study.cohort)
    by_label = {row.place.label: row for row in rows}
    assert by_label["East"].share.status == "suppressed"
    assert by_label["East"].target is None
    assert by_label["North"].share.status == "suppressed"


def test_targets_that_cannot_be_are_refused(study: Study) -> None:
    for target, words in (
        ({"Female": 0.5, "Male": 0.4}, "100%"),
        ({"Female": 1.5, "Male": -0.5}, "negative"),
        ({"Women": 1.0}, "one of the groups"),
    ):
        with pytest.raises(SettingsError, match=words):
            compare_representation(study.cohort, "sex", target)


def test_missingness_is_the_share_of_the_group_without_a_value(study: Study) -> None:
    """A denominator of all patients would hide that one group is rarely measured."""
    ((column, table),) = compare_missingness(study, "sex")
    assert column.name == "risk"
    is_missing = np.isnan(study.matrix[:, 0])
    shares = {place.label: estimate.value for place, estimate in table.groups}
    assert shares["Female"] == pytest.approx(is_missing[:600].mean())
    assert shares["Male"] == pytest.approx(is_missing[600:].mean())
    assert table.overall.value == pytest.approx(is_missing.mean())


def test_an_input_that_everybody_has_is_left_out(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    assert compare_missingness(make_study(patients), "sex") == ()


def test_calibration_curves_need_two_hundred_of_either_outcome(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    """A curve through 60 events is a picture of noise."""
    curves = compare_calibration(make_study(patients), "site")
    told = {place.label: type(curve).__name__ for place, curve in curves}
    assert told["Everybody"] == "Curve"
    assert told["South"] == "NoCurve"


def test_shrunk_groups_stand_beside_their_raw_values() -> None:
    """Sensitivity is a share of the events: shrunk over all patients it would hardly move."""
    counts = [(18, 20), (30, 60), (70, 100)]
    groups = tuple(
        (
            Slice((("by", f"g{at}"),)),
            Estimate("sensitivity", x / n, *_limits(x, n), 1000, n, "Wilson"),
        )
        for at, (x, n) in enumerate(counts)
    )
    hidden = (Slice((("by", "hidden"),)), Estimate.suppressed("sensitivity", "Withheld."))
    table = SubgroupTable("sensitivity", groups[0][1], (*groups, hidden), "g0")
    shrunk = shrink_table(table)
    assert [own.place.label for own in shrunk] == ["g0", "g1", "g2"]
    assert 0.7 < (shrunk[0].shrunk.value or 0) < 0.89
    assert shrunk[0].own_weight < shrunk[2].own_weight
    back = ShrunkGroup.from_dict(json.loads(json.dumps(shrunk[0].to_dict())))
    assert back == shrunk[0]
    assert shrink_table(SubgroupTable("sensitivity", groups[0][1], groups[:2], "g0")) == ()


def test_a_ratio_is_shrunk_on_the_log_scale() -> None:
    """Halved and doubled are equally far from 1; on the plain scale doubled would weigh more."""
    groups = tuple(
        (
            Slice((("by", f"g{at}"),)),
            Estimate("oe_ratio", value, value / 1.5, value * 1.5, 100, 20, "log"),
        )
        for at, value in enumerate((0.5, 1.0, 2.0))
    )
    values = [
        own.shrunk.value or 0
        for own in shrink_table(SubgroupTable("oe_ratio", groups[1][1], groups, "g1"))
    ]
    assert values[1] == pytest.approx(1.0)
    assert values[0] * values[2] == pytest.approx(1.0)
    assert 0.5 < values[0] < 0.8


def _limits(successes: int, n: int) -> tuple[float, float]:
    interval = wilson_interval(successes, n)
    return interval.low, interval.high
