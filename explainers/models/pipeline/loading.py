"""From a model file to a pipeline that is fit to be explained."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from explainers.core.arrays import BoolArray, FloatArray, frozen_floats
from explainers.core.link import ScoreKind
from explainers.core.schema import Column
from explainers.errors import BundleError, UnsupportedError
from explainers.models.fitted import Identity
from explainers.models.pipeline.form import ALLOWED_TYPES, require_form
from explainers.models.pipeline.model import (
    AdditivePipelineModel,
    PipelineModel,
    TreePipelineModel,
    first_step,
)
from explainers.models.pipeline.own_trees import read_own_trees
from explainers.models.pipeline.owners import Origins, origins_after
from explainers.models.skops_file import load_estimator

# Terms or trees, and the score of a pipeline, differ by rounding only.
LARGEST_RESIDUAL = 1e-9
# Classifiers that add up log-odds.
ADDS_LOG_ODDS = (
    "GradientBoostingClassifier",
    "HistGradientBoostingClassifier",
    "LogisticRegression",
)
# Those whose parts can be read.
OPENED = (
    *ADDS_LOG_ODDS,
    "DecisionTreeClassifier",
    "ExtraTreesClassifier",
    "RandomForestClassifier",
)

_MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def score_kind_of(estimator: Any) -> ScoreKind:
    """What the link in a bundle's facts has to say: log-odds where the end adds up log-odds."""
    return "log-odds" if type(_end_of(estimator)).__name__ in ADDS_LOG_ODDS else "probability"


def load(content: bytes, identity: Identity) -> PipelineModel:
    """Load a pipeline from a skops file.

    Returns
    -------
    PipelineModel
        One with terms where it ends in a logistic regression, and one with trees where it ends in
        trees whose splits divide the features' own values.

    Raises
    ------
    BundleError
        When the file is damaged, holds anything else, does not fit the bundle's features or link,
        or has no answer to a level of a feature or to a missing value.
    """
    estimator = load_estimator(content, ALLOWED_TYPES)
    try:
        _require_fit(estimator, identity)
        require_form(estimator)
        plain = PipelineModel(identity, estimator)
        patients, changed = _one_change_each(identity.columns)
        _require_answers(plain, patients)
        model = _open(plain, estimator)
        _require_same_score(model, plain, patients)
        if isinstance(model, AdditivePipelineModel):
            _require_own_terms(model, patients, changed)
    except _MALFORMED as error:
        raise BundleError(
            f"a model file must hold the pipeline that its bundle describes: {error}",
            value=type(estimator).__name__,
        ) from error
    return model


def _end_of(estimator: Any) -> Any:
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def _require_fit(estimator: Any, identity: Identity) -> None:
    n_features = len(identity.columns)
    first = first_step(estimator)
    names = getattr(first, "feature_names_in_", None)
    own_names = [column.name for column in identity.columns]
    if [float(label) for label in estimator.classes_] != [0.0, 1.0]:
        raise ValueError("it must tell 0 from 1")
    if int(first.n_features_in_) != n_features:
        raise ValueError(f"it must take {n_features} features")
    if names is not None and list(names) != own_names:
        raise ValueError("it must take the bundle's features in their order")
    if identity.link.score_kind != score_kind_of(estimator):
        raise ValueError(f"the link of its bundle must say {score_kind_of(estimator)}")


def _open(plain: PipelineModel, estimator: Any) -> PipelineModel:
    """The same model with its terms or its trees, where it has them in the features' own values."""
    end = _end_of(estimator)
    if type(end).__name__ not in OPENED:
        return plain
    origins = Origins.of_patients(len(plain.columns))
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps[:-1]:
            origins = origins_after(step, origins)
    if type(end).__name__ == "LogisticRegression":
        return _with_terms(plain, estimator, end, origins)
    trees = read_own_trees(end, plain.inner_columns, origins, plain.columns)
    return plain if trees is None else TreePipelineModel(plain.identity, estimator, trees)


def _with_terms(
    plain: PipelineModel, estimator: Any, end: Any, origins: Origins
) -> AdditivePipelineModel:
    coefficients = np.array(end.coef_, dtype=np.float64)
    if coefficients.shape != (1, len(origins.owner)):
        raise ValueError("the coefficients do not fit the columns")
    origins.owner.setflags(write=False)
    constant, weights = float(end.intercept_[0]), frozen_floats(coefficients[0])
    return AdditivePipelineModel(plain.identity, estimator, constant, weights, origins.owner)


def _require_answers(plain: PipelineModel, patients: FloatArray) -> None:
    """Every level and a missing value of each feature must have a finite score.

    Explanations and what-if questions put any of them together with any other.
    """
    try:
        reason = "" if np.isfinite(plain.score(patients)).all() else "its score is not finite"
    except UnsupportedError as error:
        reason = error.rule
    if reason:
        raise BundleError(
            "a pipeline must have an answer to every level of its features and to missing values:"
            f" {reason}",
            remedy='Put a SimpleImputer first, and use OneHotEncoder(handle_unknown="ignore").',
        )


def _require_same_score(model: PipelineModel, plain: PipelineModel, patients: FloatArray) -> None:
    """Terms and trees must add up to what the pipeline itself says."""
    scorer = model.trees if isinstance(model, TreePipelineModel) else model
    if np.abs(scorer.score(patients) - plain.score(patients)).max() > LARGEST_RESIDUAL:
        raise ValueError("its parts must add up to its score")


def _require_own_terms(
    model: AdditivePipelineModel, patients: FloatArray, changed: BoolArray
) -> None:
    """A term must move with its own feature only."""
    terms = model.terms(patients)
    if ((terms != terms[0]) & ~changed).any():
        raise ValueError("a term must belong to one feature")


def _one_change_each(columns: tuple[Column, ...]) -> tuple[FloatArray, BoolArray]:
    """Patients (n, p) of which all but the first differ from it in one feature, marked (n, p)."""
    changes = [
        (at, value)
        for at, column in enumerate(columns)
        for value in (np.nan, 1.0, *range(2, len(column.levels)))
    ]
    patients = np.zeros((len(changes) + 1, len(columns)))
    for row, (at, value) in enumerate(changes, start=1):
        patients[row, at] = value
    return patients, patients != 0
