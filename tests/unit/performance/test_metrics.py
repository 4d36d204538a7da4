"""Every metric: closed forms, one-class groups, wrong input."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from explainers.errors import SettingsError
from explainers.performance.metrics import METRICS, estimate_metric, find_metric

SLUGS = tuple(metric.slug for metric in METRICS)
NEED_BOTH = (
    "auroc",
    "oe_ratio",
    "scaled_brier",
    "calibration_intercept",
    "calibration_slope",
    "average_precision",
)
LABELS = np.array([1.0] * 40 + [0.0] * 160)
RISK = np.concatenate([np.linspace(0.1, 0.9, 40), np.linspace(0.02, 0.5, 160)])


def simulated(
    n: int, seed: int, slope: float = 1.0, shift: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes whose true log-odds are ``shift + slope * logit(risk)``."""
    rng = np.random.default_rng(seed)
    risk = expit(rng.normal(-1.5, 1.0, n))
    labels = (rng.random(n) < expit(shift + slope * logit(risk))).astype(float)
    return labels, risk


def test_the_registry_has_every_promised_metric_once() -> None:
    assert set(SLUGS) >= {*NEED_BOTH, "prevalence", "sensitivity", "specificity", "ppv", "npv"}
    assert set(SLUGS) >= {"brier", "net_benefit", "standardized_net_benefit"}
    assert len(SLUGS) == len(set(SLUGS))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_metric_comes_with_an_interval_around_it_and_its_patients(slug: str) -> None:
    estimate = estimate_metric(slug, LABELS, RISK, 0.3)
    assert estimate.status == "estimated"
    assert estimate.low <= estimate.value <= estimate.high
    assert estimate.width > 0
    assert (estimate.n, estimate.n_events) == (200, 40)
    assert estimate.interval_method


@pytest.mark.parametrize("slug", SLUGS)
def test_a_wider_level_gives_a_wider_interval(slug: str) -> None:
    narrow = estimate_metric(slug, LABELS, RISK, 0.3, level=0.8)
    wide = estimate_metric(slug, LABELS, RISK, 0.3, level=0.99)
    assert narrow.width < wide.width
    assert (narrow.level, wide.level) == (0.8, 0.99)


@pytest.mark.parametrize("slug", SLUGS)
def test_nobody_is_not_estimable_rather_than_an_error_or_nan(slug: str) -> None:
    estimate = estimate_metric(slug, np.array([]), np.array([]), 0.3)
    assert estimate.status == "not_estimable"
    assert (estimate.n, estimate.n_events) == (0, 0)
    assert estimate.reason == "Nobody here has a recorded outcome."


@pytest.mark.parametrize("slug", NEED_BOTH)
@pytest.mark.parametrize(("label", "reason"), [(0.0, "Nobody"), (1.0, "Everybody")])
def test_one_class_is_not_estimable_never_one_half(slug: str, label: float, reason: str) -> None:
    estimate = estimate_metric(slug, np.full(50, label), np.linspace(0.1, 0.9, 50), 0.3)
    assert estimate.status == "not_estimable"
    assert estimate.value is None
    assert estimate.reason == f"{reason} here has the outcome."


@pytest.mark.parametrize(
    ("slug", "label"),
    [("sensitivity", 0.0), ("standardized_net_benefit", 0.0), ("specificity", 1.0)],
)
def test_an_empty_denominator_is_not_estimable(slug: str, label: float) -> None:
    estimate = estimate_metric(slug, np.full(50, label), np.linspace(0.1, 0.9, 50), 0.3)
    assert estimate.status == "not_estimable"


def test_predictive_values_need_somebody_flagged_or_spared() -> None:
    assert "flagged" in estimate_metric("ppv", LABELS, RISK, 0.95).reason
    assert "flagged" in estimate_metric("npv", LABELS, RISK, 0.01).reason


def test_patients_without_a_label_do_not_count() -> None:
    """Counting them as healthy would lower the prevalence."""
    labels = np.concatenate([LABELS, np.full(100, np.nan)])
    risk = np.concatenate([RISK, np.full(100, 0.9)])
    for slug in SLUGS:
        assert estimate_metric(slug, labels, risk, 0.3) == estimate_metric(slug, LABELS, RISK, 0.3)


@pytest.mark.parametrize("slug", [metric.slug for metric in METRICS if metric.needs_threshold])
def test_a_threshold_never_defaults(slug: str) -> None:
    with pytest.raises(SettingsError, match="there is no default"):
        estimate_metric(slug, LABELS, RISK, None)


def test_a_patient_exactly_at_the_threshold_is_flagged() -> None:
    labels, risk = np.array([1.0, 0.0]), np.array([0.3, 0.3])
    assert estimate_metric("sensitivity", labels, risk, 0.3).value == 1.0
    assert estimate_metric("specificity", labels, risk, 0.3).value == 0.0


@pytest.mark.parametrize(
    ("labels", "risk", "threshold", "level", "rule"),
    [
        ([0, 1, 2], [0.1, 0.2, 0.3], 0.3, 0.95, "label must be 0, 1"),
        ([0, 1], [0.1, 1.2], 0.3, 0.95, "between 0 and 1"),
        ([0, 1], [0.1, np.nan], 0.3, 0.95, "between 0 and 1"),
        ([0, 1, 1], [0.1, 0.2], 0.3, 0.95, "one length"),
        ([[0, 1]], [[0.1, 0.2]], 0.3, 0.95, "one length"),
        ([0, 1], [0.1, 0.2], 1.0, 0.95, "threshold must lie"),
        ([0, 1], [0.1, 0.2], 0.3, 95, "level must lie"),
    ],
)
def test_wrong_input_names_the_rule(
    labels: list[float], risk: list[float], threshold: float, level: float, rule: str
) -> None:
    with pytest.raises(SettingsError, match=rule):
        estimate_metric("prevalence", np.array(labels), np.array(risk), threshold, level)


def test_an_unknown_metric_lists_what_there_is() -> None:
    with pytest.raises(SettingsError, match="calibration_slope"):
        find_metric("f1")


def test_classification_by_hand() -> None:
    """TP 3, FN 1, FP 2, TN 4 at 0.5."""
    labels = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0.0])
    risk = np.array([0.9, 0.8, 0.7, 0.2, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    expected = {
        "prevalence": 0.4,
        "sensitivity": 3 / 4,
        "specificity": 4 / 6,
        "ppv": 3 / 5,
        "npv": 4 / 5,
        "net_benefit": 3 / 10 - 2 / 10,
        "standardized_net_benefit": (3 / 10 - 2 / 10) / 0.4,
    }
    for slug, value in expected.items():
        assert estimate_metric(slug, labels, risk, 0.5).value == pytest.approx(value), slug


def test_net_benefit_of_flagging_everybody_at_the_prevalence_is_zero() -> None:
    """A sign or odds mistake in the harm term breaks this identity."""
    labels = np.array([1.0] * 20 + [0.0] * 80)
    estimate = estimate_metric("net_benefit", labels, np.full(100, 0.9), 0.2)
    assert estimate.value == pytest.approx(0.0, abs=1e-12)
    assert estimate.low < 0 < estimate.high


def test_scaled_brier_uses_the_groups_own_prevalence() -> None:
    """Giving everybody the prevalence scores 0, whatever the prevalence."""
    labels = np.array([1.0] * 30 + [0.0] * 70)
    assert estimate_metric("scaled_brier", labels, np.full(100, 0.3), None).value == pytest.approx(
        0.0
    )


def test_one_risk_for_all_ranks_nobody() -> None:
    for slug in ("auroc", "calibration_slope"):
        estimate = estimate_metric(slug, LABELS, np.full(200, 0.2), None)
        assert estimate.status == "not_estimable"
        assert "same predicted risk" in estimate.reason


def test_a_single_event_has_no_auroc() -> None:
    labels = np.array([1.0] + [0.0] * 20)
    assert estimate_metric("auroc", labels, np.linspace(0.9, 0.1, 21), None).value is None


def test_perfect_ranking_keeps_its_doubt() -> None:
    labels = np.array([1.0] * 15 + [0.0] * 50)
    estimate = estimate_metric("auroc", labels, np.linspace(0.9, 0.1, 65), None)
    assert estimate.value == 1.0
    assert estimate.low < 0.85
    assert estimate.high == 1.0


def test_separated_outcomes_have_no_slope() -> None:
    """A solver left alone returns an arbitrary huge slope."""
    labels = np.array([1.0] * 15 + [0.0] * 50)
    for risk in (np.linspace(0.9, 0.1, 65), np.linspace(0.1, 0.9, 65)):
        estimate = estimate_metric("calibration_slope", labels, risk, None)
        assert estimate.status == "not_estimable"
        assert "separate" in estimate.reason
    assert estimate_metric("calibration_intercept", labels, risk, None).is_estimated


def test_calibration_slope_is_not_shrunk_in_small_groups() -> None:
    """A ridge penalty of 1 shrinks it by 15% at n = 60; the likelihood's own bias is upward."""
    slopes = []
    for seed in range(400):
        estimate = estimate_metric("calibration_slope", *simulated(120, seed), None)
        if estimate.is_estimated:
            slopes.append(estimate.value)
    assert np.median(slopes) == pytest.approx(1.0, abs=0.08)


def test_calibration_intercept_is_not_the_intercept_of_the_slope_model() -> None:
    """Risks twice as extreme as they should be: both intercepts differ by far."""
    labels, risk = simulated(20_000, 1, slope=0.5, shift=0.0)
    value = estimate_metric("calibration_intercept", labels, risk, None).value
    assert value == pytest.approx(0.62, abs=0.08)
    assert abs(value) > 0.4


def test_calibration_recovers_shift_and_slope() -> None:
    labels, risk = simulated(200_000, 2, shift=0.4)
    intercept = estimate_metric("calibration_intercept", labels, risk, None)
    slope = estimate_metric("calibration_slope", labels, risk, None)
    assert intercept.low <= 0.4 <= intercept.high
    assert slope.low <= 1.0 <= slope.high
    assert intercept.width < 0.06


def test_risks_of_zero_and_one_are_limited_and_counted() -> None:
    """An infinite log-odds would make both NaN; a small number of them is not given away."""
    risk = RISK.copy()
    risk[[0, 50]] = [1.0, 0.0]
    few = estimate_metric("calibration_slope", LABELS, risk, None)
    assert few.is_estimated
    assert "fewer than 11 risks limited" in few.interval_method
    risk[60:80] = 0.0
    many = estimate_metric("calibration_intercept", LABELS, risk, None)
    assert "22 risks limited" in many.interval_method


def test_oe_ratio_names_its_absences() -> None:
    estimate = estimate_metric("oe_ratio", LABELS, np.zeros(200), None)
    assert estimate.reason == "Every predicted risk here is 0."


def test_large_groups_agree_with_the_bootstrap_they_replace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beyond 10,000 patients the infinitesimal jackknife takes over and says so."""
    labels, risk = simulated(3000, 5)
    boot = {s: estimate_metric(s, labels, risk, 0.3) for s in SLUGS}
    monkeypatch.setattr("explainers.performance.brier.BOOTSTRAP_UP_TO", 0)
    monkeypatch.setattr("explainers.performance.discrimination.BOOTSTRAP_UP_TO", 0)
    for slug in ("brier", "scaled_brier", "average_precision"):
        quick = estimate_metric(slug, labels, risk, 0.3)
        assert quick.interval_method == "Infinitesimal jackknife"
        assert boot[slug].interval_method == "Bootstrap, 1,000 resamples"
        assert quick.value == boot[slug].value
        assert quick.width == pytest.approx(boot[slug].width, rel=0.1), slug


def test_all_metrics_on_a_quarter_million_patients() -> None:
    """A quadratic AUROC or a row-level bootstrap would run out of memory."""
    labels, risk = simulated(250_000, 6)
    for slug in SLUGS:
        assert estimate_metric(slug, labels, risk, 0.2).is_estimated
