"""Interactions of a study's patients."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explainers.attribution import interactions, pair_engines
from explainers.attribution.interactions import TreeInteractions
from explainers.attribution.kernel import pair_rows, plan
from explainers.attribution.tree_shap import TreeShap
from explainers.core import Study
from explainers.core.interaction import Interactions
from explainers.errors import SettingsError, UnsupportedError

Make = Callable[..., Study]
GAMES = ("interventional", "path-dependent")


def explain(study: Study, n: int = 20, perturbation: Any = "interventional") -> Interactions:
    method = TreeInteractions(perturbation)
    return method.explain(study, study.matrix[:n], study.cohort.patient_ids[:n], "log-odds")


@pytest.mark.parametrize("perturbation", GAMES)
@pytest.mark.parametrize("n", [2, 20])
def test_rows_add_up_to_shap_values_and_all_to_the_prediction(
    make_study: Make, perturbation: Any, n: int
) -> None:
    """A lost calibration slope, or main effects of the other game, would leave a residual."""
    study = make_study("xgboost")
    assert np.isnan(study.matrix[:n]).any()
    found = explain(study, n, perturbation)
    ids = study.cohort.patient_ids[:n]
    shap = TreeShap(perturbation).explain(study, study.matrix[:n], ids, "log-odds")
    np.testing.assert_allclose(found.contributions(), shap.values, atol=1e-9)
    np.testing.assert_array_equal(found.values, found.values.transpose(0, 2, 1))
    assert np.abs(found.residual()).max() < 1e-6
    np.testing.assert_array_equal(found.prediction, study.predict(study.matrix[:n], "log-odds"))


def test_few_patients_and_many_get_the_same_from_either_engine(make_study: Make) -> None:
    """The answer must not depend on how many are asked for; the provenance says who gave it."""
    study = make_study("xgboost")
    few = explain(study, pair_engines.FEWEST_PATIENTS - 1, "path-dependent")
    many = explain(study, 20, "path-dependent")
    assert few.provenance.settings["engine"] == "shap"
    assert many.provenance.settings["engine"] == "kernel"
    np.testing.assert_allclose(few.values, many.values[: len(few.values)], atol=1e-9)
    assert explain(study, 1).provenance.settings["engine"] == "kernel"


def test_the_provenance_says_what_the_baseline_is_over(make_study: Make) -> None:
    """A baseline over training patients must not be taken for one over the reference patients."""
    path_dependent = explain(make_study("xgboost"), 20, "path-dependent").provenance.settings
    assert path_dependent["baseline_over"] == "training patients"
    assert path_dependent["n_reference"] == 0
    assert explain(make_study("xgboost")).provenance.settings["n_reference"] == 30


@pytest.mark.parametrize("perturbation", GAMES)
def test_one_pair_one_feature_and_means_are_those_of_the_matrices(
    make_study: Make, perturbation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another sign, slope or half in one of the four, or a patient lost between blocks."""
    study = make_study("xgboost")
    monkeypatch.setattr(pair_rows, "BLOCK_BYTES", 1)
    method, rows = TreeInteractions(perturbation), study.matrix
    matrices = explain(study, len(rows), perturbation)
    names = matrices.feature_names
    for own in range(len(names)):
        feature = method.explain_feature(study, rows, names[own], "log-odds")
        np.testing.assert_allclose(feature.values, matrices.values[:, own], atol=1e-9)
        np.testing.assert_allclose(
            feature.contribution(), matrices.contributions()[:, own], atol=1e-9
        )
        np.testing.assert_array_equal(feature.main_effect(), feature.values[:, own])
    pair = method.explain_pair(study, rows, (names[3], names[1]), "log-odds")
    np.testing.assert_allclose(pair.values, matrices.values[:, 1, 3], atol=1e-12)
    assert pair.values.any()
    means = method.estimate_means(study, rows, "log-odds")
    np.testing.assert_allclose(means.values, np.abs(matrices.values).mean(axis=0), atol=1e-9)
    assert means.n_patients == len(rows)
    assert means.partner_of(names[1]) == names[3]
    assert list(means.to_frame().iloc[0, :2]) == [names[1], names[3]]


def test_shap_answers_where_tables_are_too_large(
    make_study: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values stay the same, in blocks too; the other game is refused, not replaced."""
    study = make_study("xgboost")
    rows = study.matrix[:20]
    method = TreeInteractions("path-dependent")
    expected = explain(study, 20, "path-dependent")
    means = method.estimate_means(study, rows, "log-odds")
    monkeypatch.setattr(plan, "LARGEST_TABLES_BYTES", 1)
    monkeypatch.setattr(pair_engines, "SHAP_NUMBERS", 300)
    found = explain(study, 20, "path-dependent")
    assert found.provenance.settings["engine"] == "shap"
    np.testing.assert_allclose(found.values, expected.values, atol=1e-9)
    np.testing.assert_allclose(
        method.estimate_means(study, rows, "log-odds").values, means.values, atol=1e-9
    )
    with pytest.raises(UnsupportedError, match=r"reference patients cannot.*MiB.*path-dependent"):
        explain(study)


@pytest.mark.parametrize(
    ("family", "scale", "reason"),
    [
        ("xgboost", "risk", "do not add up to the risk"),
        ("forest", "log-odds", "do not add up"),
        ("logistic", "log-odds", "decision trees"),
    ],
)
def test_what_is_not_exact_is_refused(
    make_study: Make, family: str, scale: Any, reason: str
) -> None:
    """Scaling log-odds interactions to risk would give a matrix that does not add up."""
    study = make_study(family)
    with pytest.raises(UnsupportedError, match=reason):
        TreeInteractions().explain(study, study.matrix[:2], ("a", "b"), scale)


def test_path_dependent_interactions_need_a_weight_at_every_node(make_study: Make) -> None:
    """Division by an empty node's weight would give NaN."""
    model = make_study("xgboost").model
    trees = replace(model.trees, cover=np.zeros(len(model.trees.cover)))
    unweighted = replace(model, trees=trees)
    assert not TreeInteractions("path-dependent").supports(unweighted, "log-odds").is_supported
    assert TreeInteractions().supports(unweighted, "log-odds").is_supported


def test_matrices_of_a_whole_cohort_are_refused(
    make_study: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million patients would ask for terabytes."""
    monkeypatch.setattr(interactions, "MOST_NUMBERS", 100)
    with pytest.raises(SettingsError, match="100 numbers"):
        explain(make_study("xgboost"))


def test_unknown_features_and_a_pair_of_one_are_refused(make_study: Make) -> None:
    study = make_study("xgboost")
    method, rows = TreeInteractions(), study.matrix[:3]
    with pytest.raises(SettingsError, match="no such feature"):
        method.explain_feature(study, rows, "shoe_size", "log-odds")
    with pytest.raises(SettingsError, match="between two features"):
        method.explain_pair(study, rows, ("bmi", "bmi"), "log-odds")
    with pytest.raises(SettingsError, match="at least one"):
        method.estimate_means(study, study.matrix[:0], "log-odds")


def test_results_survive_a_round_trip(make_study: Make) -> None:
    study = make_study("xgboost")
    method, rows = TreeInteractions(), study.matrix[:5]
    for result in (
        explain(study, 5),
        method.explain_feature(study, rows, "bmi", "log-odds"),
        method.explain_pair(study, rows, ("bmi", "age"), "log-odds"),
        method.estimate_means(study, rows, "log-odds"),
    ):
        again = type(result).from_dict(json.loads(json.dumps(result.to_dict())))
        assert again.to_dict() == result.to_dict()
        np.testing.assert_array_equal(again.values, result.values)
