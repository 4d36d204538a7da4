"""Exact SHAP values on a curved scale beside Shapley's formula written out, and beside shap."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest

from explainers.attribution import coalition_kernel, coalition_shap
from explainers.attribution.coalition_shap import CoalitionShap
from explainers.attribution.permutation_shap import PermutationShap
from explainers.attribution.shap_package import load_shap, shap_tree
from explainers.attribution.tree_shap import TreeShap
from explainers.core import Cohort, Link, Study, TreeEnsemble
from explainers.core.arrays import FloatArray
from explainers.core.link import Scale
from explainers.core.trees import in_single_precision

# Features that vary in the small games below; 2^7 coalitions can be written out.
N_PLAYERS = 7


def shapley_by_formula(study: Study, row: FloatArray, scale: Scale) -> FloatArray:
    """Shapley 1953, formula 12, over the features in which the patient can differ."""
    p = len(row)
    players = [at for at in range(p) if (study.reference_matrix[:, at] != row[at]).any()]
    n = len(players)

    subsets = [frozenset(s) for size in range(n + 1) for s in combinations(players, size)]
    hybrids = np.tile(study.reference_matrix, (len(subsets), 1, 1))
    for hybrid, subset in zip(hybrids, subsets, strict=True):
        hybrid[:, list(subset)] = row[list(subset)]
    predictions = study.predict(hybrids.reshape(-1, p), scale).reshape(len(subsets), -1)
    worths = dict(zip(subsets, predictions.mean(axis=1), strict=True))
    values = np.zeros(p)
    for player in players:
        for subset in subsets:
            if player not in subset:
                weight = 1 / (n * math.comb(n - 1, len(subset)))
                values[player] += weight * (worths[subset | {player}] - worths[subset])
    return values


def small_game(study: Study, n_reference: int = 12) -> tuple[Study, FloatArray]:
    """The study's first patient, with reference patients who differ in a few features only."""
    patient = study.cohort.select(study.cohort.patient_ids[:1]).frame
    names = [column.name for column in study.model.columns[-N_PLAYERS:]]
    frame = study.reference.frame.iloc[:n_reference].copy()
    for name in frame.columns.difference(names):
        frame[name] = patient[name].iloc[0]
    reference = Cohort(frame, study.cohort.schema)
    return replace(study, reference=reference), study.matrix[0]


@pytest.mark.parametrize(
    ("fixture", "scale"),
    [
        ("nhanes_study", "risk"),
        ("heart_study", "risk"),
        ("forest_study", "risk"),
        ("forest_study", "log-odds"),
        ("logistic_study", "risk"),
    ],
)
def test_exact_values_are_those_of_the_formula(
    request: pytest.FixtureRequest, fixture: str, scale: Scale
) -> None:
    """A term, weight or coalition that is lost or counted twice would show."""
    study, row = small_game(request.getfixturevalue(fixture))
    found = CoalitionShap().explain(study, row[None, :], study.cohort.patient_ids[:1], scale)
    np.testing.assert_allclose(found.values[0], shapley_by_formula(study, row, scale), atol=1e-9)
    assert np.count_nonzero(found.values) > 3


def test_with_all_features_in_play_exact_and_sampled_values_agree(nhanes_study: Study) -> None:
    """The formula cannot be written out for 20 features; sampling is right for any number."""
    row, ids = nhanes_study.matrix[:1], nhanes_study.cohort.patient_ids[:1]
    exact = CoalitionShap().explain(nhanes_study, row, ids, "risk").values[0]
    sampled = PermutationShap(1000).explain(nhanes_study, row, ids, "risk")
    assert sampled.std_error is not None
    error = np.maximum(sampled.std_error[0], 1e-9)
    assert np.abs((sampled.values[0] - exact) / error).max() < 4


def test_on_a_straight_scale_the_formula_gives_what_tree_shap_gives(heart_study: Study) -> None:
    study, row = small_game(heart_study)
    found = TreeShap().explain(study, row[None, :], study.cohort.patient_ids[:1], "log-odds")
    expected = shapley_by_formula(study, row, "log-odds")
    np.testing.assert_allclose(found.values[0], expected, atol=1e-6)


def unequal_stumps() -> TreeEnsemble:
    """Log-odds of 4.5 or -4.5 by the sign of x0, plus 1.5 or -1.5 by the sign of x1."""
    return TreeEnsemble(
        feature=np.array([0, -1, -1, 1, -1, -1]),
        threshold=np.array([0.0, np.nan, np.nan, 0.0, np.nan, np.nan]),
        left=np.array([1, -1, -1, 4, -1, -1]),
        right=np.array([2, -1, -1, 5, -1, -1]),
        missing_goes_left=np.zeros(6, dtype=bool),
        value=np.array([0.0, -4.5, 4.5, 0.0, -1.5, 1.5]),
        cover=np.array([2.0, 1.0, 1.0, 2.0, 1.0, 1.0]),
        roots=np.array([0, 3]),
    )


def shap_in_probability(trees: TreeEnsemble, row: FloatArray, reference: FloatArray) -> Any:
    shap = load_shap()
    bounds = [*trees.roots, len(trees.feature)]
    model = {
        "trees": [shap_tree(trees, trees.threshold, slice(*pair)) for pair in pairwise(bounds)],
        "tree_output": "log_odds",
        "objective": "binary_crossentropy",
    }
    masker = shap.maskers.Independent(in_single_precision(reference), max_samples=len(reference))
    explainer = shap.TreeExplainer(model, masker, model_output="probability")
    return explainer.shap_values(in_single_precision(row[None, :]))[0]


def test_values_stretched_from_log_odds_are_not_those_of_the_risk() -> None:
    """shap's probability output adds up, and still divides the risk among features wrongly.

    It multiplies log-odds values by the slope between the two predictions, as if the bend were
    the same for every coalition.
    """
    trees, link = unequal_stumps(), Link("log-odds")
    row, reference = np.array([1.0, 1.0]), np.array([[-1.0, -1.0]])

    def worth(first: float, second: float) -> float:
        return float(link.risk(trees.score(np.array([[first, second]])))[0])

    first = worth(1, -1) - worth(-1, -1) + worth(1, 1) - worth(-1, 1)
    second = worth(-1, 1) - worth(-1, -1) + worth(1, 1) - worth(1, -1)
    expected = np.array([first, second]) / 2
    forest = coalition_shap._forest(trees, np.arange(2))
    bend = coalition_shap._bend(link, "risk")
    ours = coalition_kernel.shapley_of_trees(forest, row, reference, bend)
    theirs = shap_in_probability(trees, row, reference)
    np.testing.assert_allclose(ours, expected, atol=1e-12)
    np.testing.assert_allclose(theirs.sum(), expected.sum(), atol=1e-6)
    assert np.abs(theirs - expected).max() > 0.1
