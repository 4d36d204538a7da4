"""Trees behind one-hot columns, scalers and imputers, read in the patient's own features."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from explainers.attribution.coalition_shap import CoalitionShap
from explainers.attribution.kernel_shap import KernelShap
from explainers.attribution.registry import exact_shap_for
from explainers.core import Cohort, CohortFacts, Column, Link, Schema, Study
from explainers.core.arrays import FloatArray
from explainers.errors import UnsupportedError
from explainers.models.fitted import Identity
from explainers.models.pipeline import (
    PipelineModel,
    TreePipelineModel,
    load,
    own_trees,
    save_pipeline,
)
from explainers.models.pipeline import score_kind_of as kind_of

COLUMNS = (
    Column("age", "Age", "number"),
    Column("pain", "Pain", "category", levels=("none", "dull", "sharp", "odd")),
    Column("smokes", "Smokes", "yes_no", levels=("no", "yes")),
    Column("weight", "Weight", "number"),
)
ENDS: dict[str, Any] = {
    "forest": RandomForestClassifier(5, max_depth=5, random_state=0),
    "extra-trees": ExtraTreesClassifier(5, max_depth=5, random_state=0),
    "tree": DecisionTreeClassifier(max_depth=6, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=6, max_depth=4, random_state=0),
    "hist-boosting": HistGradientBoostingClassifier(
        max_iter=4, min_samples_leaf=5, early_stopping=False
    ),
}


def some_patients(n: int, seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    matrix = np.column_stack(
        [
            rng.normal(50, 10, n).round(1),
            rng.integers(0, 4, n),
            rng.integers(0, 2, n),
            rng.normal(70, 9, n).round(1),
        ]
    ).astype(float)
    matrix[rng.random(matrix.shape) < 0.15] = np.nan
    return matrix


@pytest.fixture(scope="module")
def training() -> tuple[FloatArray, FloatArray]:
    matrix = some_patients(400, 0)
    filled = np.nan_to_num(matrix, nan=0.5)
    risk = 0.06 * (filled[:, 0] - 50) + (filled[:, 1] == 2) * filled[:, 2] + np.isnan(matrix[:, 3])
    labels = risk + np.random.default_rng(1).logistic(size=400) > 0.3
    return matrix, labels.astype(float)


def prepared(*, is_scaled: bool = True) -> ColumnTransformer:
    filled = SimpleImputer(add_indicator=True)
    numbers = make_pipeline(filled, StandardScaler()) if is_scaled else filled
    levels = make_pipeline(
        SimpleImputer(strategy="most_frequent", add_indicator=True),
        OneHotEncoder(handle_unknown="ignore"),
    )
    return ColumnTransformer([("levels", levels, [1, 2]), ("numbers", numbers, [3, 0])])


def reload(pipeline: Any) -> PipelineModel:
    return load(
        save_pipeline(pipeline), Identity("toy", "1", "digest", COLUMNS, Link(kind_of(pipeline)))
    )


def near(values: FloatArray) -> FloatArray:
    """Values, their next doubles on either side, and what single precision makes of them."""
    single = values.astype(np.float32)
    return np.concatenate(
        [
            values,
            np.nextafter(values, np.inf),
            np.nextafter(values, -np.inf),
            single.astype(float),
            np.nextafter(single, np.float32(np.inf)).astype(float),
        ]
    )


@pytest.mark.parametrize(
    ("end", "steps"), [*((end, "scaled") for end in ENDS), ("forest", "as they are")]
)
def test_the_trees_say_what_the_pipeline_says(
    training: tuple[FloatArray, FloatArray], end: str, steps: str
) -> None:
    """Prevents a level on the wrong side, and a number on the wrong side of a scaled threshold:
    a scaler rounds, so the threshold itself and its neighbours decide."""
    pipeline = make_pipeline(prepared(is_scaled=steps == "scaled"), ENDS[end]).fit(*training)
    model = reload(pipeline)
    assert isinstance(model, TreePipelineModel)
    assert set(model.trees.feature.tolist()) - {-1} <= set(range(4))
    patients = some_patients(4000, 2)
    rng = np.random.default_rng(3)
    for at in (0, 3):
        edges = model.trees.threshold[model.trees.feature == at]
        edges = edges[np.abs(edges) < 1e6]
        if len(edges):
            patients[:2000, at] = rng.choice(near(edges), 2000)
    method = "decision_function" if model.link.score_kind == "log-odds" else "predict_proba"
    expected = getattr(pipeline, method)(patients)
    expected = expected[:, 1] if expected.ndim == 2 else expected
    np.testing.assert_array_equal(model.score(patients), expected)
    np.testing.assert_allclose(model.trees.score(patients), expected, atol=1e-12)


def study_of(model: Any) -> Study:
    schema = Schema(CohortFacts("toy", "Toy", "Toy"), "id", COLUMNS)
    cohorts = []
    for seed, n in ((4, 5), (5, 12)):
        matrix = some_patients(n, seed)
        frame = pd.DataFrame(index=[f"p{seed}-{at}" for at in range(n)])
        for at, column in enumerate(COLUMNS):
            codes = np.where(np.isnan(matrix[:, at]), -1, matrix[:, at]).astype(int)
            frame[column.name] = (
                matrix[:, at]
                if column.is_numeric
                else pd.Categorical.from_codes(codes, list(column.levels))
            )
        cohorts.append(Cohort(frame, schema))
    return Study(model, cohorts[0], cohorts[1], "none", 0.2)


@pytest.mark.parametrize("end", ["forest", "hist-boosting"])
def test_exact_values_are_those_of_all_coalitions_of_own_features(
    training: tuple[FloatArray, FloatArray], end: str
) -> None:
    """Prevents the one-hot columns of a feature from being taken for players of their own."""
    study = study_of(reload(make_pipeline(prepared(), ENDS[end]).fit(*training)))
    ids = study.cohort.patient_ids
    for scale in ("risk", "log-odds"):
        method = exact_shap_for(study.model, scale)
        expected = "tree-shap" if kind_of(ENDS[end]) == scale else "exact-shap"
        assert method.slug == expected
        exact = method.explain(study, study.matrix, ids, scale)
        by_coalitions = KernelShap().explain(study, study.matrix, ids, scale)
        assert by_coalitions.is_exact
        # shap works in single precision inside.
        close = 1e-6 if expected == "tree-shap" else 1e-9
        np.testing.assert_allclose(exact.values, by_coalitions.values, atol=close)
        assert np.abs(exact.residual()).max() < close


def test_thresholds_do_not_depend_on_how_many_are_looked_for_at_once(
    training: tuple[FloatArray, FloatArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large ensembles are searched in parts and by single bits, which no small test would see."""
    pipeline = make_pipeline(prepared(), ENDS["tree"]).fit(*training)
    whole = reload(pipeline)
    monkeypatch.setattr(own_trees, "ROWS_AT_ONCE", 7)
    parts = reload(pipeline)
    assert isinstance(whole, TreePipelineModel)
    assert isinstance(parts, TreePipelineModel)
    np.testing.assert_array_equal(parts.trees.threshold, whole.trees.threshold)


def test_splits_that_divide_no_own_value_leave_the_model_closed(
    training: tuple[FloatArray, FloatArray],
) -> None:
    """A number's one-hot columns split it in more than two: then only predictions are used."""
    ordered = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
    )
    for steps in (OneHotEncoder(handle_unknown="ignore"), ordered):
        model = reload(make_pipeline(steps, ENDS["tree"]).fit(*training))
        assert type(model) is PipelineModel
    with pytest.raises(UnsupportedError, match="trees and models of one term"):
        CoalitionShap().explain(study_of(model), some_patients(1, 0), ("p",), "risk")
