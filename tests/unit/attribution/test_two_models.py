"""One patient under two models: the differences add up, or the comparison is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution.registry import explain_patient
from explainers.attribution.two_models import TwoModels, compare_models
from explainers.core import Attribution, Study
from explainers.errors import SettingsError
from explainers.workspace import Workspace


@pytest.fixture(scope="module")
def forest() -> Study:
    return Workspace().open_study("heart-forest")


@pytest.fixture(scope="module")
def boosted() -> Study:
    return Workspace().open_study("heart-xgboost")


@pytest.fixture(scope="module")
def two(boosted: Study, forest: Study) -> TwoModels:
    patient = str(boosted.cohort.frame.index[0])
    return compare_models(explain_patient(boosted, patient), explain_patient(forest, patient))


def without(attribution: Attribution, *names: str) -> Attribution:
    """As if the model had never had these inputs."""
    kept = [at for at, name in enumerate(attribution.feature_names) if name not in names]
    values = attribution.feature_values
    assert values is not None
    return replace(
        attribution,
        values=attribution.values[:, kept],
        feature_names=tuple(attribution.feature_names[at] for at in kept),
        feature_values=values[:, kept],
        prediction=attribution.baseline + attribution.values[:, kept].sum(axis=1),
    )


def test_start_and_inputs_add_up_to_the_difference_of_the_two_risks(
    two: TwoModels, boosted: Study, forest: Study
) -> None:
    """Leaving out that the models start from different means would leave a part unexplained."""
    expected = boosted.risk[0] - forest.risk[0]
    assert two.prediction_difference == pytest.approx(expected, abs=1e-9)
    assert two.baseline_difference != 0.0
    assert abs(two.residual()) < 1e-9
    assert abs(two.by_concept(boosted.cohort.schema).residual()) < 1e-9


def test_an_input_that_one_model_lacks_contributes_nothing_to_it(two: TwoModels) -> None:
    """Comparing by position instead of by name would set one input against another."""
    smaller = without(two.second, "age_years", "chest_pain")
    found = compare_models(two.first, smaller)
    frame = found.to_frame().set_index("feature")
    assert found.first.feature_names == two.first.feature_names
    assert frame.loc["age_years", "second_attribution"] == 0.0
    assert frame.loc["age_years", "second_value"] == frame.loc["age_years", "first_value"]
    assert (
        frame.loc["sex", "second_attribution"]
        == (two.to_frame().set_index("feature").loc["sex", "second_attribution"])
    )
    assert abs(found.residual()) < 1e-9
    turned = compare_models(smaller, two.first)
    assert set(turned.first.feature_names) == set(two.first.feature_names)
    assert turned.prediction_difference == -found.prediction_difference


def test_what_is_not_comparable_is_refused(two: TwoModels) -> None:
    """Log-odds less risk, or other reference patients, is a number without a meaning."""
    for name in ("reference_digest", "cohort_digest"):
        changed = replace(two.second, provenance=replace(two.second.provenance, **{name: "other"}))
        with pytest.raises(SettingsError, match="only by the same"):
            compare_models(two.first, changed)
    for other in ({"scale": "log-odds"}, {"patient_ids": ("another",)}):
        with pytest.raises(SettingsError, match="only by the same"):
            compare_models(two.first, replace(two.second, **other))


def test_reasons_that_do_not_add_up_are_refused(two: TwoModels) -> None:
    for other in ({"method": "lime"}, {"is_exact": False}):
        with pytest.raises(SettingsError, match="exact SHAP values"):
            compare_models(two.first, replace(two.second, **other))


def test_it_reads_back(two: TwoModels) -> None:
    again = TwoModels.from_dict(two.to_dict())
    np.testing.assert_array_equal(again.contribution_differences, two.contribution_differences)
