"""Two models on the same patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from explainers.core import Study
from explainers.errors import SettingsError
from explainers.performance.model_agreement import ModelAgreement, compare_risks
from explainers.subgroups.threshold_counts import count_by_threshold


@pytest.fixture(scope="module")
def agreement(nhanes_study: Study, logistic_study: Study) -> ModelAgreement:
    return compare_risks(nhanes_study, logistic_study)


def test_the_correlation_is_spearmans(
    agreement: ModelAgreement, nhanes_study: Study, logistic_study: Study
) -> None:
    expected = spearmanr(nhanes_study.risk, logistic_study.risk).statistic
    found = agreement.rank_correlation
    assert found.value == pytest.approx(expected, abs=1e-9)
    assert found.low is not None
    assert found.high is not None
    # Fieller's standard error of Spearman's coefficient, on Fisher's scale.
    half = 1.96 * np.sqrt(1.06 / (agreement.n - 3))
    low, high = np.tanh(np.arctanh(expected) + np.array([-half, half]))
    assert found.low == pytest.approx(low, abs=0.01)
    assert found.high == pytest.approx(high, abs=0.01)


def test_difference_and_flags_are_counted_over_all_patients(
    agreement: ModelAgreement, nhanes_study: Study, logistic_study: Study
) -> None:
    """Prevents the second model's own threshold from deciding whom it flags."""
    own, other, t = nhanes_study.risk, logistic_study.risk, nhanes_study.threshold
    assert agreement.mean_difference.value == pytest.approx(np.abs(own - other).mean())
    assert agreement.flagged_differently.value == pytest.approx(((own >= t) != (other >= t)).mean())
    assert agreement.threshold == t


def test_the_groups_are_tenths_ordered_by_the_first_model(
    agreement: ModelAgreement, nhanes_study: Study
) -> None:
    assert len(agreement.first) == 10
    assert (np.diff(agreement.first) > 0).all()
    assert agreement.first.mean() == pytest.approx(nhanes_study.risk.mean(), abs=1e-3)
    assert (agreement.lower <= agreement.median).all()
    assert (agreement.median <= agreement.upper).all()


def test_a_model_agrees_with_itself(nhanes_study: Study) -> None:
    same = compare_risks(nhanes_study, nhanes_study)
    assert same.rank_correlation.value == pytest.approx(1.0)
    assert same.mean_difference.value == 0.0
    assert same.flagged_differently.value == 0.0


def test_a_handful_flagged_differently_is_not_told(nhanes_study: Study) -> None:
    """Prevents the figure from pointing at single patients."""
    risk = nhanes_study.risk
    threshold = float(np.sort(risk)[-5])
    high = replace(nhanes_study, threshold=threshold)
    other = replace(nhanes_study, threshold=threshold)
    object.__setattr__(other, "risk", np.minimum(risk, threshold / 2))
    found = compare_risks(high, other)
    assert found.flagged_differently.status == "suppressed"


def test_a_handful_whom_one_model_alone_flags_is_not_told(nhanes_study: Study) -> None:
    """Prevents it from following from how many are flagged differently and how many by each."""
    risk, t = nhanes_study.risk, nhanes_study.threshold
    order = np.argsort(risk)
    moved = risk.copy()
    moved[order[-40:]] = t / 2
    below = order[np.searchsorted(risk[order], t) - 5 :][:5]
    moved[below] = 0.99
    other = replace(nhanes_study, threshold=t)
    object.__setattr__(other, "risk", moved)
    assert compare_risks(nhanes_study, other).flagged_differently.status == "suppressed"


def test_two_thresholds_do_not_tell_of_the_few_between_them(
    nhanes_study: Study, logistic_study: Study
) -> None:
    """Prevents the shares at two thresholds from being subtracted."""
    thresholds = [
        threshold
        for threshold in count_by_threshold(nhanes_study).thresholds
        if abs(threshold - nhanes_study.threshold) < 0.12
    ]
    told, flagged = [], []
    for threshold in thresholds:
        first = nhanes_study.with_threshold(threshold)
        found = compare_risks(first, logistic_study)
        if found.flagged_differently.is_estimated:
            own = first.risk >= threshold
            other = logistic_study.risk >= found.second_threshold
            told.append(threshold)
            flagged.append((int((own & other).sum()), int((own | other).sum())))
    assert nhanes_study.threshold in told
    assert 1 < len(told) < len(thresholds)
    between = -np.diff(np.array(flagged), axis=0)
    assert not ((between > 0) & (between < 11)).any()


def test_other_patients_are_refused(nhanes_study: Study, heart_study: Study) -> None:
    with pytest.raises(SettingsError, match="same patients"):
        compare_risks(nhanes_study, heart_study)
    few = nhanes_study.cohort.select(nhanes_study.cohort.patient_ids[:40])
    small = replace(nhanes_study, cohort=few)
    with pytest.raises(SettingsError, match="at least 44"):
        compare_risks(small, small)
