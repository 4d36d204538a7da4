"""SHAP values of trees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution import kernel
from explainers.attribution.attributor import prepare
from explainers.attribution.linear_shap import LinearShap
from explainers.attribution.shap_package import shap_of_trees
from explainers.attribution.tree_shap import TreeShap
from explainers.core import Study, TreeEnsemble
from explainers.errors import UnsupportedError

Make = Callable[..., Study]


def explain(study: Study, n: int = 20, **settings: str) -> object:
    method = TreeShap(**settings)
    return method.explain(study, study.matrix[:n], study.cohort.patient_ids[:n], "log-odds")


def stump(threshold: float) -> TreeEnsemble:
    return TreeEnsemble(
        feature=np.array([0, -1, -1]),
        threshold=np.array([threshold, np.nan, np.nan]),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        missing_goes_left=np.array([True, False, False]),
        value=np.array([0.0, -1.0, 1.0]),
        cover=np.array([2.0, 1.0, 1.0]),
        roots=np.array([0]),
    )


@pytest.mark.parametrize("perturbation", ["interventional", "path-dependent"])
def test_reasons_add_up_to_the_shown_prediction_with_missing_values(
    make_study: Make, perturbation: str
) -> None:
    """A lost calibration slope, base score or missing-value branch would leave a residual."""
    study = make_study("xgboost")
    assert np.isnan(study.matrix[:20]).any()
    attribution = explain(study, perturbation=perturbation)
    assert np.abs(attribution.residual()).max() < 1e-6
    np.testing.assert_array_equal(
        attribution.prediction, study.predict(study.matrix[:20], "log-odds")
    )


def test_the_baseline_is_the_mean_over_the_reference_patients(make_study: Make) -> None:
    study = make_study("xgboost")
    expected = study.predict(study.reference_matrix, "log-odds").mean()
    np.testing.assert_allclose(explain(study).baseline, expected, atol=1e-6)


def test_all_reference_patients_are_used_and_not_a_hundred_of_them(make_study: Make) -> None:
    """shap samples a background of more than 100 rows, so that the baseline is another one."""
    study = make_study("xgboost", n_reference=120)
    attribution = explain(study)
    expected = study.predict(study.reference_matrix, "log-odds").mean()
    np.testing.assert_allclose(attribution.baseline, expected, atol=1e-6)
    assert attribution.provenance.settings["n_reference"] == 120


def test_path_dependent_values_say_that_the_baseline_is_another_one(make_study: Make) -> None:
    """A baseline over training patients must not be taken for one over the reference patients."""
    settings = explain(make_study("xgboost"), perturbation="path-dependent").provenance.settings
    assert settings["baseline_over"] == "training patients"
    assert settings["n_reference"] == 0


def test_a_value_equal_to_the_threshold_in_single_precision_goes_as_the_model_sends_it() -> None:
    """In double precision the value lies right of the threshold, and the reason changes sign."""
    threshold = float(np.float32(0.1))
    value = threshold + 1e-10
    trees = stump(threshold)
    assert value > threshold
    assert trees.score(np.array([[value]]))[0] == -1
    values, base = shap_of_trees(trees, np.array([[value]]), np.array([[1.0]]))
    assert base == 1
    assert values[0, 0] == -2


def test_trees_of_one_leaf_are_a_constant() -> None:
    """An ensemble in which boosting found nothing to split on has no reasons, and no crash."""
    leaf = TreeEnsemble(
        feature=np.array([-1]),
        threshold=np.array([np.nan]),
        left=np.array([-1]),
        right=np.array([-1]),
        missing_goes_left=np.array([False]),
        value=np.array([0.25]),
        cover=np.array([1.0]),
        roots=np.array([0]),
        constant=0.5,
    )
    values, base = shap_of_trees(leaf, np.ones((2, 3)), np.zeros((4, 3)))
    assert base == 0.75
    assert not values.any()


def test_a_model_without_trees_is_refused(make_study: Make) -> None:
    with pytest.raises(UnsupportedError, match="decision trees"):
        explain(make_study("logistic"))


@pytest.mark.parametrize(("family", "scale"), [("xgboost", "risk"), ("forest", "log-odds")])
def test_a_curved_scale_is_refused_and_the_method_for_it_named(
    make_study: Make, family: str, scale: str
) -> None:
    """Scaling log-odds reasons to risk would give bars that do not add up."""
    support = TreeShap().supports(make_study(family).model, scale)
    assert not support.is_supported
    assert "exact-shap" in support.reason


def test_path_dependent_values_need_a_weight_at_every_node(make_study: Make) -> None:
    """Division by an empty node's weight would give NaN reasons."""
    model = make_study("xgboost").model
    assert TreeShap("path-dependent").supports(model, "log-odds").is_supported
    trees = replace(model.trees, cover=np.zeros(len(model.trees.cover)))
    unweighted = replace(model, trees=trees)
    assert not TreeShap("path-dependent").supports(unweighted, "log-odds").is_supported


def test_a_prepared_method_builds_its_tables_once_and_answers_the_same(
    make_study: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents tables that are built anew for every chunk, and values of a part of them."""
    study = make_study("xgboost", n_reference=100)
    expected = explain(study, n=60).values
    built = []
    build = kernel.build_tables
    monkeypatch.setattr(kernel, "build_tables", lambda *game: built.append(1) or build(*game))
    method = prepare(TreeShap(), study)
    ids = study.cohort.patient_ids
    parts = [
        method.explain(study, study.matrix[first : first + 30], ids[first : first + 30], "log-odds")
        for first in (0, 30)
    ]
    assert {part.provenance.settings["engine"] for part in parts} == {"kernel"}
    assert len(built) == 1
    np.testing.assert_array_equal(np.vstack([part.values for part in parts]), expected)
    assert method == TreeShap()


def test_a_method_prepared_for_one_study_gives_another_study_its_own_values(
    make_study: Make,
) -> None:
    """Prevents reasons by the trees or the reference patients of the study prepared for."""
    method = prepare(TreeShap(), make_study("xgboost"))
    other = make_study("xgboost", n_reference=40)
    found = method.explain(other, other.matrix[:60], other.cohort.patient_ids[:60], "log-odds")
    np.testing.assert_array_equal(found.values, explain(other, n=60).values)


def test_what_cannot_be_prepared_is_left_as_it_is(logistic_study: Study) -> None:
    assert prepare(TreeShap(), logistic_study) == TreeShap()
    method = LinearShap()
    assert prepare(method, logistic_study) is method
