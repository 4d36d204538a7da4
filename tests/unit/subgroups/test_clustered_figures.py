"""Figures of a threshold, shares, selections and mitigations where rows belong together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explainers.core import Cohort, Study
from explainers.core.belonging import Belonging
from explainers.performance.curves import NoCurve
from explainers.performance.metric import MetricSettings
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups.candidate_labels import NeedMeasure, RecordedNeed
from explainers.subgroups.disaggregation import compare_groups
from explainers.subgroups.error_rates import NEEDED, estimate_flagged
from explainers.subgroups.mitigation_changes import (
    CHANGED,
    Flagging,
    estimate_changes,
    estimate_figures,
    estimate_people,
)
from explainers.subgroups.need_by_risk import need_by_risk
from explainers.subgroups.representation import compare_missingness, compare_representation
from explainers.subgroups.selection_draws import count_resamples
from explainers.subgroups.selection_sample import SelectionSample
from explainers.subgroups.selections import Ranked, count_selections, rank_patients
from explainers.subgroups.threshold_counts import ThresholdCounts, count_by_threshold
from explainers.subgroups.thresholds import PerThousand, try_thresholds

Make = Callable[..., Study]
COPIES = 5
ROOT = np.sqrt(COPIES)


def repeated(patients: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Five rows of each patient, and who each row is."""
    rows = np.repeat(np.arange(len(patients)), COPIES)
    return patients.iloc[rows].reset_index(drop=True), rows


def declared(study: Study, persons: np.ndarray, **names: str) -> Study:
    frame = study.cohort.frame.assign(who=[f"w{name}" for name in persons])
    schema = replace(study.cohort.schema, **(names or {"person": "who"}))
    cohort = Cohort(frame, schema)
    return replace(study, cohort=cohort, reference=cohort)


@pytest.fixture
def large(patients: pd.DataFrame) -> pd.DataFrame:
    """Enough patients for curves by group."""
    return pd.concat([patients] * 3, ignore_index=True)


def of_everybody(study: Study) -> PerThousand:
    counts = count_by_threshold(study)
    return try_thresholds(counts, counts.thresholds[len(counts.thresholds) // 2])[0]


def test_people_per_thousand_of_copies_are_as_sure_as_the_persons(
    make_study: Make, large: pd.DataFrame
) -> None:
    """Prevents the threshold laboratory from being root 5 times too sure."""
    rows, persons = repeated(large)
    plain, people = make_study(rows), declared(make_study(rows), persons)
    counts = count_by_threshold(people)
    at = counts.thresholds[len(counts.thresholds) // 2]
    wide = try_thresholds(counts, at)[0]
    narrow = try_thresholds(replace(counts, everybody=_without_rows(counts)), at)[0]
    for own, other in zip(
        (*wide.people, wide.net_benefit, wide.standardized_net_benefit),
        (*narrow.people, narrow.net_benefit, narrow.standardized_net_benefit),
        strict=True,
    ):
        assert own.value == pytest.approx(other.value)
        assert own.width / other.width == pytest.approx(ROOT, rel=0.1), own.metric
        assert "by person" in own.interval_method
    assert "by person" not in of_everybody(plain).net_benefit.interval_method


def _without_rows(counts: ThresholdCounts) -> RiskBins:
    assert not isinstance(counts.everybody, NoCurve)
    return replace(counts.everybody, rows=None)


def test_a_group_that_is_one_site_is_not_counted_at_thresholds(
    make_study: Make, large: pd.DataFrame
) -> None:
    """Prevents an interval for a group of which there is only one cluster."""
    known = pd.concat([large[large["site"].notna()]] * 2, ignore_index=True)
    study = declared(make_study(known), np.arange(len(known)), site="site")
    counts = count_by_threshold(study, "site")
    assert not counts.counted
    assert any("one cluster" in bins.reason for _, bins in counts.groups)


def test_shares_of_groups_and_of_missing_inputs_count_persons(
    make_study: Make, patients: pd.DataFrame
) -> None:
    rows, persons = repeated(patients)
    study = make_study(patients)
    plain, people = make_study(rows), declared(make_study(rows), persons)
    target = {"Female": 0.5, "Male": 0.5}
    once, narrow, wide = (
        compare_representation(one.cohort, "sex", target) for one in (study, plain, people)
    )
    for own, few, many in zip(once, narrow, wide, strict=True):
        if own.share.value is None or many.share.value is None:
            continue
        assert many.share.value == pytest.approx(own.share.value)
        assert many.share.width == pytest.approx(own.share.width, rel=0.03)
        assert few.share.width < 0.5 * many.share.width
    assert compare_missingness(people, "sex") == ()


def test_shares_flagged_count_persons(make_study: Make, patients: pd.DataFrame) -> None:
    """Prevents demographic parity from being told with intervals of rows."""
    rows, persons = repeated(patients)
    study = declared(make_study(rows), persons)
    tables = dict(zip(NEEDED, compare_groups(study, ["sex"], NEEDED), strict=True))
    narrow, wide = estimate_flagged(tables), estimate_flagged(tables, study)
    pairs = zip(
        (narrow.overall, *(own for _, own in narrow.groups)),
        (wide.overall, *(own for _, own in wide.groups)),
        strict=True,
    )
    for few, many in pairs:
        assert many.value == pytest.approx(few.value)
        assert many.width / few.width == pytest.approx(ROOT, rel=0.05)
        assert "by person" in many.interval_method
    plain = make_study(rows)
    assert estimate_flagged(tables, plain) == narrow


def flaggings(own: Belonging | None, rows: np.ndarray) -> tuple[Flagging, Flagging]:
    rng = np.random.default_rng(2)
    first = 1 / (1 + np.exp(-rng.normal(-1, 1, 600)))
    second = np.clip(first * rng.uniform(0.7, 1.6, 600), 0, 0.98)
    is_event = rng.random(600) < first
    return tuple(  # type: ignore[return-value]
        Flagging(is_event[rows], risk[rows], risk[rows] >= 0.3, own) for risk in (first, second)
    )


@pytest.mark.parametrize("hides", ["", "few change sides"])
def test_changes_by_a_mitigation_count_persons(hides: str) -> None:
    """Prevents a mitigation from seeming surely better because each patient stands five times."""
    rows = np.repeat(np.arange(600), COPIES)
    settings = MetricSettings(0.3)
    found = []
    for pair in (
        flaggings(None, np.arange(600)),
        flaggings(None, rows),
        flaggings(Belonging(rows, "person"), rows),
    ):
        figures = tuple(estimate_figures(one, settings, lambda _: "") for one in pair)
        found.append(estimate_changes(pair, figures, settings, lambda _: hides))  # type: ignore[arg-type]
    for once, narrow, wide in zip(*found, strict=True):
        assert wide.value == pytest.approx(once.value)
        # As if of different patients, observed over expected takes the expected as fixed.
        assert wide.width == pytest.approx(once.width, rel=0.08), wide.metric
        assert narrow.width < 0.5 * wide.width
        assert "too narrow" not in wide.interval_method
    people = estimate_people(flaggings(Belonging(rows, "person"), rows), settings, lambda _: "")
    alone = estimate_people(flaggings(None, np.arange(600)), settings, lambda _: "")
    for one, other in zip(people, alone, strict=True):
        assert one.width == pytest.approx(other.width, rel=0.05)


def test_where_nobody_changes_sides_each_person_counts_once() -> None:
    """Prevents five visits of each person from passing for five people who all stayed."""
    rows = np.repeat(np.arange(600), COPIES)
    first, _ = flaggings(Belonging(rows, "person"), rows)
    alone, _ = flaggings(None, np.arange(600))
    settings, at = MetricSettings(0.3), CHANGED.index("sensitivity")
    both = []
    for one in (first, alone):
        figures = estimate_figures(one, settings, lambda _: "")
        both.append(estimate_changes((one, one), (figures, figures), settings, lambda _: "")[at])
    assert both[0].value == 0.0
    assert both[0].width == pytest.approx(both[1].width, rel=0.02)


def ranked(rows: np.ndarray, own: Belonging | None) -> Ranked:
    rng = np.random.default_rng(5)
    illness, group = rng.normal(size=500), rng.random(500) < 0.4
    scores = np.column_stack([illness + rng.normal(size=500) for _ in range(2)])
    need = np.round(3 * illness + rng.normal(size=500))
    labels = (scores + rng.normal(size=(500, 2)) > 1.0).astype(float)
    ties = np.random.default_rng(0).permutation(len(rows))
    orders = [rank_patients(score[rows], ties) for score in (*scores.T, need)]
    return Ranked(
        orders=tuple(orders),
        members=np.column_stack([group, ~group]).astype(float)[rows],
        labels=labels[rows],
        need=need[rows],
        favoured=1,
        n_selected=len(rows) // 10,
        belonging=own,
    )


def shares(patients: Ranked) -> list:  # type: ignore[type-arg]
    sample = SelectionSample.of(patients, floor=11, level=0.95, n_resamples=600, seed=0)
    everybody = np.ones(len(patients.need), dtype=np.bool_)
    return [
        sample.share("concentration", lambda c: c.events[:, 0, 0], lambda c: c.all_events[:, 0]),
        sample.share("rate", lambda c: c.groups[:, 0, 0], lambda c: c.everybody[:, 0]),
        sample.mean("need", lambda c: c.need[:, 0] / patients.n_selected),
        sample.counted_share("group", patients.members[:, 0] == 1.0, everybody),
    ]


def test_label_choice_draws_whole_persons() -> None:
    """Prevents copies of patients from passing for others in who is selected."""
    rows = np.repeat(np.arange(500), COPIES)
    once = shares(ranked(np.arange(500), None))
    narrow = shares(ranked(rows, None))
    wide = shares(ranked(rows, Belonging(rows, "person")))
    for own, few, many in zip(once, narrow, wide, strict=True):
        assert many.width == pytest.approx(own.width, rel=0.12), own.metric
        assert few.width < 0.6 * many.width
        assert "by person" in many.interval_method


def test_draws_of_persons_are_those_of_their_rows() -> None:
    """Prevents a person's rows from being drawn apart, and shares of another number of rows."""
    rng = np.random.default_rng(1)
    persons = np.sort(rng.integers(0, 80, 500))
    own = np.unique(persons, return_inverse=True)[1]
    patients = ranked(np.arange(500), Belonging(persons, "person"))
    found = count_resamples(patients, 100, seed=3)
    draws, n = np.random.default_rng(3), int(own.max()) + 1
    drawn = np.array([np.bincount(draws.integers(0, n, n), minlength=n)[own] for _ in range(100)])
    weights = drawn * (500 / drawn.sum(axis=1, keepdims=True))
    plain = count_selections(patients, weights)
    assert found.groups == pytest.approx(plain.groups)
    assert found.swapped == pytest.approx(plain.swapped)
    assert found.everybody.sum(axis=1) == pytest.approx(500.0)
    assert found.groups.sum(axis=2) == pytest.approx(50.0)


def test_a_resample_without_anybody_to_swap_is_counted() -> None:
    """Prevents fractions that do not add up exactly from being counted again without end."""
    sites = np.random.default_rng(0).integers(0, 7, 500)
    patients = ranked(np.arange(500), Belonging(sites, "site"))
    is_favoured = np.zeros(500, dtype=np.bool_)
    is_favoured[patients.orders[0][-60:]] = True
    members = np.column_stack([~is_favoured, is_favoured]).astype(float)
    found = count_resamples(replace(patients, members=members), 300, seed=0)
    assert (found.swapped == 0.0).all()


def test_few_sites_widen_the_percentiles_of_label_choice() -> None:
    """Prevents percentiles of six drawn hospitals, which lie too close, from being told as 95%."""
    sites = np.random.default_rng(0).integers(0, 6, 500)
    found = shares(ranked(np.arange(500), Belonging(sites, "site")))[0]
    assert found.interval_method.endswith("by site, a rough guide below 10")
    one = shares(ranked(np.arange(500), Belonging(np.zeros(500, dtype=np.int64), "site")))
    assert all("one cluster" in own.reason for own in one)


@pytest.mark.parametrize("kind", ["share", "number"])
def test_marks_of_need_by_risk_count_persons(kind: str) -> None:
    rng = np.random.default_rng(0)
    percentile, values = rng.random(200) * 100, rng.poisson(2.0, 200).astype(float)
    is_share = kind == "share"
    values = (values > 2).astype(float) if is_share else values
    measure = NeedMeasure("Need", "", is_share)
    rows = np.repeat(np.arange(200), COPIES)
    bands = []
    for chosen, own in (
        (np.arange(200), None),
        (rows, None),
        (rows, Belonging(rows, "person")),
    ):
        need = RecordedNeed(values[chosen], measure, np.zeros((len(chosen), 0)))
        floor = 11 if len(chosen) == 200 else 55
        curve = need_by_risk(percentile[chosen], need, floor, belonging=own)
        assert curve is not None
        bands.append(curve.high - curve.low)
    assert np.mean(bands[2]) > 1.9 * np.mean(bands[1])
