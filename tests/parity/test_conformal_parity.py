"""Venn-Abers against two isotonic refits per score, and label sets against counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from explainers.core.arrays import FloatArray
from explainers.uncertainty.conformal import ConformalLabels
from explainers.uncertainty.venn_abers import VennAbers


def refitted(scores: FloatArray, labels: FloatArray, score: float, label: float) -> float:
    """The definition: add the patient with that label and fit an isotonic regression."""
    distinct, place = np.unique(np.append(scores, score), return_inverse=True)
    weight = np.bincount(place, minlength=len(distinct))
    mean = np.bincount(place, weights=np.append(labels, label)) / weight
    return float(isotonic_regression(mean, weights=weight).x[place[-1]])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0.0, 1.0])), min_size=1, max_size=40),
    st.lists(st.integers(-1, 26), min_size=1, max_size=8),
)
def test_limits_equal_two_refits(patients: list[tuple[int, float]], asked: list[int]) -> None:
    """Ties, one class only and scores beyond all others are where fast versions go wrong."""
    scores = np.array([score for score, _ in patients], dtype=np.float64)
    labels = np.array([label for _, label in patients])
    queries = np.array(asked) / 2.0
    low, high = VennAbers.fit(scores, labels).limits(queries)
    for at, query in enumerate(queries):
        assert low[at] == pytest.approx(refitted(scores, labels, query, 0.0), abs=1e-12)
        assert high[at] == pytest.approx(refitted(scores, labels, query, 1.0), abs=1e-12)


def test_limits_equal_two_refits_at_cohort_size() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random(3000)
    labels = (rng.random(3000) < scores**2).astype(np.float64)
    queries = np.concatenate([rng.random(60), scores[:60], [-1.0, 2.0]])
    low, high = VennAbers.fit(scores, labels).limits(queries)
    for at, query in enumerate(queries):
        assert low[at] == pytest.approx(refitted(scores, labels, query, 0.0), abs=1e-12)
        assert high[at] == pytest.approx(refitted(scores, labels, query, 1.0), abs=1e-12)


def test_p_values_equal_counting() -> None:
    """An off-by-one in the rank breaks the guarantee for small groups first."""
    rng = np.random.default_rng(1)
    risk, labels = rng.random(200).round(2), (rng.random(200) < 0.3).astype(np.float64)
    asked = rng.random(30).round(2)
    p_values = ConformalLabels.fit(risk, labels).p_values(asked)
    for at, value in enumerate(asked):
        for label, strange in ((0, risk[labels == 0]), (1, 1.0 - risk[labels == 1])):
            own = value if label == 0 else 1.0 - value
            expected = (1 + (strange >= own).sum()) / (1 + len(strange))
            assert p_values[at, label] == pytest.approx(expected, abs=1e-15)
