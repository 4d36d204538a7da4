"""Agreement over patients where it is known to be full, or chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution.lime_tabular import LimeTabular
from explainers.attribution.tree_shap import TreeShap
from explainers.core.attribution import Attribution
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.reliability.cohort_agreement import (
    compare_cohort_attributions,
    estimate_cohort_agreement,
)


@pytest.fixture(scope="module")
def reasons(heart: Study) -> Attribution:
    ids = heart.cohort.patient_ids[:40]
    return TreeShap().explain(heart, heart.rows_of(ids), ids, "log-odds")


def test_a_method_agrees_with_itself(reasons: Attribution) -> None:
    agreement = compare_cohort_attributions(reasons, reasons)
    assert [estimate.value for estimate in agreement.measures] == pytest.approx([1.0] * 5)
    assert agreement.disagreeing.value == 0.0
    assert agreement.disagreeing.high is not None
    assert agreement.disagreeing.high > 0.05


def test_shuffled_reasons_agree_by_chance(reasons: Attribution) -> None:
    """Two random top fives of 13 share 5 / 13; treating that as agreement would mislead."""
    noise = np.random.default_rng(0).standard_normal(reasons.values.shape)
    agreement = compare_cohort_attributions(reasons, replace(reasons, values=noise))
    assert agreement.measure("feature_agreement").value == pytest.approx(5 / 13, abs=0.08)
    assert agreement.measure("rank_correlation").value == pytest.approx(0.0, abs=0.15)
    assert agreement.disagreeing.value is not None
    assert agreement.disagreeing.value > 0.8


def test_means_are_those_of_the_patients(reasons: Attribution) -> None:
    flipped = replace(reasons, values=np.where(np.arange(40)[:, None] < 10, -1, 1) * reasons.values)
    agreement = compare_cohort_attributions(reasons, flipped)
    assert agreement.measure("feature_agreement").value == 1.0
    assert agreement.measure("sign_agreement").value == pytest.approx(0.75)
    assert agreement.disagreeing.value == pytest.approx(0.25)
    low, high = agreement.measure("sign_agreement").low, agreement.measure("sign_agreement").high
    assert low is not None
    assert high is not None
    assert low < 0.75 < high


def test_two_methods_on_a_seeded_sample(heart: Study) -> None:
    agreement = estimate_cohort_agreement(
        heart, (TreeShap(), LimeTabular(500)), scale="log-odds", n_patients=12
    )
    assert (agreement.first_method, agreement.second_method) == ("tree-shap", "lime")
    assert len(agreement.by_patient) == 12
    assert len(agreement.to_frame()) == 6


def test_few_or_different_patients_are_refused(reasons: Attribution) -> None:
    few = reasons.patient(reasons.patient_ids[0])
    with pytest.raises(SettingsError, match="at least 11"):
        compare_cohort_attributions(few, few)
    with pytest.raises(SettingsError, match="same patients"):
        compare_cohort_attributions(reasons, few)
    with pytest.raises(SettingsError, match="measure of agreement"):
        compare_cohort_attributions(reasons, reasons).measure("trust")
