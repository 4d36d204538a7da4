"""Differences from the reference group."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explainers.core import Estimate, Slice, Study, SubgroupTable
from explainers.errors import SettingsError
from explainers.performance.metrics import estimate_metric
from explainers.subgroups import compare_groups, compare_to_reference, estimate_gap
from explainers.uncertainty import newcombe_interval

MakeStudy = Callable[..., Study]


def test_gap_of_shares_is_newcombes(make_study: MakeStudy, patients: pd.DataFrame) -> None:
    study = make_study(patients)
    (table,) = compare_groups(study, ["sex"], ["sensitivity"])
    gaps = compare_to_reference(table)
    ((place, gap),) = gaps.groups
    flagged = (study.risk >= 0.3) & (study.labels == 1)
    parts = []
    for sex in ("Female", "Male"):
        own = (patients["sex"] == sex).to_numpy()
        parts.append((int((flagged & own).sum()), int(((study.labels == 1) & own).sum())))
    expected = newcombe_interval(parts[0], parts[1])
    assert (place.label, gap.metric, gap.interval_method) == (
        "Female",
        "sensitivity_gap",
        "Newcombe",
    )
    assert (gap.low, gap.high) == pytest.approx((expected.low, expected.high))
    assert gap.value == pytest.approx(parts[0][0] / parts[0][1] - parts[1][0] / parts[1][1])
    assert gaps.reference_group == "Male"


def test_gap_of_aurocs_covers_no_difference_as_often_as_promised() -> None:
    """Two disjoint groups: variances add. Treating them as paired is too narrow."""
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(600):
        groups = []
        for n in (80, 150):
            labels = (np.arange(n) < n // 3).astype(float)
            risk = 1 / (1 + np.exp(-(rng.normal(0, 1, n) + 1.2 * labels)))
            groups.append(estimate_metric("auroc", labels, risk, None))
        gap = estimate_gap(groups[0], groups[1])
        covered.append(gap.low <= 0.0 <= gap.high)
    assert 0.93 <= np.mean(covered) <= 0.98


def test_a_hidden_side_hides_the_gap() -> None:
    """The shown side and the gap would give the hidden side away."""
    shown = Estimate("ppv", 0.4, 0.3, 0.5, 200, 90, "Wilson")
    hidden = Estimate.suppressed("ppv", "Withheld.")
    for gap in (estimate_gap(shown, hidden), estimate_gap(hidden, shown)):
        assert gap.status == "suppressed"
        assert gap.n is None


def test_a_hidden_side_wins_over_one_that_cannot_be_estimated() -> None:
    """A reason of "nobody flagged" beside a hidden group would print its counts."""
    absent = Estimate.not_estimable("ppv", "Nobody flagged.", n=90, n_events=30)
    assert estimate_gap(absent, Estimate.suppressed("ppv", "Withheld.")).status == "suppressed"
    reference = Estimate("ppv", 0.4, 0.3, 0.5, 200, 90, "Wilson")
    gap = estimate_gap(absent, reference)
    assert (gap.status, gap.reason) == ("not_estimable", "Nobody flagged.")


def test_no_gap_between_different_metrics_or_without_a_reference() -> None:
    first = Estimate("ppv", 0.4, 0.3, 0.5, 200, 90, "Wilson")
    second = Estimate("npv", 0.4, 0.3, 0.5, 200, 90, "Wilson")
    with pytest.raises(SettingsError, match="one metric"):
        estimate_gap(first, second)
    table = SubgroupTable("ppv", first, ((Slice((("sex", "Female"),)), first),), "Male")
    with pytest.raises(SettingsError, match="reference group"):
        compare_to_reference(table)


def test_everybody_has_no_gap_and_a_hidden_total_stays_hidden() -> None:
    own = Estimate("ppv", 0.4, 0.3, 0.5, 200, 90, "Wilson")
    groups = ((Slice((("sex", "Male"),)), own),)
    assert compare_to_reference(SubgroupTable("ppv", own, groups, "Male")).overall.status == (
        "not_estimable"
    )
    hidden = SubgroupTable("ppv", Estimate.suppressed("ppv", "Withheld."), groups, "Male")
    assert compare_to_reference(hidden).overall.status == "suppressed"
