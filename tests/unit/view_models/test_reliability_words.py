"""What the screen says about how far a prediction and its reasons can be believed."""

from __future__ import annotations

import numpy as np

from dashboard.view_models.reliability import (
    interval_sentence,
    is_very_unusual,
    refits_sentence,
    stability_sentence,
    unusual_warnings,
)
from explainers.core import CohortFacts, Column, Estimate, Provenance, Schema
from explainers.reliability.bootstrapped_reasons import BootstrappedReasons
from explainers.reliability.out_of_distribution import UnusualPair, UnusualPatient
from explainers.reliability.stability import StabilityReport
from explainers.uncertainty.risk_intervals import RiskIntervals

COLUMNS = (
    Column("sys", "Systolic", "number", unit="mmHg", concept="Blood pressure"),
    Column("dia", "Diastolic", "number", unit="mmHg", concept="Blood pressure"),
    Column("age", "Age", "integer", unit="years"),
)
PROVENANCE = Provenance("m", "c", "exact-shap", 0)


def unusual(share: float, pair_share: float = 0.5, *, is_new: bool = False) -> UnusualPatient:
    return UnusualPatient(
        patient_id="p",
        feature_names=("sys", "dia", "age"),
        feature_values=np.array([176.0, 36.0, 80.0]),
        tail_shares=np.array([0.02, 0.01, 0.4]),
        is_new=np.array([False, is_new, False]),
        distance_shares=np.array([0.2, 0.7, 0.1]),
        distance=2.0,
        combination_share=share,
        pair=UnusualPair("sys", "dia", 3.0, pair_share),
        n_missing=0,
        missing_share=1.0,
        n_fitted=2000,
    )


def refits() -> BootstrappedReasons:
    return BootstrappedReasons(
        patient_id="p",
        method="exact-shap",
        scale="risk",
        feature_names=("sys", "dia", "age"),
        original=np.array([0.05, 0.02, 0.1]),
        refits=np.column_stack(
            [np.linspace(0.02, 0.08, 11), np.linspace(-0.02, 0.06, 11), np.full(11, 0.1)]
        ),
        original_risk=0.3,
        risks=np.linspace(0.2, 0.4, 11),
        level=0.8,
        k=3,
        n_failed=0,
        provenance=PROVENANCE,
    )


def test_usual_patient_is_not_warned_about() -> None:
    assert unusual_warnings(unusual(0.4), COLUMNS) == ()
    assert not is_very_unusual(unusual(0.02))


def test_unusual_patient_is_named_with_what_makes_it_so() -> None:
    (line,) = unusual_warnings(unusual(0.008), COLUMNS)
    assert "very unusual" in line
    assert line.index("Diastolic 36 mmHg") < line.index("Systolic 176 mmHg")
    assert is_very_unusual(unusual(0.008))


def test_new_value_and_surprising_pair_are_warned_about() -> None:
    lines = unusual_warnings(unusual(0.4, 0.004, is_new=True), COLUMNS)
    assert len(lines) == 2
    assert "Diastolic 36 mmHg" in lines[0]
    assert "0.4%" in lines[1]


def test_both_recalibrated_risks_are_told() -> None:
    intervals = RiskIntervals(
        patient_ids=("a", "b"),
        risk=np.array([0.1, 0.3]),
        low=np.array([0.09, 0.28]),
        high=np.array([0.11, 0.29]),
        merged=np.array([0.1, 0.28]),
        n_calibration=900,
        seed=0,
    )
    said = interval_sentence(intervals, "b")
    assert "28.0%" in said
    assert "29.0%" in said
    assert "900" in said


def test_stability_counts_the_largest_inputs_that_stay() -> None:
    """The share of kept inputs was to be of the original's top, not of all."""
    agreement = Estimate("x", 0.5, 0.4, 0.6, None, None, "bootstrap")
    report = StabilityReport(
        patient_id="p",
        method="lime",
        scale="risk",
        varied="seed",
        feature_names=("sys", "dia", "age"),
        original=np.array([0.3, 0.2, 0.1]),
        repeats=np.array([[0.3, 0.2, 0.1], [0.3, -0.01, 0.2]]),
        predictions=np.array([0.3, 0.3]),
        k=2,
        top_overlap=agreement,
        sign_agreement=agreement,
        rank_correlation=agreement,
        provenance=PROVENANCE,
    )
    said = stability_sentence(report)
    assert "on average 1.5 of its 2 largest" in said
    assert "75.0%" in said


def test_a_reason_that_another_sample_could_reverse_is_named() -> None:
    said = refits_sentence(refits(), COLUMNS)
    firm, loose = said.index("The direction holds"), said.index("Not even the direction")
    assert firm < said.index("Age") < loose
    assert said.index("Diastolic") > loose


def test_concepts_of_refits_are_sums_within_each_model() -> None:
    """Adding interval ends instead would make concepts look less sure than they are."""
    columns = (Column("id", "Id", "integer", role="attribute"), *COLUMNS)
    schema = Schema(CohortFacts("c", "C", ""), patient_id="id", columns=columns)
    by_concept = refits().by_concept(schema)
    assert by_concept.feature_names == ("Blood pressure", "age")
    np.testing.assert_allclose(by_concept.refits[:, 0], refits().refits[:, :2].sum(axis=1))
    assert by_concept.k == 2
