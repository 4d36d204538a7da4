"""A method that ignores the model is caught; exact SHAP is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from explainers.attribution.attributor import SUPPORTED, Setting, Support
from explainers.attribution.linear_shap import LinearShap
from explainers.attribution.permutation_shap import PermutationShap
from explainers.attribution.tree_shap import TreeShap
from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.cohort import Cohort
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.study import Study
from explainers.errors import SettingsError, UnsupportedError
from explainers.models.bundle import Bundle
from explainers.reliability.random_models import randomise_model
from explainers.reliability.sanity import SanityCheck, estimate_sanity
from explainers.reliability.training_patients import trainer_on_noise
from explainers.workspace import Workspace

SMALL = SanityCheck(n_patients=8, n_models=3)


@dataclass(frozen=True)
class DistanceFromReference:
    """Looks at the patient and never at the model, as some saliency maps do."""

    slug: str = "distance"
    label: str = "Distance"
    settings: tuple[Setting, ...] = ()

    def supports(self, model: RiskModel, scale: Scale) -> Support:  # noqa: ARG002
        return SUPPORTED

    def explain(
        self, study: Study, rows: FloatArray, patient_ids: tuple[str, ...], scale: Scale
    ) -> Attribution:
        return Attribution(
            values=np.nan_to_num(rows - np.nanmean(study.reference_matrix, axis=0)),
            baseline=np.zeros(len(rows)),
            prediction=study.predict(rows, scale),
            scale=scale,
            feature_names=study.model.feature_names,
            patient_ids=patient_ids,
            method=self.slug,
            is_exact=False,
            provenance=study.provenance(self.slug),
            feature_values=rows,
        )


def test_a_method_that_ignores_the_model_is_caught(diabetes: Study) -> None:
    report = estimate_sanity(diabetes, DistanceFromReference(), check=SMALL)
    assert report.correlation.value == pytest.approx(1.0)
    assert report.verdict == "ignores the model"


def test_exact_shap_depends_on_the_trees(diabetes: Study) -> None:
    report = estimate_sanity(diabetes, TreeShap(), check=SMALL)
    assert report.correlation.value == pytest.approx(0.0, abs=0.25)
    assert report.verdict == "depends on the model"
    assert list(report.to_frame()["model"]) == [1, 2, 3]


def test_exact_shap_depends_on_what_was_learnt(
    diabetes: Study, diabetes_bundle: Bundle, nhanes: Cohort
) -> None:
    report = estimate_sanity(
        diabetes, TreeShap(), check=SMALL, train_on_noise=trainer_on_noise(diabetes_bundle, nhanes)
    )
    assert report.randomised == "outcomes"
    assert report.verdict == "depends on the model"


def test_linear_shap_depends_on_the_terms() -> None:
    study = Workspace().open_study("diabetes-logistic", n_reference=30)
    report = estimate_sanity(study, LinearShap(), check=SMALL)
    assert report.verdict == "depends on the model"


def test_permuted_leaves_keep_the_form(diabetes: Study) -> None:
    model = randomise_model(diabetes.model, diabetes.matrix, 3)
    own, other = diabetes.model.trees, model.trees  # type: ignore[attr-defined]
    is_leaf = own.feature < 0
    assert np.array_equal(np.sort(own.value[is_leaf]), np.sort(other.value[is_leaf]))
    assert np.array_equal(own.threshold, other.threshold, equal_nan=True)
    assert model.score(diabetes.matrix[:50]) == pytest.approx(other.score(diabetes.matrix[:50]))
    assert abs(np.corrcoef(model.predict_risk(diabetes.cohort.frame), diabetes.risk)[0, 1]) < 0.7


def test_permuted_terms_keep_their_spreads_and_the_mean_score() -> None:
    study = Workspace().open_study("diabetes-logistic", n_reference=30)
    model = randomise_model(study.model, study.matrix, 3)
    own = study.model.terms(study.matrix).std(axis=0)  # type: ignore[attr-defined]
    other = model.terms(study.matrix).std(axis=0)  # type: ignore[attr-defined]
    assert np.sort(other) == pytest.approx(np.sort(own))
    assert model.score(study.matrix).mean() == pytest.approx(study.model.score(study.matrix).mean())


def test_a_model_of_unknown_form_needs_a_function(rule_study: Callable[..., Study]) -> None:
    study = rule_study(lambda matrix: matrix[:, 0])
    with pytest.raises(UnsupportedError, match="permuted outcomes"):
        estimate_sanity(study, PermutationShap(100), check=SMALL)


def test_reasons_that_are_all_equal_are_unclear_not_passed(
    rule_study: Callable[..., Study],
) -> None:
    study = rule_study(lambda matrix: np.zeros(len(matrix)))
    report = estimate_sanity(
        study, PermutationShap(100), check=SMALL, train_on_noise=lambda _: study.model
    )
    assert report.verdict == "unclear"
    assert report.to_frame()["correlation"].isna().all()


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(SettingsError, match="needs 5 patients"):
        SanityCheck(n_patients=2)
