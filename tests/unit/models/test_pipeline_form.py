"""Files that name allowed types only and still must not be followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from explainers.core import Column, Link
from explainers.core.arrays import FloatArray
from explainers.errors import BundleError
from explainers.models.fitted import Identity
from explainers.models.pipeline import load, save_pipeline, score_kind_of
from explainers.models.skops_file import save_estimator

COLUMNS = tuple(Column(name, name, "category", levels=("x", "y", "z")) for name in ("a", "b"))
IDENTITY = Identity("toy", "1", "", COLUMNS, Link("probability"))
LOG_ODDS = Identity("toy", "1", "", COLUMNS, Link("log-odds"))


@pytest.fixture(scope="module")
def patients() -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(0)
    matrix = rng.integers(0, 3, (120, 2)).astype(float)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    return matrix, (np.nan_to_num(matrix).sum(axis=1) + rng.normal(size=120) > 2).astype(float)


def tree() -> DecisionTreeClassifier:
    return DecisionTreeClassifier(max_depth=3, random_state=0)


def with_end(end: Any) -> Pipeline:
    return make_pipeline(SimpleImputer(strategy="most_frequent"), end)


@pytest.mark.parametrize(
    ("pipeline", "named"),
    [
        (with_end(KNeighborsClassifier()), "KNeighborsClassifier"),
        (with_end(SVC()), "SVC"),
        (with_end(StackingClassifier([("svc", SVC())], cv=2)), "SVC"),
        (make_pipeline(FunctionTransformer(np.sqrt), tree()), r"numpy.*sqrt"),
        (
            make_pipeline(HistGradientBoostingClassifier(max_iter=2, categorical_features=[0])),
            "partial",
        ),
    ],
)
def test_a_foreign_type_is_refused_and_named(
    patients: tuple[FloatArray, FloatArray], pipeline: Any, named: str
) -> None:
    with pytest.raises(BundleError, match=rf"only the types that its family needs.*{named}"):
        load(save_pipeline(pipeline.fit(*patients)), IDENTITY)


def test_random_number_generators_are_refused(patients: tuple[FloatArray, FloatArray]) -> None:
    """skops builds them by calling whatever in numpy.random the file names."""
    pipeline = with_end(HistGradientBoostingClassifier(max_iter=2)).fit(*patients)
    with pytest.raises(BundleError, match="Generator"):
        load(save_estimator(pipeline), IDENTITY)


def spoil_tree(classifier: Any, child: int) -> None:
    classifier.tree_.children_left[0] = child


def spoil_leaf(classifier: Any) -> None:
    leaf = int(np.flatnonzero(classifier.tree_.children_left == -1)[0])
    classifier.tree_.children_left[leaf] = classifier.tree_.children_right[leaf] = -2


def spoil_feature(classifier: Any) -> None:
    classifier.tree_.feature[0] = 1000


def spoil_nodes(boosting: Any, name: str, value: int) -> None:
    boosting._predictors[0][0].nodes[name][0] = value


def spoil_width(boosting: Any) -> None:
    boosting.estimators_ = np.tile(boosting.estimators_, (1, 2))


def spoil_curve(calibrated: Any) -> None:
    hidden = RandomForestClassifier(2).fit(np.zeros((4, 1)), [0, 1, 0, 1])
    calibrated.calibrated_classifiers_[0].calibrators = [hidden]


def spoil_method(stack: Any) -> None:
    stack.stack_method_ = ["fit"]


def spoil_attribute(part: Any, name: str, value: Any) -> None:
    setattr(part, name, value)


@pytest.mark.parametrize(
    ("end", "spoil", "reason"),
    [
        (tree(), lambda end: spoil_tree(end, 10_000), "not whole"),
        (tree(), lambda end: spoil_tree(end, 0), "not whole"),
        (tree(), spoil_leaf, "not whole"),
        (tree(), spoil_feature, "not given"),
        (RandomForestClassifier(2), lambda end: spoil_tree(end.estimators_[1], 9999), "not whole"),
        (RandomForestClassifier(2), lambda end: end.estimators_.append(SimpleImputer()), "Simple"),
        (
            GradientBoostingClassifier(n_estimators=2),
            lambda end: spoil_feature(end.estimators_[1, 0]),
            "not given",
        ),
        (GradientBoostingClassifier(n_estimators=2), spoil_width, "one for each"),
        (
            GradientBoostingClassifier(n_estimators=2),
            lambda end: spoil_attribute(end._loss, "is_multiclass", value=True),
            "two classes",
        ),
        (
            GradientBoostingClassifier(n_estimators=2),
            lambda end: spoil_attribute(end, "init_", tree()),
            "stands where none belongs",
        ),
        (
            HistGradientBoostingClassifier(max_iter=2),
            lambda end: spoil_nodes(end, "left", 10_000),
            "not whole",
        ),
        (
            HistGradientBoostingClassifier(max_iter=2),
            lambda end: spoil_nodes(end, "feature_idx", 2),
            "not given",
        ),
        (
            HistGradientBoostingClassifier(max_iter=2),
            lambda end: spoil_nodes(end, "is_categorical", 1),
            "set of categories",
        ),
        (CalibratedClassifierCV(tree(), cv=2), spoil_curve, "RandomForestClassifier stands"),
        (StackingClassifier([("tree", tree())], cv=2), spoil_method, "of predictions"),
    ],
)
def test_a_position_that_leads_out_of_its_arrays_is_refused(
    patients: tuple[FloatArray, FloatArray], end: Any, spoil: Callable[[Any], None], reason: str
) -> None:
    """Prevents compiled code from reading or writing beyond its memory because a file says so."""
    pipeline = with_end(end).fit(*patients)
    spoil(end)
    identity = IDENTITY if score_kind_of(end) == "probability" else LOG_ODDS
    with pytest.raises(BundleError, match=reason):
        load(save_pipeline(pipeline), identity)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda encoder: encoder._n_features_outs.append(1), "another number of features"),
        (lambda encoder: encoder._n_features_outs.__setitem__(0, 2), "number of columns"),
        (lambda encoder: encoder.categories_.__setitem__(0, np.array([2.0, 0, 1])), "ascending"),
        (lambda encoder: encoder.categories_.__setitem__(0, np.array(["a"] * 3)), "numbers"),
    ],
)
def test_an_encoder_that_writes_beside_its_columns_is_refused(
    patients: tuple[FloatArray, FloatArray], spoil: Callable[[Any], None], reason: str
) -> None:
    """A sparse matrix is made dense by writing to wherever its positions say."""
    encoder = OneHotEncoder(handle_unknown="ignore")
    pipeline = make_pipeline(SimpleImputer(strategy="most_frequent"), encoder, tree())
    pipeline.fit(*patients)
    spoil(encoder)
    with pytest.raises(BundleError, match=reason):
        load(save_pipeline(pipeline), IDENTITY)


def test_terms_that_are_not_the_pipelines_are_refused(
    patients: tuple[FloatArray, FloatArray],
) -> None:
    """Prevents reasons read from one set of numbers beside a risk computed from another."""
    regression = LogisticRegression().fit(np.nan_to_num(patients[0]), patients[1])
    pipeline = with_end(regression).fit(*patients)
    regression.coef_ = np.vstack([regression.coef_, regression.coef_])
    with pytest.raises(BundleError, match="do not fit the columns"):
        load(save_pipeline(pipeline), LOG_ODDS)
