"""Pipelines trained elsewhere; what hostile files hold is tested in test_pipeline_form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from explainers.attribution.kernel_shap import KernelShap
from explainers.attribution.lime_tabular import LimeTabular
from explainers.attribution.linear_shap import LinearShap
from explainers.attribution.permutation_shap import PermutationShap
from explainers.attribution.registry import exact_shap_for
from explainers.core import Column, Link, Study
from explainers.errors import BundleError, UnsupportedError
from explainers.models.bundle import load_bundle, save_bundle
from explainers.models.fitted import Identity
from explainers.models.pipeline import (
    AdditivePipelineModel,
    PipelineModel,
    load,
    save_pipeline,
    score_kind_of,
)
from explainers.workspace import Workspace

Matrix = npt.NDArray[np.float64]
COLUMNS = (
    Column("age", "Age", "number"),
    Column("pain", "Pain", "category", levels=("none", "dull", "sharp")),
    Column("smokes", "Smokes", "yes_no"),
    Column("weight", "Weight", "number"),
)


@pytest.fixture(scope="module")
def patients() -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(0)
    n = 300
    matrix = np.column_stack(
        [rng.normal(50, 10, n), rng.integers(0, 3, n), rng.integers(0, 2, n), rng.normal(70, 9, n)]
    ).astype(float)
    risk = 0.06 * (matrix[:, 0] - 50) + (matrix[:, 1] == 2) * matrix[:, 2] - 0.5
    labels = (risk + rng.logistic(size=n) > 0).astype(float)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    return matrix, labels


def prepared() -> ColumnTransformer:
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    levels = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    return ColumnTransformer([("levels", levels, [1, 2]), ("numbers", numbers, [3, 0])])


def identity_for(estimator: Any, columns: tuple[Column, ...] = COLUMNS) -> Identity:
    return Identity("toy", "1", "digest", columns, Link(score_kind_of(estimator)))


def reload(estimator: Any) -> PipelineModel:
    return load(save_pipeline(estimator), identity_for(estimator))


def single_tree() -> DecisionTreeClassifier:
    return DecisionTreeClassifier(max_depth=3, random_state=0)


ENDS: dict[str, Callable[[], Any]] = {
    "forest": lambda: RandomForestClassifier(5, max_depth=3, random_state=0),
    "extra-trees": lambda: ExtraTreesClassifier(5, max_depth=3, random_state=0),
    "tree": single_tree,
    "boosting": lambda: GradientBoostingClassifier(n_estimators=5, random_state=0),
    "boosting-from-zero": lambda: GradientBoostingClassifier(n_estimators=5, init="zero"),
    "hist-boosting": lambda: HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "sigmoid": lambda: CalibratedClassifierCV(LogisticRegression(), cv=2),
    "frozen": lambda: CalibratedClassifierCV(
        make_pipeline(StandardScaler(), LogisticRegression()), cv=2, ensemble=False
    ),
    "isotonic": lambda: CalibratedClassifierCV(single_tree(), cv=2, method="isotonic"),
    "stack": lambda: StackingClassifier(
        [("line", LogisticRegression()), ("tree", single_tree())], cv=2
    ),
    "vote": lambda: VotingClassifier(
        [("line", LogisticRegression()), ("tree", single_tree())], voting="soft"
    ),
}
STEPS: dict[str, Callable[[], Any]] = {
    "columns": prepared,
    "one by one": lambda: make_pipeline(SimpleImputer(), StandardScaler()),
    "drop first": lambda: make_pipeline(
        SimpleImputer(strategy="most_frequent", add_indicator=True),
        ColumnTransformer(
            [
                ("levels", OneHotEncoder(drop="first", handle_unknown="ignore"), [1, 6]),
                ("gone", "drop", [0]),
            ],
            remainder="passthrough",
        ),
    ),
    "rare levels": lambda: ColumnTransformer(
        [
            (
                "levels",
                OneHotEncoder(min_frequency=0.3, handle_unknown="infrequent_if_exist"),
                slice(1, 3),
            ),
            ("numbers", SimpleImputer(), np.array([True, False, False, True])),
        ]
    ),
    "order": lambda: ColumnTransformer(
        [
            (
                "levels",
                OrdinalEncoder(
                    handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
                ),
                [1, 2],
            ),
            ("numbers", make_pipeline(SimpleImputer(), "passthrough"), [0, 3]),
        ]
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_score_is_the_pipelines_own(patients: tuple[Matrix, Matrix], end: str) -> None:
    """Prevents a class in the other's place, and anything lost on the way through the file."""
    pipeline = Pipeline([("prepare", prepared()), ("end", ENDS[end]())]).fit(*patients)
    model = reload(pipeline)
    if model.link.score_kind == "log-odds":
        expected = pipeline.decision_function(patients[0])
    else:
        expected = pipeline.predict_proba(patients[0])[:, 1]
    np.testing.assert_array_equal(model.score(patients[0]), expected)
    assert model.score(patients[0][:0]).shape == (0,)
    risk = model.link.risk(model.score(patients[0]))
    np.testing.assert_allclose(risk, pipeline.predict_proba(patients[0])[:, 1], atol=1e-5)


@pytest.mark.parametrize("steps", STEPS)
def test_terms_add_up_to_the_log_odds_and_belong_to_their_feature(
    patients: tuple[Matrix, Matrix], steps: str
) -> None:
    """Prevents a level's or an indicator's weight from being booked under a neighbour."""
    pipeline = make_pipeline(STEPS[steps](), LogisticRegression(max_iter=5000)).fit(*patients)
    model = reload(pipeline)
    assert isinstance(model, AdditivePipelineModel)
    matrix = patients[0]
    total = model.constant + model.terms(matrix).sum(axis=1)
    np.testing.assert_allclose(total, pipeline.decision_function(matrix), atol=1e-9)
    np.testing.assert_array_equal(model.score(matrix), total)
    for at in range(len(COLUMNS)):
        other = matrix.copy()
        other[:, at] = np.roll(other[:, at], 1)
        same = np.delete(model.terms(other) - model.terms(matrix), at, axis=1)
        assert not same.any()


def test_a_bare_regression_is_additive_too(patients: tuple[Matrix, Matrix]) -> None:
    """It has no answer to missing values, so it gets a step that has."""
    filled = np.nan_to_num(patients[0])
    bare = LogisticRegression(max_iter=5000).fit(filled, patients[1])
    with pytest.raises(BundleError, match=r"missing values.*SimpleImputer"):
        reload(bare)
    model = reload(make_pipeline("passthrough", SimpleImputer(), bare).fit(*patients))
    assert isinstance(model, AdditivePipelineModel)


def test_a_pipeline_fitted_on_a_frame_gets_its_names(patients: tuple[Matrix, Matrix]) -> None:
    """Prevents columns asked for by name from being looked for in a bare matrix."""
    names = [column.name for column in COLUMNS]
    frame = pd.DataFrame(patients[0], columns=names)
    steps = ColumnTransformer([("numbers", SimpleImputer(), ["weight", "age"])])
    pipeline = make_pipeline(steps, LogisticRegression(max_iter=5000)).fit(frame, patients[1])
    model = reload(pipeline)
    np.testing.assert_allclose(
        model.score(patients[0]), pipeline.decision_function(frame), atol=1e-12
    )
    swapped = pipeline.fit(frame[names[::-1]], patients[1])
    with pytest.raises(BundleError, match="features in their order"):
        reload(swapped)


def test_a_level_not_met_in_training_has_an_answer_or_the_bundle_is_refused(
    patients: tuple[Matrix, Matrix],
) -> None:
    """Prevents a model that fails at the first what-if question about the missing level."""
    matrix = patients[0].copy()
    matrix[matrix[:, 1] == 2, 1] = 0
    steps = prepared()
    tolerant = make_pipeline(steps, single_tree()).fit(matrix, patients[1])
    assert np.isfinite(reload(tolerant).score(patients[0])).all()
    steps.set_params(levels__onehotencoder__handle_unknown="error")
    strict = make_pipeline(steps, single_tree()).fit(matrix, patients[1])
    with pytest.raises(BundleError, match=r"every level of its features.*handle_unknown"):
        reload(strict)


def test_a_number_without_an_answer_is_named_when_it_comes(
    patients: tuple[Matrix, Matrix],
) -> None:
    model = reload(make_pipeline(prepared(), single_tree()).fit(*patients))
    endless = patients[0][:2].copy()
    endless[0, 0] = np.inf
    with pytest.raises(UnsupportedError, match=r"pipeline of toy has no answer.*infinity"):
        model.score(endless)


def test_labels_may_be_whole_numbers_or_truth_values(patients: tuple[Matrix, Matrix]) -> None:
    matrix, labels = patients
    for kind in (np.int64, np.bool_):
        model = reload(make_pipeline(prepared(), single_tree()).fit(matrix, labels.astype(kind)))
        assert model.score(matrix).dtype == np.float64


def test_saving_twice_gives_the_same_bytes_and_changes_nothing(
    patients: tuple[Matrix, Matrix],
) -> None:
    """Prevents random number generators in a bundle, and a pipeline that cannot be refitted."""
    end = GradientBoostingClassifier(n_estimators=3, random_state=np.random.RandomState(0))
    pipeline = make_pipeline(prepared(), end).fit(*patients)
    assert save_pipeline(pipeline) == save_pipeline(pipeline)
    assert isinstance(end.random_state, np.random.RandomState)
    assert reload(pipeline).score(patients[0]).any()


def test_a_pipeline_that_does_not_fit_its_bundle_is_refused(
    patients: tuple[Matrix, Matrix],
) -> None:
    matrix, labels = patients
    tree = make_pipeline(prepared(), single_tree()).fit(matrix, labels)
    line = make_pipeline(prepared(), LogisticRegression()).fit(matrix, labels)
    texts = make_pipeline(prepared(), single_tree()).fit(matrix, np.where(labels, "ill", "well"))
    many = make_pipeline(prepared(), single_tree()).fit(matrix, np.arange(len(labels)) % 3)
    vote = VotingClassifier([("tree", tree)], voting="hard").fit(matrix, labels)
    own = identity_for(tree)
    for estimator, identity, reason in (
        (tree, identity_for(tree, COLUMNS[:3]), "3 features"),
        (tree, replace(own, link=Link("log-odds")), "link of its bundle must say probability"),
        (line, own, "link of its bundle must say log-odds"),
        (texts, own, "could not convert"),
        (many, own, "tell 0 from 1"),
        (vote, own, "soft"),
        (make_pipeline(prepared(), single_tree()), own, "no attribute"),
    ):
        with pytest.raises(BundleError, match=reason):
            load(save_pipeline(estimator), identity)


@pytest.fixture(scope="module")
def heart_pipeline(
    workspace: Workspace, forest_study: Study, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Any], Study]:
    """The study of a pipeline trained on real patients, saved and loaded as a bundle."""

    def open_study(estimator: Any) -> Study:
        known = forest_study.is_labelled
        estimator.fit(forest_study.matrix[known], forest_study.labels[known])
        facts = replace(
            workspace.load_bundle("heart-forest").facts,
            family="sklearn-pipeline",
            link=Link(score_kind_of(estimator), 0.1, 0.9),
            recipe={},
        )
        directory: Path = tmp_path_factory.mktemp("models") / "bundle"
        save_bundle(directory, facts, save_pipeline(estimator), ["p1"])
        model = load_bundle(directory, forest_study.cohort.schema).model
        reference = forest_study.reference.select(forest_study.reference.patient_ids[:8])
        return replace(forest_study, model=model, reference=reference)

    return open_study


def heart_steps(study: Study) -> ColumnTransformer:
    columns = study.model.columns
    levels = [at for at, column in enumerate(columns) if not column.is_numeric]
    one_hot = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    return ColumnTransformer(
        [("levels", one_hot, levels)], remainder=make_pipeline(SimpleImputer(), StandardScaler())
    )


@pytest.mark.parametrize("end", ["stack", "isotonic"])
def test_ensembles_are_explained_in_the_patients_own_features(
    heart_pipeline: Callable[[Any], Study], forest_study: Study, end: str
) -> None:
    """Prevents reasons for one-hot columns, which no patient has, and sums that lack some."""
    study = heart_pipeline(make_pipeline(heart_steps(forest_study), ENDS[end]()))
    rows, ids = study.matrix[:1], study.cohort.patient_ids[:1]
    by_orders = PermutationShap(100).explain(study, rows, ids, "risk")
    by_kernel = KernelShap(600).explain(study, rows, ids, "risk")
    for found in (by_orders, by_kernel):
        assert found.feature_names == forest_study.model.feature_names
        assert np.abs(found.residual()).max() < 1e-9
    assert by_orders.std_error is not None
    assert by_kernel.std_error is not None
    error = np.hypot(by_orders.std_error, by_kernel.std_error)
    assert (np.abs(by_orders.values - by_kernel.values) <= 5 * error + 1e-9).all()
    assert LimeTabular(500).explain(study, rows, ids, "risk").values.shape == rows.shape
    with pytest.raises(UnsupportedError, match="Choose permutation"):
        exact_shap_for(study.model, "risk")


def test_an_additive_pipeline_is_explained_exactly(
    heart_pipeline: Callable[[Any], Study], forest_study: Study
) -> None:
    study = heart_pipeline(make_pipeline(heart_steps(forest_study), LogisticRegression()))
    assert exact_shap_for(study.model, "risk").slug == "exact-shap"
    rows, ids = study.matrix[:3], study.cohort.patient_ids[:3]
    exact = LinearShap().explain(study, rows, ids, "log-odds")
    assert np.abs(exact.residual()).max() < 1e-9
    sampled = KernelShap(128).explain(study, rows, ids, "log-odds")
    np.testing.assert_allclose(sampled.values, exact.values, atol=1e-9)
