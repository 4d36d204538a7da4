"""Sampled SHAP values; parity with the formula is tested under parity/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution import permutation_shap
from explainers.attribution.coalition_shap import CoalitionShap
from explainers.attribution.permutation_shap import PermutationShap
from explainers.core import Attribution, Study

Make = Callable[..., Study]


def explain(study: Study, at: int = 0, n_permutations: int = 100) -> Attribution:
    ids = study.cohort.patient_ids[at : at + 1]
    return PermutationShap(n_permutations).explain(study, study.matrix[at : at + 1], ids, "risk")


@pytest.mark.parametrize("family", ["xgboost", "forest", "logistic"])
def test_sampled_reasons_add_up_too(make_study: Make, family: str) -> None:
    """Drawing reference patients unevenly would move the baseline off the shown one."""
    attribution = explain(make_study(family))
    assert np.abs(attribution.residual()).max() < 1e-9
    assert not attribution.is_exact


def test_the_number_of_orders_used_is_stated(make_study: Make) -> None:
    """Orders are rounded up to whole rounds over the reference patients, two at least."""
    study = make_study("logistic")
    assert explain(study, n_permutations=100).provenance.settings["n_permutations"] == 120
    many = make_study("logistic", n_reference=110)
    assert explain(many, n_permutations=100).provenance.settings["n_permutations"] == 220


def test_the_seed_decides_and_nothing_else(make_study: Make) -> None:
    """A patient's reasons must not depend on who else is explained, nor on earlier calls."""
    study = make_study("forest")
    together = PermutationShap(100).explain(
        study, study.matrix[:3], study.cohort.patient_ids[:3], "risk"
    )
    np.testing.assert_array_equal(explain(study, at=2).values[0], together.values[2])
    other = explain(replace(study, seed=1), at=2)
    assert (other.values[0] != together.values[2]).any()


def test_the_sampling_error_covers_the_exact_values(make_study: Make) -> None:
    """Errors from pairs taken as independent of the reference patient would be far too wide;
    errors that ignore the pairing too narrow."""
    study = make_study("forest", n_reference=10)
    ids = study.cohort.patient_ids[:1]
    exact = CoalitionShap().explain(study, study.matrix[:1], ids, "risk").values[0]
    scores = []
    for seed in range(120):
        sampled = explain(replace(study, seed=seed), n_permutations=100)
        scores.append((sampled.values[0] - exact) / sampled.std_error[0])
    covered = (np.abs(scores) < 1.96).mean()
    assert 0.92 < covered < 0.98
    assert np.abs(np.mean(scores, axis=0)).max() < 0.35


def test_four_times_as_many_orders_halve_the_error(make_study: Make) -> None:
    study = make_study("forest", n_reference=10)
    few = explain(study, n_permutations=200).std_error
    many = explain(study, n_permutations=800).std_error
    assert few is not None
    assert many is not None
    ratio = few.sum() / many.sum()
    assert 1.7 < ratio < 2.3


def test_predicting_in_small_parts_changes_nothing(
    make_study: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that cut through a round would pair orders with the wrong reference patient."""
    study = make_study("forest")
    whole = explain(study)
    monkeypatch.setattr(permutation_shap, "CHUNK_ROWS", 100)
    parts = explain(study)
    np.testing.assert_allclose(parts.values, whole.values, atol=1e-14)
