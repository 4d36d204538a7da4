"""The local model beside cases whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from explainers.attribution.lime_surrogate import fit_local_model


def test_a_constant_model_has_no_reasons() -> None:
    """Rounding must not become a weight, nor a local fit of noise."""
    is_same = np.random.default_rng(0).random((6, 500)) < 0.4
    fit = fit_local_model(is_same, np.full(500, 0.1), 0.1)
    np.testing.assert_array_equal(fit.weights, 0)
    assert fit.intercept == 0.1
    assert fit.r_squared == 1.0


def test_a_model_linear_in_the_indicators_is_imitated() -> None:
    """Weights of another order, sign or unit would show; the penalty shrinks them a little."""
    is_same = np.random.default_rng(0).random((4, 50_000)) < 0.4
    truth = np.array([0.3, -0.2, 0.1, 0.0])
    fit = fit_local_model(is_same, 0.25 + truth @ is_same, 0.25 + truth.sum())
    np.testing.assert_allclose(fit.weights, truth, atol=1e-3)
    assert fit.intercept == pytest.approx(0.25, abs=1e-3)
    assert fit.r_squared == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("n_inputs", [1, 3, 40])
def test_the_fit_is_that_of_ridge_regression(n_inputs: int) -> None:
    """A penalty on the intercept, or weights squared or rooted once too often, would show."""
    rng = np.random.default_rng(n_inputs)
    is_same = rng.random((n_inputs, 700)) < 0.5
    is_same[0] = True
    predicted = 100 + rng.normal(size=700) + is_same[-1]
    design = np.vstack([np.ones(n_inputs), is_same.T])
    target = np.concatenate([[101.0], predicted])
    weights = np.exp(-(1 - design).sum(axis=1) / (1.125 * n_inputs))
    ridge = Ridge(alpha=1.0).fit(design, target, sample_weight=weights)
    ours = fit_local_model(is_same, predicted, 101.0)
    np.testing.assert_allclose(ours.weights, ridge.coef_, atol=1e-10)
    assert ours.intercept == pytest.approx(ridge.intercept_, abs=1e-10)
    assert ours.r_squared == pytest.approx(ridge.score(design, target, weights), abs=1e-10)
