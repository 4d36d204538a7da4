"""Metrics of patients who belong together."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit

from explainers.performance import METRICS, estimate_metric
from explainers.performance.clustered import estimate_clustered
from explainers.performance.metric import MetricSettings

SETTINGS = MetricSettings(0.3)
Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


def draw(rng: np.random.Generator, n_sites: int, size: int) -> Sample:
    """Outcomes, risks and sites; a site moves its patients' risks, and their outcomes further."""
    site = np.repeat(rng.normal(0.0, 1.0, n_sites), size)
    log_odds = rng.normal(-1.0, 1.0, n_sites * size) + 0.6 * site
    ill = rng.random(n_sites * size) < expit(log_odds + 0.4 * site)
    return ill.astype(float), expit(log_odds), np.repeat(np.arange(n_sites), size)


@pytest.mark.parametrize("slug", [metric.slug for metric in METRICS])
def test_patients_alone_have_about_the_usual_interval(slug: str) -> None:
    """An influence function with a wrong sign or scale shows here, metric by metric."""
    ill, risk, _ = draw(np.random.default_rng(0), 150, 20)
    usual = estimate_metric(slug, ill, risk, 0.3)
    found = estimate_clustered(slug, ill, risk, np.arange(len(ill)), SETTINGS)
    assert found.value == usual.value
    # The usual one of observed over expected takes the expected number as fixed.
    assert found.width == pytest.approx(usual.width, rel=0.25 if slug == "oe_ratio" else 0.08)


def test_the_slope_has_the_sandwich_of_statsmodels() -> None:
    ill, risk, sites = draw(np.random.default_rng(1), 40, 30)
    design = sm.add_constant(logit(risk))
    fit = sm.GLM(ill, design, family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": sites, "use_correction": False}
    )
    found = estimate_clustered("calibration_slope", ill, risk, sites, SETTINGS)
    half = 2.022691 * fit.bse[1] * np.sqrt(40 / 39)  # t with 39 degrees of freedom
    assert (found.low, found.high) == pytest.approx(
        (fit.params[1] - half, fit.params[1] + half), rel=1e-5
    )


def test_coverage_where_sites_differ() -> None:
    """Intervals that take patients as independent hold the truth far less often than they say."""
    slugs = ("prevalence", "sensitivity", "auroc", "oe_ratio")
    rng = np.random.default_rng(5)
    ill, risk, _ = draw(rng, 40_000, 10)
    truth = {slug: estimate_metric(slug, ill, risk, 0.3).value for slug in slugs}
    hits = {slug: np.zeros(2) for slug in slugs}
    n_samples = 200
    for _ in range(n_samples):
        ill, risk, sites = draw(rng, 30, 40)
        for slug in slugs:
            usual = estimate_metric(slug, ill, risk, 0.3)
            found = estimate_clustered(slug, ill, risk, sites, SETTINGS)
            hits[slug] += [e.low <= truth[slug] <= e.high for e in (usual, found)]
    for slug in slugs:
        usual_share, share = hits[slug] / n_samples
        assert 0.9 <= share <= 0.99, slug
        assert usual_share < share - 0.01, slug
    assert hits["prevalence"][0] / n_samples < 0.75


def test_labels_and_clusters_stay_together() -> None:
    """Clusters of the unlabelled, left in, would shift those of everybody after them."""
    ill, risk, sites = draw(np.random.default_rng(2), 12, 30)
    blank = np.insert(ill, [0, 100], np.nan), np.insert(risk, [0, 100], 0.5)
    names = np.insert(sites.astype(object), [0, 100], [None, None])
    assert estimate_clustered("auroc", *blank, names, SETTINGS) == estimate_clustered(
        "auroc", ill, risk, sites, SETTINGS
    )


def test_a_share_of_one_cluster_has_no_interval() -> None:
    ill, risk, sites = draw(np.random.default_rng(3), 6, 30)
    only = np.where(sites == 2, ill, 0.0)
    assert "one cluster" in estimate_clustered("sensitivity", only, risk, sites, SETTINGS).reason
    apart = np.where(ill == 1, 0.9, 0.1)
    perfect = estimate_clustered("auroc", ill, apart, sites, SETTINGS)
    assert (perfect.value, perfect.high) == (1.0, 1.0)
    assert perfect.low < 0.4  # three pairs of sites
