"""What a pipeline in a bundle may consist of, checked object by object before it scores anybody.

That a file names allowed types only says nothing about what they hold. The compiled code of trees
and of sparse matrices takes positions as it finds them, so a file could have it read or write
beyond its memory; here every position that scoring follows is looked at first.
"""

# ruff: noqa: SLF001 - scikit-learn keeps much of what scoring follows under private names

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from explainers.models.pipeline.sound_arrays import (
    require_sound_encoder,
    require_sound_nodes,
    require_sound_tree,
)
from explainers.models.skops_file import PLAIN_TYPES

_OBJECTS = (
    "calibration.CalibratedClassifierCV",
    "calibration._CalibratedClassifier",
    "calibration._SigmoidCalibration",
    "compose._column_transformer.ColumnTransformer",
    "dummy.DummyClassifier",
    "ensemble._forest.ExtraTreesClassifier",
    "ensemble._forest.RandomForestClassifier",
    "ensemble._gb.GradientBoostingClassifier",
    "ensemble._hist_gradient_boosting.binning._BinMapper",
    "ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
    "ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "ensemble._stacking.StackingClassifier",
    "ensemble._voting.VotingClassifier",
    "frozen._frozen.FrozenEstimator",
    "impute._base.MissingIndicator",
    "impute._base.SimpleImputer",
    "isotonic.IsotonicRegression",
    "linear_model._logistic.LogisticRegression",
    "_loss.link.Interval",
    "_loss.link.LogitLink",
    "_loss.loss.HalfBinomialLoss",
    "pipeline.Pipeline",
    "preprocessing._data.StandardScaler",
    "preprocessing._encoders.OneHotEncoder",
    "preprocessing._encoders.OrdinalEncoder",
    "preprocessing._function_transformer.FunctionTransformer",
    "preprocessing._label.LabelEncoder",
    "tree._classes.DecisionTreeClassifier",
    "tree._classes.DecisionTreeRegressor",
    "tree._classes.ExtraTreeClassifier",
)
ALLOWED_TYPES = (
    PLAIN_TYPES
    | {(f"sklearn.{name}", "ObjectNode") for name in _OBJECTS}
    | {
        ("builtins.int", "TypeNode"),
        ("numpy.uint64", "NdArrayNode"),
        ("sklearn._loss._loss.CyHalfBinomialLoss", "LossNode"),
        ("sklearn.tree._tree.Tree", "TreeNode"),
        ("sklearn.utils._bunch.Bunch", "DictNode"),
    }
)


def require_form(part: Any) -> None:
    """Accept a step, a classifier or "passthrough"; whatever they consist of is looked at too.

    Kinds go by their name alone, which is enough for an object built from ``ALLOWED_TYPES``.

    Raises
    ------
    ValueError
        When it is of another kind, or a position in it leads out of its arrays; what is missing
        shows as AttributeError, IndexError, KeyError or TypeError.
    """
    if part is None or (isinstance(part, str) and part in ("passthrough", "drop")):
        return
    _require_kind(part, *_REQUIRE)
    _REQUIRE[type(part).__name__](part)


def _require_kind(part: Any, *names: str) -> None:
    if type(part).__name__ not in names:
        raise ValueError(f"a {type(part).__name__} stands where none belongs")


def _accept(part: Any) -> None:
    """Nothing in it but numbers, which numpy checks where they are used."""


def _require_steps(pipeline: Any) -> None:
    for _, step in pipeline.steps:
        require_form(step)


def _require_columns(columns: Any) -> None:
    for _, step, _ in columns.transformers_:
        require_form(step)


def _require_identity(step: Any) -> None:
    if step.func is not None:
        raise ValueError("a function in a pipeline")


def _require_imputer(imputer: Any) -> None:
    if imputer.indicator_ is not None:
        _require_kind(imputer.indicator_, "MissingIndicator")


def _require_forest(forest: Any) -> None:
    for each in forest.estimators_:
        _require_kind(each, "DecisionTreeClassifier", "ExtraTreeClassifier")
        _require_tree(each.tree_, forest, n_values=2)


def _require_single_tree(classifier: Any) -> None:
    _require_tree(classifier.tree_, classifier, n_values=2)


def _require_tree(tree: Any, owner: Any, *, n_values: int) -> None:
    """``owner`` is who checks the width of the matrix that the tree is given."""
    _require_kind(tree, "Tree")
    require_sound_tree(tree, int(owner.n_features_in_), n_values=n_values)


def _require_boosting(boosting: Any) -> None:
    _require_loss(boosting._loss)
    if boosting.init_ != "zero":
        _require_kind(boosting.init_, "DummyClassifier")
    if boosting.estimators_.shape[1:] != (1,) or boosting.n_trees_per_iteration_ != 1:
        raise ValueError("boosted trees must be one for each step")
    for each in boosting.estimators_[:, 0]:
        _require_kind(each, "DecisionTreeRegressor")
        _require_tree(each.tree_, boosting, n_values=1)


def _require_hist_boosting(boosting: Any) -> None:
    _require_loss(boosting._loss)
    _require_kind(boosting._bin_mapper, "_BinMapper")
    is_categorical = boosting._bin_mapper.is_categorical_
    if boosting._preprocessor is not None or (is_categorical is not None and is_categorical.any()):
        raise ValueError("boosted trees with categorical_features in a pipeline")
    for (each,) in boosting._predictors:
        _require_kind(each, "TreePredictor")
        require_sound_nodes(each.nodes, int(boosting.n_features_in_))


def _require_loss(loss: Any) -> None:
    _require_kind(loss, "HalfBinomialLoss")
    _require_kind(loss.link, "LogitLink")
    if loss.is_multiclass:
        raise ValueError("boosted trees must tell two classes apart")


def _require_calibrated(calibrated: Any) -> None:
    for each in calibrated.calibrated_classifiers_:
        _require_kind(each, "_CalibratedClassifier")
        require_form(each.estimator)
        for curve in each.calibrators:
            _require_kind(curve, "_SigmoidCalibration", "IsotonicRegression")


def _require_stack(stack: Any) -> None:
    if not set(stack.stack_method_) <= {"predict_proba", "decision_function", "predict"}:
        raise ValueError("a stack must be of predictions")
    require_form(stack.final_estimator_)
    for each in stack.estimators_:
        require_form(each)


def _require_vote(vote: Any) -> None:
    if vote.voting != "soft":
        raise ValueError('a vote without voting="soft" has no probability')
    for each in vote.estimators_:
        require_form(each)


def _require_frozen(frozen: Any) -> None:
    require_form(frozen.estimator)


_REQUIRE: Mapping[str, Callable[[Any], None]] = {
    "CalibratedClassifierCV": _require_calibrated,
    "ColumnTransformer": _require_columns,
    "DecisionTreeClassifier": _require_single_tree,
    "ExtraTreesClassifier": _require_forest,
    "FrozenEstimator": _require_frozen,
    "FunctionTransformer": _require_identity,
    "GradientBoostingClassifier": _require_boosting,
    "HistGradientBoostingClassifier": _require_hist_boosting,
    "LogisticRegression": _accept,
    "OneHotEncoder": require_sound_encoder,
    "OrdinalEncoder": _accept,
    "Pipeline": _require_steps,
    "RandomForestClassifier": _require_forest,
    "SimpleImputer": _require_imputer,
    "StackingClassifier": _require_stack,
    "StandardScaler": _accept,
    "VotingClassifier": _require_vote,
}
