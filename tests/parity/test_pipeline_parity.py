"""Reasons of an additive pipeline beside shap's reasons for each column inside it, added up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from explainers.attribution.linear_shap import LinearShap
from explainers.attribution.shap_package import load_shap
from explainers.core import Link, Study
from explainers.core.arrays import FloatArray
from explainers.models.fitted import Identity
from explainers.models.pipeline import load, save_pipeline


def levels_of(study: Study) -> list[int]:
    return [at for at, column in enumerate(study.model.columns) if not column.is_numeric]


@pytest.fixture(scope="module")
def pipeline(forest_study: Study) -> Pipeline:
    """One-hot columns, and indicators of missing values behind all others."""
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore")
    steps = ColumnTransformer([("levels", one_hot, levels_of(forest_study))], remainder=numbers)
    known = forest_study.is_labelled
    fitted: Pipeline = make_pipeline(steps, LogisticRegression(max_iter=5000)).fit(
        forest_study.matrix[known], forest_study.labels[known]
    )
    return fitted


def shap_by_feature(pipeline: Pipeline, study: Study) -> FloatArray:
    """shap's values of the columns (n, q) added up by the names of their features, (n, p)."""
    prepare, regression = pipeline[:-1], pipeline[-1]
    inside = [
        np.asarray(prepare.transform(matrix)) for matrix in (study.reference_matrix, study.matrix)
    ]
    masker = load_shap().maskers.Independent(inside[0], max_samples=len(inside[0]))
    by_column = load_shap().LinearExplainer(regression, masker).shap_values(inside[1])
    names = [f"x{at}" for at in range(study.matrix.shape[1])]
    own = np.zeros(study.matrix.shape)
    for at, name in enumerate(prepare.get_feature_names_out(names)):
        feature = name.partition("__")[2].removeprefix("missingindicator_").partition("_")[0]
        own[:, names.index(feature)] += by_column[:, at]
    return own


def test_one_hot_columns_are_merged_by_exact_sums(pipeline: Pipeline, forest_study: Study) -> None:
    """Prevents a level or an indicator from being left out, or given to a neighbour."""
    identity = Identity("toy", "1", "", forest_study.model.columns, Link("log-odds"))
    study = replace(forest_study, model=load(save_pipeline(pipeline), identity))
    found = LinearShap().explain(study, study.matrix, study.cohort.patient_ids, "log-odds")
    np.testing.assert_allclose(found.values, shap_by_feature(pipeline, study), atol=1e-9)
    assert np.abs(found.residual()).max() < 1e-9
    assert np.abs(found.values).max() > 0.1
