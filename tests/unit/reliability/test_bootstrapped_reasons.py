"""Intervals of reasons over training samples, where their width is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from explainers.attribution.permutation_shap import PermutationShap
from explainers.attribution.tree_shap import TreeShap
from explainers.core.cohort import Cohort
from explainers.core.model import RiskModel
from explainers.core.study import Study
from explainers.errors import NotFoundError, RecipeError, SettingsError
from explainers.models.bundle import Bundle
from explainers.reliability.bootstrapped_reasons import (
    Explainer,
    Refits,
    explain_with_refits,
)
from explainers.reliability.training_patients import TrainingPatients, refits_of

BY_PERMUTATION = Explainer(PermutationShap(100), "log-odds")


def noisy_refit(study: Study, rule_model: type[Any], spread: float) -> Callable[[int], RiskModel]:
    """Refits whose first coefficient varies by a known amount; the second one never does."""

    def refit(seed: int) -> RiskModel:
        weight = 2.0 + spread * np.random.default_rng(seed).standard_normal()
        model: RiskModel = rule_model(
            lambda matrix: weight * matrix[:, 0] + matrix[:, 1], study.model.columns
        )
        return model

    return refit


def linear(rule_study: Callable[..., Study]) -> Study:
    return rule_study(lambda matrix: 2.0 * matrix[:, 0] + matrix[:, 1])


def test_the_interval_has_the_known_width(
    rule_study: Callable[..., Study], rule_model: type[Any]
) -> None:
    """A 90% interval reaches 1.645 standard deviations; a standard error would be far shorter."""
    study = linear(rule_study)
    result = explain_with_refits(
        study,
        "p40",
        noisy_refit(study, rule_model, 0.2),
        BY_PERMUTATION,
        refits=Refits(n=200),
    )
    gap = study.rows_of(["p40"])[0, 0] - study.reference_matrix[:, 0].mean()
    frame = result.to_frame().set_index("feature")
    width = frame["high"] - frame["low"]
    assert width["input_0"] == pytest.approx(2 * 1.645 * 0.2 * abs(gap), rel=0.2)
    assert width["input_1"] == pytest.approx(0.0, abs=1e-9)
    assert frame.loc["input_0", "low"] < frame.loc["input_0", "attribution"]


def test_a_model_that_never_changes_has_no_doubt(
    rule_study: Callable[..., Study], rule_model: type[Any]
) -> None:
    study = linear(rule_study)
    result = explain_with_refits(
        study, "p40", noisy_refit(study, rule_model, 0.0), BY_PERMUTATION, refits=Refits(n=10)
    )
    frame = result.to_frame()
    assert (frame["same_rank_share"] == 1.0).all()
    assert result.risk_interval == pytest.approx((result.original_risk, result.original_risk))


def test_reasons_of_a_real_model_hold_the_original_and_repeat(
    diabetes: Study, diabetes_bundle: Bundle, nhanes: Cohort
) -> None:
    told: list[int] = []
    refit = refits_of(diabetes_bundle, nhanes)
    first, again = (
        explain_with_refits(
            diabetes,
            diabetes.cohort.patient_ids[1],
            refit,
            Explainer(TreeShap()),
            refits=Refits(n=10),
            progress=lambda done, total: told.append(done),  # noqa: ARG005
        )
        for _ in range(2)
    )
    assert np.array_equal(first.refits, again.refits)
    assert told == [*range(1, 11)] * 2
    frame = first.to_frame()
    assert (frame["high"] > frame["low"]).sum() >= 15
    top = frame.nsmallest(3, "rank")
    assert (top["top_share"] > 0.4).all()
    low, high = first.risk_interval
    assert 0.0 < low < high < 1.0
    assert first.to_dict()["n_failed"] == 0


def test_refits_learn_from_training_patients_only(
    diabetes_bundle: Bundle, nhanes: Cohort, training: TrainingPatients
) -> None:
    """A refit that saw held-out patients would call its own memory certainty."""
    assert len(training.labels) == len(nhanes) - len(diabetes_bundle.test_patient_ids)
    assert not np.isnan(training.labels).any()
    refit = refits_of(diabetes_bundle, nhanes)
    risks = [refit(seed).predict_risk(nhanes.frame.iloc[:200]) for seed in (1, 1, 2)]
    assert np.array_equal(risks[0], risks[1])
    assert not np.array_equal(risks[0], risks[2])


def test_another_cohort_is_refused(diabetes_bundle: Bundle, nhanes: Cohort) -> None:
    part = nhanes.select(nhanes.patient_ids[:500])
    with pytest.raises(NotFoundError, match="very cohort"):
        refits_of(diabetes_bundle, part)


def test_failed_samples_are_counted_and_too_many_refused(
    rule_study: Callable[..., Study], rule_model: type[Any]
) -> None:
    """Left-out failures must be told: what remains is the luckier half."""
    study = linear(rule_study)
    good = noisy_refit(study, rule_model, 0.1)

    def failing(limit: int) -> Callable[[int], RiskModel]:
        def refit(seed: int) -> RiskModel:
            if seed % 10 < limit:
                raise RecipeError("a sample without a solution")
            return good(seed)

        return refit

    some = explain_with_refits(study, "p1", failing(3), BY_PERMUTATION, refits=Refits(n=30))
    assert some.n_failed > 0
    assert some.n_failed + some.n_refits == 30
    with pytest.raises(SettingsError, match="fewer than half"):
        explain_with_refits(study, "p1", failing(9), BY_PERMUTATION, refits=Refits(n=30))
    with pytest.raises(SettingsError, match="at least 10 refits"):
        Refits(n=3)
