"""Curves, comparisons of models and figures of a threshold where rows belong together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from explainers.core.belonging import Belonging
from explainers.errors import SettingsError
from explainers.performance import model_agreement, paired_differences
from explainers.performance.curves import NoCurve
from explainers.performance.decision_curves import DecisionCurve, decision_curve
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.risk_bins import RiskBins, count_between
from explainers.performance.stratified_auroc import estimate_auroc_within
from explainers.uncertainty.bootstrap import resampled_weights

EDGES = np.linspace(0.0, 1.0, 41)
SETTINGS = MetricSettings(float(EDGES[12]))


def draw(n: int, seed: int = 0) -> tuple[LabelledRisk, LabelledRisk]:
    """Patients with the risks of two models."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1.0, 1.2, n)
    ill = rng.random(n) < expit(log_odds)
    other = expit(0.7 * log_odds + rng.normal(0.0, 0.6, n) - 0.3)
    return LabelledRisk(ill, expit(log_odds)), LabelledRisk(ill, other)


def copied(patients: LabelledRisk, times: int = 5, *, declared: bool = True) -> LabelledRisk:
    """So many rows of each patient, as one person's or as if of different ones."""
    rows = np.repeat(np.arange(len(patients)), times)
    own = Belonging(rows, "person") if declared else None
    return LabelledRisk(patients.is_event[rows], patients.risk[rows], own)


def every_row_alone(patients: LabelledRisk) -> LabelledRisk:
    """Declared, with a person of their own for each row."""
    return replace(patients, clusters=Belonging(np.arange(len(patients)), "person"))


def widths(patients: LabelledRisk, *, is_standardized: bool) -> tuple[np.ndarray, np.ndarray]:
    found = decision_curve(
        count_between(patients, EDGES), (0.1, 0.5), is_standardized=is_standardized
    )
    assert isinstance(found, DecisionCurve)
    return found.model.high - found.model.low, found.gain.high - found.gain.low


@pytest.mark.parametrize("scale", ["plain", "standardized"])
def test_a_decision_curve_of_copies_has_the_band_of_the_persons(scale: str) -> None:
    """Prevents copies from making a curve look root 5 times as sure as it is."""
    patients, is_standardized = draw(500)[0], scale == "standardized"
    once, over_once = widths(patients, is_standardized=is_standardized)
    rows, _ = widths(copied(patients, declared=False), is_standardized=is_standardized)
    people, over = widths(copied(patients), is_standardized=is_standardized)
    assert people == pytest.approx(once, rel=0.15)
    assert np.mean(people / rows) == pytest.approx(np.sqrt(5.0), rel=0.05)
    # Over the better default the limits are the lesser of two, and never narrower than one.
    assert (over > 0.85 * over_once).all()


def test_a_decision_curve_has_the_bootstrap_of_whole_persons() -> None:
    """Prevents a wrong slope: the band is that of persons drawn with all their visits."""
    rng = np.random.default_rng(3)
    persons = np.repeat(np.arange(150), rng.integers(1, 8, 150))
    log_odds = rng.normal(-1.0, 1.0, len(persons)) + rng.normal(0.0, 1.0, 150)[persons]
    ill = rng.random(len(persons)) < expit(log_odds)
    bins = count_between(LabelledRisk(ill, expit(log_odds), Belonging(persons, "person")), EDGES)
    found = decision_curve(bins, (0.1, 0.5), is_standardized=True)
    assert isinstance(found, DecisionCurve)
    at = int(np.flatnonzero(found.model.x == EDGES[12])[0])
    flagged, harm = expit(log_odds) >= EDGES[12], EDGES[12] / (1.0 - EDGES[12])
    draws = []
    for weights in resampled_weights(150, 2000, seed=1):
        rows = weights[:, persons]
        benefit = rows @ (flagged * np.where(ill, 1.0, -harm))
        draws.append(benefit / (rows @ ill))
    low, high = np.quantile(np.concatenate(draws), [0.025, 0.975])
    width = found.model.high[at] - found.model.low[at]
    assert width == pytest.approx(high - low, rel=0.1)


def test_paired_figures_of_copies_are_those_of_the_persons() -> None:
    """Prevents one model from seeming surely better because each patient stands five times."""
    first, second = draw(500)
    for estimate in (
        paired_differences.estimate_auroc_difference,
        paired_differences.estimate_benefit_difference,
    ):
        once = estimate(first, second, SETTINGS)
        rows = estimate(copied(first, declared=False), copied(second, declared=False), SETTINGS)
        people = estimate(copied(first), copied(second), SETTINGS)
        assert people.value == pytest.approx(once.value)
        assert people.width == pytest.approx(once.width, rel=0.1)
        assert rows.width < 0.5 * people.width
        assert people.interval_method == "Cluster-robust, by person"
    over = paired_differences.estimate_benefit_over_default(copied(first), SETTINGS)
    once = paired_differences.estimate_benefit_over_default(first, SETTINGS)
    assert over.value == pytest.approx(once.value)
    assert over.width > 0.9 * once.width


def test_the_auroc_difference_of_rows_alone_is_delongs() -> None:
    """Prevents an influence of the wrong sign: with a person for each row both agree."""
    first, second = draw(800, seed=4)
    usual = paired_differences.estimate_auroc_difference(first, second, SETTINGS)
    # Each person twice has the same influence sums as once, and an effect that can be seen.
    twice = paired_differences.estimate_auroc_difference(
        copied(first, 2), copied(second, 2), SETTINGS
    )
    assert (twice.low, twice.high) == pytest.approx((usual.low, usual.high), abs=2e-4)


def test_agreement_of_copies_is_that_of_the_persons() -> None:
    first, second = draw(400)
    pair = (first.risk, second.risk)
    rows = np.repeat(np.arange(400), 5)
    copies = (first.risk[rows], second.risk[rows])
    for estimate in (model_agreement._rank_correlation, model_agreement._mean_difference):
        once = estimate(pair, None, 0)
        people = estimate(copies, Belonging(rows, "person"), 0)
        assert people.value == pytest.approx(once.value)
        assert people.width == pytest.approx(once.width, rel=0.12)
        assert estimate(copies, None, 0).width < 0.5 * people.width
        one = estimate(copies, Belonging(np.zeros_like(rows), "site"), 0)
        assert one.status == "not_estimable"
    alike = model_agreement._rank_correlation((copies[0], copies[0]), Belonging(rows, "person"), 0)
    assert (alike.low, alike.value, alike.high) == pytest.approx((1.0, 1.0, 1.0))


def test_ranking_within_strata_counts_clusters() -> None:
    first, _ = draw(400)
    strata = np.random.default_rng(0).integers(0, 3, 400)
    once = estimate_auroc_within(first, strata, SETTINGS)
    people = estimate_auroc_within(copied(first), np.repeat(strata, 5), SETTINGS)
    for own, wide in zip(once, people, strict=True):
        assert wide.value == pytest.approx(own.value)
        assert wide.width == pytest.approx(own.width, rel=0.03)


def test_a_single_cluster_has_no_curve_and_no_difference() -> None:
    """Prevents an interval where nothing tells how persons or sites differ."""
    first, second = draw(400)
    one = Belonging(np.zeros(400, dtype=np.int64), "site")
    alone = [replace(patients, clusters=one) for patients in (first, second)]
    found = paired_differences.estimate_auroc_difference(alone[0], alone[1], SETTINGS)
    assert "one cluster" in found.reason
    over = paired_differences.estimate_benefit_over_default(alone[0], SETTINGS)
    assert "one cluster" in over.reason
    curve = decision_curve(count_between(alone[0], EDGES), (0.1, 0.5))
    assert isinstance(curve, NoCurve)


def test_few_sites_use_students_quantile() -> None:
    """Prevents four hospitals from passing for many: 3 degrees of freedom and a warning name."""
    first, second = draw(400)
    sites = [
        replace(own, clusters=Belonging(np.arange(400) % 4, "site")) for own in (first, second)
    ]
    found = paired_differences.estimate_benefit_difference(sites[0], sites[1], SETTINGS)
    assert found.interval_method == "Cluster-robust, by site, a rough guide below 10"
    harm = SETTINGS.declared_threshold / (1.0 - SETTINGS.declared_threshold)
    worth = np.where(first.is_event, 1.0, -harm)
    flags = [one.risk >= SETTINGS.declared_threshold for one in (first, second)]
    gain = worth * (flags[0].astype(float) - flags[1])
    sums = np.bincount(np.arange(400) % 4, (gain - gain.mean()) / 400)
    half = 3.182446 * np.sqrt(4 / 3 * np.square(sums).sum())  # t with 3 degrees of freedom
    assert (found.low, found.high) == pytest.approx(
        (gain.mean() - half, gain.mean() + half), rel=1e-5
    )


def test_rows_of_persons_without_repeats_are_counted_as_ever() -> None:
    """Prevents any figure from moving where the declaration changes nothing."""
    first, second = (every_row_alone(own) for own in draw(300))
    plain, other = draw(300)
    for estimate in (
        paired_differences.estimate_auroc_difference,
        paired_differences.estimate_benefit_difference,
    ):
        assert estimate(first, second, SETTINGS) == estimate(plain, other, SETTINGS)
    own = decision_curve(count_between(first, EDGES), (0.1, 0.5))
    assert isinstance(own, DecisionCurve)
    usual = decision_curve(count_between(plain, EDGES), (0.1, 0.5))
    assert isinstance(usual, DecisionCurve)
    assert own.to_dict() == usual.to_dict()


def test_bins_of_rows_that_belong_together_are_neither_added_nor_written() -> None:
    """Prevents them from being read back as if of independent patients."""
    bins = count_between(copied(draw(100)[0], 2), EDGES)
    with pytest.raises(SettingsError, match="cannot be added"):
        _ = bins + bins
    with pytest.raises(SettingsError, match="cannot be written"):
        bins.to_dict()
    plain = count_between(draw(100)[0], EDGES)
    assert RiskBins.from_dict(plain.to_dict()).to_dict() == plain.to_dict()


def test_wider_bins_keep_whose_rows_are_where() -> None:
    """Prevents merged bins from spreading the rows of a person over other bins."""
    patients = copied(draw(300)[0], 3)
    starts = np.array([0, 4, 12, 25, 40])
    merged = count_between(patients, EDGES).merged(starts)
    again = count_between(patients, EDGES[starts])
    assert merged.rows is not None
    assert again.rows is not None
    assert (merged.rows.bin_of == again.rows.bin_of).all()
    assert merged.rows.n_bins == again.rows.n_bins == 4


def test_coverage_of_figures_of_repeated_patients() -> None:
    """Prevents intervals that hold the truth far less often than they say, over 300 cohorts."""
    rng = np.random.default_rng(9)

    def sample(n_persons: int) -> tuple[LabelledRisk, LabelledRisk]:
        persons = np.repeat(np.arange(n_persons), rng.integers(1, 10, n_persons))
        shared, apart = rng.normal(0.0, 1.0, (2, n_persons))[:, persons]
        log_odds = rng.normal(-1.0, 0.5, len(persons)) + shared
        ill = rng.random(len(persons)) < expit(log_odds + 1.5 * apart)
        own = Belonging(persons, "person")
        other = expit(log_odds + apart)
        return LabelledRisk(ill, expit(log_odds), own), LabelledRisk(ill, other, own)

    estimates = {
        "difference": lambda pair: paired_differences.estimate_benefit_difference(*pair, SETTINGS),
        "over": lambda pair: paired_differences.estimate_benefit_over_default(pair[0], SETTINGS),
        "auroc": lambda pair: paired_differences.estimate_auroc_difference(*pair, SETTINGS),
    }
    everybody = sample(100_000)
    truth = {name: estimate(everybody).value for name, estimate in estimates.items()}
    hits = dict.fromkeys(estimates, 0)
    n_cohorts = 300
    for _ in range(n_cohorts):
        pair = sample(100)
        for name, estimate in estimates.items():
            found = estimate(pair)
            hits[name] += found.low <= truth[name] <= found.high
    for name, n_hits in hits.items():
        assert 0.91 <= n_hits / n_cohorts <= 0.99, name
