"""Reasons that are right beat chance, shuffled ones do not, and one area is known exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution.permutation_shap import PermutationShap
from explainers.attribution.tree_shap import TreeShap
from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.reliability.faithfulness import estimate_faithfulness


def linear(matrix: FloatArray) -> FloatArray:
    return matrix @ np.array([3.0, -2.0, 1.0, 0.5, 0.0])


def explained(study: Study, n: int) -> Attribution:
    ids = tuple(study.cohort.patient_ids[50 : 50 + n])
    return PermutationShap(100).explain(study, study.rows_of(ids), ids, "log-odds")


def test_right_reasons_beat_chance(heart: Study) -> None:
    ids = heart.cohort.patient_ids[:15]
    reasons = TreeShap().explain(heart, heart.rows_of(ids), ids, "log-odds")
    report = estimate_faithfulness(heart, reasons, n_orders=10, n_reference=10)
    assert report.is_better_than_random
    assert report.orders_beaten.value is not None
    assert report.orders_beaten.value > 0.9


def test_shuffled_reasons_do_not_beat_chance(heart: Study) -> None:
    """A measure that rewards any order, or only the sizes, would still see an advantage."""
    ids = heart.cohort.patient_ids[:100]
    reasons = TreeShap().explain(heart, heart.rows_of(ids), ids, "log-odds")
    shuffled = np.random.default_rng(100).permuted(reasons.values, axis=1)
    report = estimate_faithfulness(
        heart, replace(reasons, values=shuffled), n_orders=10, n_reference=4
    )
    assert not report.is_better_than_random
    assert report.orders_beaten.value == pytest.approx(0.5, abs=0.09)


def test_reversed_reasons_are_worse_than_chance(rule_study: Callable[..., Study]) -> None:
    study = rule_study(linear)
    reasons = explained(study, 10)
    report = estimate_faithfulness(study, replace(reasons, values=-reasons.values))
    assert report.deletion_advantage.high is not None
    assert report.deletion_advantage.high < 0


def test_curves_of_a_linear_model_are_cumulative_sums(rule_study: Callable[..., Study]) -> None:
    """Deletion must take the reasons off one by one; averaging wrongly would bend the curve."""
    study = rule_study(linear)
    reasons = explained(study, 1)
    report = estimate_faithfulness(study, reasons, n_reference=20)
    falling = np.sort(reasons.values[0])[::-1]
    expected = reasons.prediction[0] - np.concatenate([[0.0], np.cumsum(falling)])
    assert report.deletion.y == pytest.approx(expected, abs=1e-9)
    restored = reasons.baseline[0] + np.concatenate([[0.0], np.cumsum(falling)])
    assert report.insertion.y == pytest.approx(restored, abs=1e-9)
    # On a linear model a random order loses the same share at each step on average.
    line = np.linspace(expected[0], expected[-1], 6)
    assert report.random_deletion.y == pytest.approx(line, abs=1.0)
    assert report.band == "random orders"


def test_results_do_not_depend_on_chunks(
    rule_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = rule_study(linear)
    whole = estimate_faithfulness(study, explained(study, 2))
    monkeypatch.setattr("explainers.reliability.faithfulness.CHUNK_ROWS", 500)
    parts = estimate_faithfulness(study, explained(study, 2))
    assert whole.deletion.y == pytest.approx(parts.deletion.y)
    assert whole.insertion_advantage == parts.insertion_advantage


def test_reasons_of_concepts_are_refused(rule_study: Callable[..., Study]) -> None:
    study = rule_study(linear)
    with pytest.raises(SettingsError, match="own inputs"):
        estimate_faithfulness(study, replace(explained(study, 1), feature_values=None))
    with pytest.raises(SettingsError, match="at least 10 orders"):
        estimate_faithfulness(study, explained(study, 1), n_orders=2)
