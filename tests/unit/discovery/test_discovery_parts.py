"""The score test, the bins, the search and the release, each against what it should be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import norm

from explainers.core import Study
from explainers.performance.labelled_risk import LabelledRisk
from explainers.subgroups.discovery.attributes import cut_points, list_attributes
from explainers.subgroups.discovery.halves import split_halves
from explainers.subgroups.discovery.model_errors import Errors, scores_of
from explainers.subgroups.discovery.release import Release
from explainers.subgroups.discovery.search import search_crossed
from explainers.subgroups.discovery.settings import SearchSettings
from explainers.subgroups.discovery.tables import Half
from explainers.subgroups.discovery.trait import Trait
from explainers.subgroups.discovery.tree import grow_tree

DrawStudy = Callable[..., Study]


def whole_half(study: Study, **choices: float) -> Half:
    attributes, _ = list_attributes(study.cohort, study.model.columns, 40)
    errors = Errors.of(LabelledRisk.of(study.labels, study.risk), study.threshold)
    rows = np.arange(len(study.cohort))
    return Half(attributes, rows, errors, SearchSettings(**choices))


def test_the_score_is_that_of_a_logistic_regression(draw_study: DrawStudy) -> None:
    """A score without the free intercept would blame groups for what is off for everybody."""
    study = draw_study(800, 0, lambda _: 0.4)
    is_event = study.labels == 1.0
    is_member = study.cohort.frame["sex"].to_numpy() == "Female"
    model = sm.GLM(
        is_event.astype(float),
        np.ones((800, 1)),
        family=sm.families.Binomial(),
        offset=logit(study.risk),
    ).fit()
    statistic, p_value = model.score_test(exog_extra=is_member.astype(float)[:, None])[:2]
    errors = Errors.of(LabelledRisk(is_event, study.risk), study.threshold)
    scores = scores_of(errors.amounts[is_member].sum(axis=0)[None], errors.everybody, 0.0)[0]
    assert scores[0] ** 2 == pytest.approx(float(np.squeeze(statistic)), rel=1e-5)
    assert scores[1] == pytest.approx(-scores[0])
    one_sided = errors.p_value(is_member, "too_low" if scores[0] > 0 else "too_high")
    assert 2 * one_sided == pytest.approx(float(np.squeeze(p_value)), abs=0.01)


def test_p_values_are_uniform_where_events_are_few() -> None:
    """The plain normal tail calls small groups too often: their counts of events are skewed."""
    rng = np.random.default_rng(5)
    is_member = np.arange(800) < 150
    risk = np.where(is_member, 0.10, 0.06)
    p_values, normal = [], []
    for _ in range(1500):
        errors = Errors.of(LabelledRisk(rng.random(800) < risk, risk), 0.5)
        p_values.append(errors.p_value(is_member, "too_low"))
        sums = errors.amounts[is_member].sum(axis=0)[None]
        normal.append(norm.sf(scores_of(sums, errors.everybody, 0.0)[0, 0]))
    assert np.mean(np.array(p_values) < 0.01) == pytest.approx(0.01, abs=0.005)
    assert np.mean(np.array(normal) < 0.01) > np.mean(np.array(p_values) < 0.01)


def test_every_group_of_one_and_two_conditions_is_looked_at(draw_study: DrawStudy) -> None:
    """A search that passes over pairs cannot say that nothing was found among them."""
    half = whole_half(draw_study(1500), depth=2)
    choices = [(at, bins) for at, one in enumerate(half.attributes) for bins in one.choices()]
    singles = [(choice,) for choice in choices]
    pairs = [pair for pair in combinations(choices, 2) if pair[0][0] != pair[1][0]]
    counted, best = [], []
    for groups in (singles, pairs):
        sums = np.array([half.errors.amounts[half.members(group)].sum(axis=0) for group in groups])
        allowed = half.is_admissible(sums)
        counted.append(int(allowed.sum()))
        best.append(scores_of(sums[allowed], half.errors.everybody, 0.1).max(axis=0))
    searched = search_crossed(half)
    assert searched.n_looked_at == tuple(counted)
    for column, criterion in enumerate(("too_low", "too_high", "missed")):
        own = [one.score for one in searched.candidates if one.criterion == criterion]
        assert max(own, default=0.0) == pytest.approx(max(*(s[column] for s in best), 0.0))


def test_the_tree_finds_what_two_cuts_make_apart(draw_study: DrawStudy) -> None:
    def fault(patients: object) -> np.ndarray:
        return 1.5 * ((patients["bmi"] >= 31) & (patients["pressure"] < 120)).to_numpy()

    half = whole_half(draw_study(4000, 1, fault))
    parts, n_parts = grow_tree(half, (50, 1000, 5000))
    best = max(parts, key=lambda one: one.score)
    words = [half.attributes[at].trait(bins).label for at, bins in best.conditions]
    assert set(words) >= {"Body mass index", "Blood pressure"}
    assert 2 <= n_parts <= 14


def test_halves_are_disjoint_and_alike() -> None:
    strata = np.repeat([0, 1, 2], [101, 40, 60])
    first, second = split_halves(strata, 3)
    assert sorted([*first, *second]) == list(range(201))
    for stratum in range(3):
        assert abs((strata[first] == stratum).sum() - (strata[second] == stratum).sum()) <= 1
    assert list(split_halves(strata, 3)[0]) == list(first)
    assert list(split_halves(strata, 4)[0]) != list(first)


def test_what_subtraction_would_give_away_is_not_released() -> None:
    """A group of all women but five tells the five, once the table of women is published."""
    is_event = np.tile([True, False], 200)
    sex = np.repeat([0, 1], 200)
    release = Release(is_event, (sex,), 11)
    women = sex == 0
    assert release.allows(women, [])
    assert not release.allows(women & (np.arange(400) >= 10), [])
    assert release.allows(women & (np.arange(400) >= 60), [])
    assert not release.allows(np.arange(400) < 60, [np.arange(400) < 66])
    assert not release.allows(np.arange(400) < 12, [])


@pytest.mark.parametrize(
    ("trait", "text"),
    [
        (Trait("bmi", "BMI", "kg/m²", ranges=((None, 25.0),)), "BMI: under 25 kg/m²"),
        (Trait("bmi", "BMI", ranges=((25.0, 30.5),)), "BMI: 25 to under 30.5"),
        (
            Trait("bmi", "BMI", ranges=((30.0, None),), with_missing=True),
            "BMI: 30 or more or not recorded",
        ),
        (Trait("age", "Age", levels=("40-59", "60 and over")), "Age: 40-59 or 60 and over"),
        (Trait("bmi", "BMI", ranges=((None, None),)), "BMI: recorded"),
    ],
)
def test_a_condition_reads_in_plain_words(trait: Trait, text: str) -> None:
    assert trait.text == text


@given(
    st.lists(st.floats(-1000, 1000).map(lambda value: round(value, 1)), min_size=1, max_size=80),
    st.integers(0, 3),
)
def test_cuts_ascend_and_leave_nobody_out(values: list[float], decimals: int) -> None:
    """A cut at or below the smallest value, or above the largest, makes a group of nobody."""
    numbers = np.array(values)
    cuts = cut_points(numbers, decimals)
    assert cuts == sorted(set(cuts))
    assert all(numbers.min() < cut <= numbers.max() for cut in cuts)
    bins = np.searchsorted(cuts, numbers, side="right")
    assert bins.min() == 0
    assert bins.max() == len(cuts)


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_bins_and_words_hold_the_same_patients(data: st.DataObject) -> None:
    """Whatever bins are taken together, their words ask for the same patients."""
    from tests.unit.discovery.conftest import build_study, draw_patients  # noqa: PLC0415

    patients = draw_patients(120, data.draw(st.integers(0, 50)))
    cohort = build_study(patients, np.zeros(120), 0).cohort
    attributes, _ = list_attributes(cohort, cohort.schema.columns[1:5], 40)
    attribute = data.draw(st.sampled_from(attributes))
    bins = data.draw(st.frozensets(st.integers(0, attribute.n_bins - 1), min_size=1))
    expected = np.isin(attribute.codes, list(bins))
    assert (attribute.trait(bins).members(cohort) == expected).all()


def test_power_is_what_is_stated() -> None:
    """The smallest detectable effect must be detected as often as it says."""
    from explainers.subgroups.discovery.discover import POWER, _detectable  # noqa: PLC0415

    rng = np.random.default_rng(0)
    risk = expit(rng.normal(-1.2, 0.6, 3000))
    is_member = np.arange(3000) < 300
    choices = SearchSettings()
    flat = Errors.of(LabelledRisk(rng.random(3000) < risk, risk), 0.3)
    ratio = next(one.oe_ratio for one in _detectable(flat, choices) if one.share == 0.10)
    truth = np.where(is_member, risk * ratio, risk * (1 - 0.1 * ratio) / 0.9)
    n_found = 0
    for _ in range(300):
        errors = Errors.of(LabelledRisk(rng.random(3000) < truth, risk), 0.3)
        n_found += errors.p_value(is_member, "too_low") <= 0.05 / choices.most_slices
    assert n_found / 300 == pytest.approx(POWER, abs=0.08)
