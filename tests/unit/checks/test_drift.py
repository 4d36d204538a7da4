"""Patients unlike those trained on are found; the same kind of patients are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from explainers.checks import Inspection
from explainers.checks.drift import Drift
from explainers.checks.shifts import find_shifts

Make = Callable[..., Inspection]
Draw = Callable[..., pd.DataFrame]


def test_patients_of_the_same_kind_are_left_alone(make_inspection: Make, draw: Draw) -> None:
    """Prevents chance between two draws from being called drift, large or small."""
    for n in (120, 400, 1500):
        for seed in range(2):
            inspection = make_inspection(draw(n, 2 * seed), draw(n, 2 * seed + 1))
            result = Drift().run(inspection)
            assert result.outcome == "nothing found", (n, seed, result.findings)


def test_one_moved_input_is_named_with_both_shares(make_inspection: Make, draw: Draw) -> None:
    """Prevents a new measuring device from going unseen, and the wrong input from being named."""
    now = draw(2000, 1)
    now["pressure"] += 15.0
    result = Drift().run(make_inspection(now, draw(2000, 2)))
    first = result.findings[0]
    assert first.title.startswith("Blood pressure")
    assert first.severity == "medium"
    assert "of the training patients" in first.explanation
    figure = first.evidence[0]
    assert figure.level > 0.95
    assert not (figure.low or 0.0) <= 0.0 <= (figure.high or 0.0)


def test_gaps_and_spread_and_levels_are_seen_too(make_inspection: Make, draw: Draw) -> None:
    """Prevents a check that looks at means only."""
    then = draw(2000, 2)
    for name, change in (
        ("marker", lambda v: v.where(np.arange(len(v)) % 4 > 0)),
        ("marker", lambda v: 2.5 * v),
        ("smoker", lambda v: v.where(np.arange(len(v)) % 3 > 0, "yes")),
    ):
        now = draw(2000, 1)
        now[name] = change(now[name])
        titles = [finding.title for finding in Drift().run(make_inspection(now, then)).findings]
        assert any(name in title.lower() for title in titles), (name, titles)


def test_a_small_move_is_no_finding(make_inspection: Make, draw: Draw) -> None:
    """Prevents a difference that is sure in many patients, and irrelevant, from being listed."""
    now = draw(8000, 1)
    now["pressure"] += 1.5
    assert Drift().run(make_inspection(now, draw(8000, 2))).outcome == "nothing found"


def test_combinations_that_never_were_are_a_high_finding(make_inspection: Make, draw: Draw) -> None:
    """Prevents inputs that each look usual from hiding patients who do not."""
    then, now = draw(1500, 2), draw(1500, 1)
    noise = np.random.default_rng(0).normal(0, 2, 1500)
    then["pressure"] = 80 + then["age"] + noise
    then["marker"] = (then["age"] - 50) / 12 + noise / 20
    for name in ("pressure", "marker"):
        now[name] = then[name].to_numpy()
    inspection = make_inspection(now, then)
    assert not [s for s in find_shifts(inspection.study, inspection.study) if s.label == "Marker"]
    (joint,) = [f for f in Drift().run(inspection).findings if f.severity == "high"]
    assert joint.evidence[0].metric == "unusual_share"
    assert (joint.evidence[0].low or 0.0) > 0.25


def test_a_share_of_a_few_people_is_not_told(make_inspection: Make, draw: Draw) -> None:
    """Prevents a part with 1 to 10 patients from being told by its share."""
    then, now = draw(200, 2), draw(60, 1)
    now["pressure"] = 100.0
    now.loc[:4, "pressure"] = 160.0
    for finding in Drift().run(make_inspection(now, then)).findings:
        for figure in finding.evidence:
            assert figure.n_events is None or not 1 <= figure.n_events <= 10
        assert "8%" not in finding.explanation


def test_without_training_patients_it_says_so(make_inspection: Make, draw: Draw) -> None:
    result = Drift().run(make_inspection(draw(100, 0)))
    assert result.outcome == "not applicable"
    assert "trained on" in result.reason
