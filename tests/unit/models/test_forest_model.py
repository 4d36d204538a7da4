from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from explainers.core import Column, Link, Study
from explainers.errors import BundleError
from explainers.models.fitted import Identity
from explainers.models.forest_model import ForestModel, fit
from explainers.models.skops_file import save_estimator

Matrix = npt.NDArray[np.float64]
COLUMNS = tuple(Column(name, name.upper(), "number") for name in ("a", "b", "c"))
IDENTITY = Identity("toy", "1", "", COLUMNS, Link("probability"))


@pytest.fixture(scope="module")
def patients() -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(0)
    matrix = np.round(rng.normal(size=(400, 3)), 1)
    matrix[rng.random(400) < 0.3, 0] = np.nan
    labels = (np.nan_to_num(matrix[:, 0]) + rng.normal(size=400) > 0.5).astype(float)
    return matrix, labels


@pytest.fixture(scope="module")
def forest(patients: tuple[Matrix, Matrix]) -> RandomForestClassifier:
    return RandomForestClassifier(25, max_depth=6, random_state=0).fit(*patients)


def test_score_is_scikit_learns_own_probability(
    forest: RandomForestClassifier, patients: tuple[Matrix, Matrix]
) -> None:
    """Prevents votes taken for probabilities, and missing values sent the wrong way."""
    model = ForestModel.from_bytes(save_estimator(forest), IDENTITY)
    expected = forest.predict_proba(patients[0])[:, 1]
    np.testing.assert_allclose(model.score(patients[0]), expected, atol=1e-12)


def test_trees_route_every_value_as_scikit_learn_does(forest: RandomForestClassifier) -> None:
    """Prevents double precision where scikit-learn compares in single, and < for <=."""
    model = ForestModel.from_bytes(save_estimator(forest), IDENTITY)
    split_at = model.trees.threshold[np.isfinite(model.trees.threshold)]
    near = split_at.astype(np.float32).astype(np.float64)
    edges = np.concatenate([split_at, near, near + 1e-12, near - 1e-12, [np.nan, np.nan]])
    matrix = np.random.default_rng(1).choice(edges, size=(2000, 3))
    expected = forest.predict_proba(matrix)[:, 1]
    np.testing.assert_array_equal(model.trees.score(matrix), model.score(matrix))
    np.testing.assert_allclose(model.score(matrix), expected, atol=1e-12)


def test_a_forest_that_saw_no_missing_value_still_scores_one(
    patients: tuple[Matrix, Matrix],
) -> None:
    """Prevents a crash on the first patient with a gap."""
    matrix, labels = np.nan_to_num(patients[0]), patients[1]
    content = fit(matrix, labels, COLUMNS, {"n_trees": 5, "max_depth": 3}, 0)
    model = ForestModel.from_bytes(content, IDENTITY)
    gaps = np.full((1, 3), np.nan)
    assert 0.0 <= model.score(gaps)[0] <= 1.0
    np.testing.assert_array_equal(model.score(gaps), model.trees.score(gaps))


def test_compiled_scores_are_the_same_to_the_last_bit(
    forest: RandomForestClassifier, patients: tuple[Matrix, Matrix]
) -> None:
    """A risk must not depend on whether compiled code was loaded when it was asked for."""
    model = ForestModel.from_bytes(save_estimator(forest), IDENTITY)
    native = model._score_natively(patients[0])
    np.testing.assert_array_equal(model._scoring.compiled.score(patients[0]), native)


def test_shipped_model_reconciles_with_its_trees(forest_study: Study) -> None:
    model = forest_study.model
    assert isinstance(model, ForestModel)
    np.testing.assert_array_equal(
        model.trees.score(forest_study.matrix), model.score(forest_study.matrix)
    )


def test_training_twice_gives_the_same_bytes(patients: tuple[Matrix, Matrix]) -> None:
    """Prevents memory addresses, clock time and stray bytes in the bundle's digest."""
    parameters = {"n_trees": 5, "max_depth": 3}
    first = fit(*patients, COLUMNS, parameters, 1)
    assert fit(*patients, COLUMNS, parameters, 1) == first
    assert fit(*patients, COLUMNS, parameters, 2) != first


def test_other_estimators_are_refused(patients: tuple[Matrix, Matrix]) -> None:
    matrix = np.nan_to_num(patients[0])
    extra = ExtraTreesClassifier(3, random_state=0).fit(matrix, patients[1])
    for other in (extra, LogisticRegression().fit(matrix, patients[1])):
        with pytest.raises(BundleError, match=type(other).__name__):
            ForestModel.from_bytes(save_estimator(other), IDENTITY)


def test_a_list_that_holds_no_forest_is_refused() -> None:
    with pytest.raises(BundleError, match="must hold a random forest"):
        ForestModel.from_bytes(save_estimator([1, 2]), IDENTITY)


def test_an_untrained_forest_is_refused() -> None:
    with pytest.raises(BundleError, match="trained"):
        ForestModel.from_bytes(save_estimator(RandomForestClassifier()), IDENTITY)


def test_another_number_of_features_is_refused(forest: RandomForestClassifier) -> None:
    two = Identity("toy", "1", "", COLUMNS[:2], Link("probability"))
    with pytest.raises(BundleError, match="2 features"):
        ForestModel.from_bytes(save_estimator(forest), two)


@pytest.mark.parametrize("side", ["children_left", "children_right"])
def test_a_leaf_that_scikit_learn_would_not_stop_at_is_refused(
    patients: tuple[Matrix, Matrix], side: str
) -> None:
    """It stops at -1 only; any other negative child is an address before the tree."""
    broken = RandomForestClassifier(3, max_depth=3, random_state=0).fit(*patients)
    tree = broken.estimators_[0].tree_
    leaf = int(np.flatnonzero(tree.children_left == -1)[0])
    getattr(tree, side)[leaf] = -2
    with pytest.raises(BundleError, match="whole"):
        ForestModel.from_bytes(save_estimator(broken), IDENTITY)


def test_children_outside_the_tree_are_refused(patients: tuple[Matrix, Matrix]) -> None:
    """Prevents reading beyond a tree's memory because a file says so."""
    broken = RandomForestClassifier(2, max_depth=3, random_state=0).fit(*patients)
    broken.estimators_[0].tree_.children_left[0] = 10_000
    with pytest.raises(BundleError, match="whole"):
        ForestModel.from_bytes(save_estimator(broken), IDENTITY)
