"""Values as ranks among thresholds, in both precisions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution.coalition_shap import CoalitionShap
from explainers.attribution.cuts import MISSING, find_cuts, rank_patients, rank_thresholds
from explainers.attribution.kernel.ranking import rank_features
from explainers.core import Study, TreeEnsemble
from explainers.core.arrays import FloatArray
from explainers.core.trees import Precision

# In single precision 1.1 is 1.10000002...; the second threshold lies between the two.
THRESHOLDS = (-1e300, 1.1 + 1e-12, 1.2, np.inf)
N_PATIENTS = 200


def stumps(precision: Precision) -> TreeEnsemble:
    """One split for every threshold, all on the second feature."""
    count = len(THRESHOLDS)
    nodes = np.arange(0, 3 * count, 3)
    feature = np.full(3 * count, -1)
    threshold, left, right = np.full(3 * count, np.nan), feature.copy(), feature.copy()
    feature[nodes], threshold[nodes] = 1, THRESHOLDS
    left[nodes], right[nodes] = nodes + 1, nodes + 2
    return TreeEnsemble(
        feature=feature,
        threshold=threshold,
        left=left,
        right=right,
        missing_goes_left=np.zeros(3 * count),
        value=np.where(feature < 0, np.arange(3 * count), 0.0),
        cover=np.tile([2.0, 1.0, 1.0], count),
        roots=nodes,
        compares_in=precision,
    )


def patients() -> FloatArray:
    edges = [-2.0, 1.1, 1.1 + 1e-12, 1.1 + 2e-12, float(np.float32(1.1)), 1.2, 1.3, np.nan]
    return np.random.default_rng(0).choice(edges, size=(N_PATIENTS, 2))


@pytest.mark.parametrize("precision", ["single", "double"])
def test_ranks_send_patients_where_the_trees_do(precision: Precision) -> None:
    """A rank found in the other precision sends a value of 1.1 the other way."""
    trees, matrix = stumps(precision), patients()
    cuts = find_cuts(trees, 2)
    ranks, thresholds = rank_patients(matrix, cuts), rank_thresholds(trees, cuts)
    for node in trees.roots:
        left = (ranks[:, 1] != MISSING) & (ranks[:, 1] <= thresholds[node])
        nodes = np.full(len(matrix), node)
        np.testing.assert_array_equal(left, trees.goes_left(nodes, matrix[:, 1]))
    assert (ranks[~np.isnan(matrix[:, 0]), 0] == 0).all()
    compiled = np.zeros((2, N_PATIENTS), dtype=np.int32)
    rank_features(cuts, matrix, compiled)
    np.testing.assert_array_equal(compiled.T, ranks)


def test_the_precisions_part_where_a_threshold_is_beside_a_value() -> None:
    trees = stumps("single")
    matrix = np.array([[0.0, 1.1]])
    assert trees.score(matrix) != replace(trees, compares_in="double").score(matrix)
    np.testing.assert_array_equal(trees.seen(matrix)[0, 1], np.float64(np.float32(1.1)))
    assert replace(trees, compares_in="double").seen(matrix) is matrix


@pytest.mark.parametrize("precision", ["single", "double"])
def test_exact_shap_compares_as_the_trees_do(
    precision: Precision, forest_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values rounded for trees that compare in double precision would leave a residual."""
    trees = forest_study.model.trees
    splits = (trees.feature >= 0) & np.isfinite(trees.threshold)
    feature, value = int(trees.feature[splits][0]), 1.1
    moved = np.where(splits & (trees.feature == feature), value, trees.threshold)
    changed = replace(trees, threshold=moved, compares_in=precision)
    model = replace(forest_study.model, trees=changed)
    monkeypatch.setattr(type(model), "score", lambda _, matrix: changed.score(matrix))
    study = replace(forest_study, model=model)
    row = study.matrix[:1].copy()
    row[0, feature] = value
    found = CoalitionShap().explain(study, row, study.cohort.patient_ids[:1], "risk")
    assert np.abs(found.residual()).max() < 1e-9
