"""Our threshold rule against fairlearn's, where both can be compared."""

from __future__ import annotations

import numpy as np
from fairlearn import postprocessing
from sklearn.base import BaseEstimator

from explainers.subgroups.mitigation_rules import threshold_for_sensitivity


class Scores(BaseEstimator):
    """A fitted model whose prediction is its input."""

    def fit(self, *_: object) -> Scores:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, scores: np.ndarray) -> np.ndarray:
        return np.asarray(scores).ravel()


def test_thresholds_lie_between_the_two_that_fairlearn_draws_lots_from() -> None:
    """Equal opportunity: a coarser rule would leave the bracket, or miss the common sensitivity."""
    rng = np.random.default_rng(0)
    group = np.repeat(["a", "b"], 1500)
    risk = 1 / (1 + np.exp(-rng.normal(np.where(group == "a", -1.5, -0.5), 1.0)))
    labels = (rng.random(3000) < risk).astype(int)
    theirs = postprocessing.ThresholdOptimizer(
        estimator=Scores(),
        constraints="true_positive_rate_parity",
        objective="balanced_accuracy_score",
        prefit=True,
        predict_method="predict",
    ).fit(risk[:, None], labels, sensitive_features=group)
    chances = theirs._pmf_predict(risk[:, None], sensitive_features=group)[:, 1]
    rules = theirs.interpolated_thresholder_.interpolation_dict
    for name in ("a", "b"):
        own = group == name
        target = float(chances[own & (labels == 1)].mean())
        ours = threshold_for_sensitivity(risk[own], labels[own].astype(float), target - 1e-9)
        ends = sorted(
            operation.threshold for operation in (rules[name].operation0, rules[name].operation1)
        )
        assert ends[0] - 1e-3 <= ours <= ends[1] + 1e-3
        assert (risk[own & (labels == 1)] >= ours).mean() >= target - 1e-6
