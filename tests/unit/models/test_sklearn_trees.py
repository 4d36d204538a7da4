from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import skops.io
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
)
from sklearn.tree import DecisionTreeClassifier

from explainers.core import Column, Link
from explainers.errors import BundleError, RecipeError
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity
from explainers.models.sklearn_trees.hist_gradient_boosting import pack
from explainers.models.skops_file import save_estimator
from explainers.models.whole_trees import children_are_whole

Matrix = npt.NDArray[np.float64]
Patients = tuple[Matrix, Matrix]
LEVELS = ("u", "v", "w", "x", "y", "z")
# No training patient has this level.
UNMET = 4
COLUMNS = (
    Column("a", "A", "number"),
    Column("b", "B", "number"),
    Column("c", "C", "category", levels=LEVELS),
)
VOTING = {"n_trees": 6, "max_depth": 5}
BOOSTED = {"n_trees": 10, "max_depth": 3, "learning_rate": 0.3}
PARAMETERS: dict[str, dict[str, Any]] = {
    "random-forest": VOTING,
    "extra-trees": VOTING,
    "decision-tree": {"max_depth": 5},
    "gradient-boosting": BOOSTED,
    "hist-gradient-boosting": BOOSTED,
}
# Estimators of each family as others may have trained them, and how they are saved.
ESTIMATORS: dict[str, tuple[Callable[[], Any], Callable[[Any], bytes]]] = {
    "extra-trees": (lambda: ExtraTreesClassifier(3, max_depth=3, random_state=0), save_estimator),
    "decision-tree": (lambda: DecisionTreeClassifier(max_depth=3), save_estimator),
    "gradient-boosting": (
        lambda: GradientBoostingClassifier(n_estimators=3, random_state=0),
        save_estimator,
    ),
    "hist-gradient-boosting": (
        lambda: HistGradientBoostingClassifier(
            max_iter=3, categorical_features=[2], early_stopping=False
        ),
        pack,
    ),
}


@pytest.fixture(scope="module")
def patients() -> Patients:
    rng = np.random.default_rng(0)
    matrix = np.round(rng.normal(size=(400, 3)), 1)
    matrix[:, 2] = rng.choice([0, 1, 2, 3, 5], size=400)
    signal = matrix[:, 0] + 2 * np.isin(matrix[:, 2], [0, 3])
    return matrix, (signal + rng.normal(size=400) > 1).astype(float)


@pytest.fixture(scope="module")
def gappy(patients: Patients) -> Patients:
    matrix = patients[0].copy()
    matrix[np.random.default_rng(1).random(matrix.shape) < 0.15] = np.nan
    return matrix, patients[1]


def identity_of(family: str, columns: tuple[Column, ...] = COLUMNS) -> Identity:
    return Identity("toy", "1", "", columns, Link(FAMILIES[family].score_kind))


def train(family: str, patients: Patients, seed: int = 0) -> bytes:
    return FAMILIES[family].fit(*patients, identity_of(family), PARAMETERS[family], seed)


def load(family: str, content: bytes, columns: tuple[Column, ...] = COLUMNS) -> Any:
    return FAMILIES[family].load(content, identity_of(family, columns))


def native_score(content: bytes, matrix: Matrix) -> Matrix:
    native = skops.io.loads(content, trusted=skops.io.get_untrusted_types(data=content))
    if hasattr(native, "decision_function"):
        return np.asarray(native.decision_function(matrix))
    return np.asarray(native.predict_proba(matrix)[:, 1])


@pytest.mark.parametrize("family", PARAMETERS)
def test_score_is_scikit_learns_own(family: str, patients: Patients, gappy: Patients) -> None:
    """Prevents a lost learning rate or prior, and a missing value or level sent the wrong way."""
    trained_on = patients if family == "gradient-boosting" else gappy
    content = train(family, trained_on)
    model = load(family, content)
    matrix = trained_on[0].copy()
    matrix[:40, 2] = UNMET
    expected = native_score(content, matrix)
    np.testing.assert_allclose(model.score(matrix), expected, atol=1e-9)
    np.testing.assert_allclose(model.trees.score(matrix), expected, atol=1e-9)
    assert model.score(matrix[:0]).shape == (0,)


@pytest.mark.parametrize("family", PARAMETERS)
def test_trees_route_every_value_as_the_library_does(family: str, patients: Patients) -> None:
    """Prevents the wrong precision of the comparison, and < for <=."""
    content = train(family, patients)
    model = load(family, content)
    is_number = np.isin(model.trees.feature, (0, 1)) & np.isfinite(model.trees.threshold)
    split_at = model.trees.threshold[is_number]
    near = split_at.astype(np.float32).astype(np.float64)
    beside = [np.nextafter(split_at, -np.inf), np.nextafter(split_at, np.inf)]
    edges = np.concatenate([split_at, near, *beside])
    rng = np.random.default_rng(2)
    matrix = rng.choice(edges, size=(2000, 3))
    matrix[:, 2] = rng.integers(len(LEVELS), size=2000)
    expected = native_score(content, matrix)
    np.testing.assert_allclose(model.trees.score(matrix), expected, atol=1e-9)
    np.testing.assert_allclose(model.score(matrix), expected, atol=1e-9)


@pytest.mark.parametrize("family", PARAMETERS)
def test_training_twice_gives_the_same_bytes(family: str, patients: Patients) -> None:
    assert train(family, patients, 1) == train(family, patients, 1)


def test_a_category_without_order_is_split_by_sets_of_levels(patients: Patients) -> None:
    """Prevents the schema's order of the levels from standing in for an order they lack."""
    content = train("hist-gradient-boosting", patients)
    native = skops.io.loads(content, trusted=skops.io.get_untrusted_types(data=content))
    assert any(predictor.nodes["is_categorical"].any() for (predictor,) in native._predictors)
    assert load("hist-gradient-boosting", content).trees.compares_in == "double"


def test_monotone_constraints_of_a_loaded_model_hold(gappy: Patients) -> None:
    """scikit-learn reorders constraints along with its columns; the trees must still be its."""
    native = HistGradientBoostingClassifier(
        max_iter=20, categorical_features=[2], monotonic_cst=[1, -1, 0], early_stopping=False
    ).fit(*gappy)
    model = load("hist-gradient-boosting", pack(native))
    np.testing.assert_allclose(
        model.trees.score(gappy[0]), native.decision_function(gappy[0]), atol=1e-9
    )
    rising = np.repeat(gappy[0][:50], 9, axis=0)
    rising[:, 0] = np.tile(np.linspace(-3, 3, 9), 50)
    assert (np.diff(model.trees.score(rising).reshape(50, 9), axis=1) >= 0).all()


def test_packing_leaves_the_estimator_as_it_was(gappy: Patients) -> None:
    native = HistGradientBoostingClassifier(max_iter=2, categorical_features=[2]).fit(*gappy)
    pack(native)
    assert native._feature_subsample_rng is not None
    assert native._preprocessor.transformers[1][1].func is not None


def test_gradient_boosting_refuses_to_learn_from_gaps(gappy: Patients) -> None:
    """Prevents scikit-learn's error about an estimator that the user never named."""
    with pytest.raises(RecipeError, match=r"complete values only .*'a', 'b', 'c'"):
        train("gradient-boosting", gappy)


def test_gradient_boosting_sends_a_gap_where_most_training_patients_went(
    patients: Patients,
) -> None:
    model = load("gradient-boosting", train("gradient-boosting", patients))
    gaps = np.full((1, 3), np.nan)
    np.testing.assert_allclose(model.score(gaps), model.trees.score(gaps), atol=1e-12)
    trees = model.trees
    inner = np.flatnonzero(trees.feature >= 0)
    left, right = trees.cover[trees.left[inner]], trees.cover[trees.right[inner]]
    decided = left != right
    np.testing.assert_array_equal(trees.missing_goes_left[inner][decided], (left > right)[decided])


def test_gradient_boosting_from_zero_has_no_prior(patients: Patients) -> None:
    native = GradientBoostingClassifier(n_estimators=3, init="zero").fit(*patients)
    model = load("gradient-boosting", save_estimator(native))
    np.testing.assert_allclose(
        model.trees.score(patients[0]), native.decision_function(patients[0]), atol=1e-9
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "exponential"}, "ExponentialLoss"),
        ({"init": DummyClassifier(strategy="most_frequent")}, "event rate"),
    ],
)
def test_other_gradient_boostings_are_refused(
    settings: dict[str, Any], message: str, patients: Patients
) -> None:
    """Prevents a score in another unit, or one that starts elsewhere, from passing as log-odds."""
    native = GradientBoostingClassifier(n_estimators=2, **settings).fit(*patients)
    with pytest.raises(BundleError, match=message):
        load("gradient-boosting", save_estimator(native))


def test_a_gradient_boosting_that_says_it_has_another_loss_is_refused(patients: Patients) -> None:
    native = GradientBoostingClassifier(n_estimators=2).fit(*patients)
    native.loss = "exponential"
    with pytest.raises(BundleError, match="log loss"):
        load("gradient-boosting", save_estimator(native))


@pytest.mark.parametrize("family", ESTIMATORS)
def test_what_is_no_trained_estimator_of_the_family_is_refused(
    family: str, patients: Patients
) -> None:
    make, save = ESTIMATORS[family]
    other = "decision-tree" if family != "decision-tree" else "extra-trees"
    foreign = save_estimator(ESTIMATORS[other][0]().fit(*patients))
    with pytest.raises(BundleError, match="types that its family needs"):
        load(family, foreign)
    with pytest.raises(BundleError, match="must hold"):
        load(family, save_estimator([1, 2]))
    with pytest.raises(BundleError, match="1 features"):
        load(family, save(make().fit(*patients)), COLUMNS[:1])
    with pytest.raises(BundleError, match="classes"):
        load(family, save(make().fit(patients[0], patients[1] + 1)))


@pytest.mark.parametrize("family", ESTIMATORS)
def test_untrained_estimators_are_refused(family: str) -> None:
    with pytest.raises(BundleError, match="trained"):
        load(family, save_estimator(ESTIMATORS[family][0]()))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left", 10_000),
        ("right", 0),
        ("feature_idx", -1),
        ("feature_idx", 7),
        ("is_categorical", 1),
        ("bitset_idx", 99),
        ("num_threshold", np.nan),
        ("value", np.inf),
    ],
)
def test_records_that_point_elsewhere_are_refused(
    field: str, value: float, patients: Patients
) -> None:
    """Prevents reading beyond a tree's memory because a file says so."""
    native = ESTIMATORS["hist-gradient-boosting"][0]().fit(*patients)
    for (predictor,) in native._predictors:
        nodes = predictor.nodes
        inner = nodes["is_leaf"] == 0
        is_set = nodes["is_categorical"] == 1
        nodes[field][inner & is_set if field == "bitset_idx" else inner & ~is_set] = value
        if field == "value":
            nodes[field][0] = value
    with pytest.raises(BundleError, match="whole"):
        load("hist-gradient-boosting", pack(native))


def test_levels_that_the_column_lacks_are_refused(patients: Patients) -> None:
    """Prevents positions of other levels, or plain numbers, from being read as this schema's."""
    content = pack(ESTIMATORS["hist-gradient-boosting"][0]().fit(*patients))
    fewer = Column("c", "C", "category", levels=("u", "v"))
    for column in (fewer, Column("c", "C", "number")):
        with pytest.raises(BundleError, match="only where its column has these levels"):
            load("hist-gradient-boosting", content, (*COLUMNS[:2], column))


def test_a_child_with_two_parents_is_refused(patients: Patients) -> None:
    """Compiled code counts on trees; it would write beyond its arrays where branches meet again."""
    native = DecisionTreeClassifier(max_depth=3, random_state=0).fit(*patients)
    tree = native.tree_
    tree.children_left[0] = tree.children_left[1]
    with pytest.raises(BundleError, match="whole"):
        load("decision-tree", save_estimator(native))


@pytest.mark.parametrize(
    ("left", "right", "is_whole"),
    [
        ([1, -1, -1], [2, -1, -1], True),
        ([-1], [-1], True),
        ([], [], False),
        ([1, -1, -1], [2, -1], False),
        ([1, -1, -1], [-1, -1, -1], False),
        ([1, -1, -1], [3, -1, -1], False),
        ([0, -1, -1], [2, -1, -1], False),
        ([1, -1, -1], [1, -1, -1], False),
        ([1, 3, 3, -1, -1], [2, 4, 4, -1, -1], False),
    ],
)
def test_only_trees_are_trees(left: list[int], right: list[int], *, is_whole: bool) -> None:
    assert children_are_whole(np.array(left), np.array(right)) is is_whole
