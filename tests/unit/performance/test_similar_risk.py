"""What happened to patients at about this risk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.core import Study
from explainers.errors import NotFoundError, SettingsError
from explainers.performance.similar_risk import NEIGHBOURHOODS, observe_at_risk


def test_share_is_that_of_the_nearest_risks(heart_study: Study) -> None:
    """Prevents a neighbourhood taken on inputs, or one that leaves the patient out."""
    patient = heart_study.cohort.patient_ids[7]
    near = observe_at_risk(heart_study, patient)
    distance = np.abs(heart_study.risk - heart_study.risk[7])
    closest = np.argsort(distance, kind="stable")[: near.risks.size]
    assert near.observed.value == pytest.approx(heart_study.labels[closest].mean())
    assert near.risks.size == near.observed.n
    assert near.risks.min() <= heart_study.risk[7] <= near.risks.max()


def test_those_nearest_are_the_same_as_by_sorting_everybody(nhanes_study: Study) -> None:
    """Prevents a patient lost at the edge of the neighbourhood, where risks are tied."""
    tied = replace(nhanes_study)
    object.__setattr__(tied, "risk", np.round(nhanes_study.risk, 2))
    for row in (0, 7, 500, int(tied.risk.argmax())):
        near = observe_at_risk(tied, tied.cohort.patient_ids[row])
        order = np.argsort(np.abs(tied.risk - tied.risk[row]), kind="stable")
        closest = order[: near.risks.size]
        assert near.risks.size > 0
        assert near.observed.n_events == tied.labels[closest].sum()
        np.testing.assert_array_equal(near.risks, np.sort(tied.risk[closest]))


def test_no_small_count_is_ever_shown(nhanes_study: Study) -> None:
    """A low risk among 200 patients has fewer than 11 events: the neighbourhood has to grow."""
    lowest = nhanes_study.cohort.patient_ids[int(nhanes_study.risk.argmin())]
    near = observe_at_risk(nhanes_study, lowest)
    if near.observed.is_estimated:
        assert near.observed.n_events == 0 or near.observed.n_events >= 11
        assert near.observed.n in NEIGHBOURHOODS
    else:
        assert near.observed.status == "suppressed"
        assert near.risks.size == 0


def test_interval_holds_the_risk_of_a_calibrated_model_about_as_often_as_it_says(
    nhanes_study: Study,
) -> None:
    ids = nhanes_study.cohort.patient_ids[::50]
    risks = nhanes_study.risk[::50]
    held = []
    for patient, risk in zip(ids, risks, strict=True):
        observed = observe_at_risk(nhanes_study, patient).observed
        if observed.low is not None and observed.high is not None:
            held.append(observed.low - 0.02 <= risk <= observed.high + 0.02)
    assert np.mean(held) > 0.85


def test_unknown_patient_and_too_low_a_floor_are_refused(heart_study: Study) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        observe_at_risk(heart_study, "nobody")
    with pytest.raises(SettingsError, match="11"):
        observe_at_risk(heart_study, heart_study.cohort.patient_ids[0], floor=5)
