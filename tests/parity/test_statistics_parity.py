"""Our statistics against scikit-learn, statsmodels and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.special import expit, logit
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    roc_auc_score,
)
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from explainers.performance.discrimination import (
    _weighted_precision,
    last_of_each_tie,
    precision_influence,
)
from explainers.performance.logistic import fit_logistic
from explainers.performance.metrics import estimate_metric
from explainers.performance.spline import natural_spline
from explainers.uncertainty import exact_interval, newcombe_interval, wilson_interval

Sample = tuple[np.ndarray, np.ndarray]


@pytest.fixture(params=[(200, 15), (1500, 15), (1500, 1)], ids=["small", "large", "tied"])
def sample(request: pytest.FixtureRequest) -> Sample:
    """Labels and miscalibrated risks; with one decimal nearly all risks are tied."""
    n, decimals = request.param
    rng = np.random.default_rng(n)
    risk = np.clip(expit(rng.normal(-1.0, 1.2, n)).round(decimals), 0.01, 0.99)
    labels = (rng.random(n) < expit(0.3 + 0.7 * logit(risk))).astype(float)
    return labels, risk


def value(slug: str, sample: Sample) -> float:
    return estimate_metric(slug, *sample, 0.35).value


def test_discrimination_and_distance_equal_scikit_learn(sample: Sample) -> None:
    """Average precision by trapezoids, or ties broken by order, would differ."""
    labels, risk = sample
    assert value("auroc", sample) == pytest.approx(roc_auc_score(labels, risk), abs=1e-12)
    assert value("average_precision", sample) == pytest.approx(
        average_precision_score(labels, risk), abs=1e-12
    )
    assert value("brier", sample) == pytest.approx(brier_score_loss(labels, risk), abs=1e-12)


def test_classification_equals_scikit_learns_confusion_matrix(sample: Sample) -> None:
    labels, risk = sample
    (tn, fp), (fn, tp) = confusion_matrix(labels, risk >= 0.35)
    assert value("sensitivity", sample) == pytest.approx(tp / (tp + fn))
    assert value("specificity", sample) == pytest.approx(tn / (tn + fp))
    assert value("ppv", sample) == pytest.approx(tp / (tp + fp))
    assert value("npv", sample) == pytest.approx(tn / (tn + fn))
    assert value("net_benefit", sample) == pytest.approx(
        tp / len(labels) - fp / len(labels) * 0.35 / 0.65
    )


@pytest.mark.parametrize(("successes", "n"), [(0, 12), (3, 12), (12, 12), (17, 200), (5, 5000)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_proportion_intervals_equal_statsmodels(successes: int, n: int, level: float) -> None:
    for maker, method in ((wilson_interval, "wilson"), (exact_interval, "beta")):
        interval = maker(successes, n, level)
        expected = proportion_confint(successes, n, alpha=1 - level, method=method)
        assert (interval.low, interval.high) == pytest.approx(np.clip(expected, 0, 1), abs=1e-12)


@pytest.mark.parametrize("counts", [(56, 70, 48, 80), (9, 10, 3, 10), (10, 10, 0, 20)])
def test_newcombe_equals_statsmodels(counts: tuple[int, int, int, int]) -> None:
    first, n_first, second, n_second = counts
    interval = newcombe_interval((first, n_first), (second, n_second))
    expected = confint_proportions_2indep(
        first, n_first, second, n_second, method="newcomb", compare="diff"
    )
    assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-12)


def test_calibration_intercept_equals_a_binomial_glm_with_an_offset(sample: Sample) -> None:
    """The intercept of the slope model is another number."""
    labels, risk = sample
    fit = sm.GLM(
        labels, np.ones((len(labels), 1)), family=sm.families.Binomial(), offset=logit(risk)
    ).fit()
    estimate = estimate_metric("calibration_intercept", labels, risk, None)
    assert estimate.value == pytest.approx(fit.params[0], abs=1e-8)
    assert (estimate.low, estimate.high) == pytest.approx(fit.conf_int()[0], abs=1e-7)


def test_calibration_slope_equals_unpenalised_logit(sample: Sample) -> None:
    """scikit-learn's default penalty shrinks it."""
    labels, risk = sample
    fit = sm.Logit(labels, sm.add_constant(logit(risk))).fit(disp=0)
    estimate = estimate_metric("calibration_slope", labels, risk, None)
    assert estimate.value == pytest.approx(fit.params[1], abs=1e-8)
    assert (estimate.low, estimate.high) == pytest.approx(fit.conf_int()[1], abs=1e-7)


def test_spline_logistic_equals_statsmodels(sample: Sample) -> None:
    labels, risk = sample
    log_odds = logit(risk)
    knots = np.unique(np.quantile(log_odds, (0.05, 0.35, 0.65, 0.95)))
    design = natural_spline(log_odds, knots)
    ours = fit_logistic(design, labels == 1)
    theirs = sm.Logit(labels, design).fit(disp=0, maxiter=100)
    assert ours is not None
    assert expit(design @ ours.coefficients) == pytest.approx(theirs.predict(), abs=1e-7)
    assert ours.std_errors == pytest.approx(theirs.bse, rel=1e-5)


def test_fit_does_not_fail_from_a_far_offset() -> None:
    """Newton from 0 overshoots where all risks are far off; halved steps come back."""
    labels = np.array([1.0] * 50 + [0.0] * 50)
    for risk in (np.full(100, 1e-5), np.full(100, 1 - 1e-5)):
        estimate = estimate_metric("calibration_intercept", labels, risk, None)
        assert estimate.value == pytest.approx(-logit(risk[0]), abs=1e-8)


@pytest.mark.parametrize("slug", ["brier", "average_precision", "scaled_brier"])
def test_bootstrap_intervals_agree_with_scipy(slug: str) -> None:
    """Our weights against scipy's resampled rows: same distribution, other draws."""
    rng = np.random.default_rng(3)
    risk = rng.beta(2, 4, 200)
    labels = (rng.random(200) < risk).astype(float)

    def statistic(*parts: np.ndarray) -> float:
        own, risks = parts
        if slug == "average_precision":
            return average_precision_score(own, risks)
        score = np.mean((own - risks) ** 2)
        return score if slug == "brier" else 1 - score / (own.mean() * (1 - own.mean()))

    theirs = stats.bootstrap(
        (labels, risk),
        statistic,
        paired=True,
        vectorized=False,
        n_resamples=600,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    ours = estimate_metric(slug, labels, risk, None)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.15 * ours.width)


def test_influence_of_average_precision_equals_its_numerical_derivative(sample: Sample) -> None:
    """Weights moved by one millionth, patient by patient."""
    labels, risk = sample
    order = np.argsort(-risk, kind="stable")
    is_event, last = labels[order], last_of_each_tie(risk[order])
    whole = np.ones((1, len(order)))
    base = float(_weighted_precision(whole, is_event, last)[0])
    influence = precision_influence(base, is_event, last)
    for at in range(0, len(order), len(order) // 20):
        moved = whole.copy()
        moved[0, at] += 1e-6
        change = (float(_weighted_precision(moved, is_event, last)[0]) - base) / 1e-6
        assert influence[at] == pytest.approx(change, abs=1e-7 + 1e-3 * abs(change))
    assert influence.sum() == pytest.approx(0.0, abs=1e-9)
