"""How far two methods agree over a sample of patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from explainers.attribution.agreement import Agreement, compare_attributions
from explainers.attribution.attributor import Attributor
from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.estimate import Estimate
from explainers.core.link import Scale
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.reliability.averages import estimate_mean
from explainers.uncertainty.wilson import proportion_interval

MEASURES = (
    "feature_agreement",
    "rank_agreement",
    "sign_agreement",
    "signed_rank_agreement",
    "rank_correlation",
)
FEWEST_PATIENTS = 11


@dataclass(frozen=True)
class CohortAgreement:
    """Agreement of two methods, averaged over patients (Krishna et al. 2022).

    Attributes
    ----------
    first_method, second_method : str
    scale : {"risk", "log-odds"}
    k : int
        Number of top reasons compared.
    measures : tuple of Estimate
        Mean of each measure of :class:`~explainers.attribution.agreement.Agreement` over patients.
    disagreeing : Estimate
        Share of patients for whom the methods disagree beyond the level at which a sentence of
        reasons is withheld.
    patient_ids : tuple of str, length n
    by_patient : tuple of Agreement, length n
    """

    first_method: str
    second_method: str
    scale: Scale
    k: int
    measures: tuple[Estimate, ...]
    disagreeing: Estimate
    patient_ids: tuple[str, ...]
    by_patient: tuple[Agreement, ...]

    def measure(self, name: str) -> Estimate:
        """One of the measures by name; SettingsError where there is none."""
        for estimate in self.measures:
            if estimate.metric == name:
                return estimate
        raise SettingsError(f"a measure of agreement is one of {MEASURES}", value=name)

    def to_frame(self) -> pd.DataFrame:
        """One row per measure, the share of disagreeing patients last; fields of an Estimate."""
        return pd.DataFrame([entry.to_dict() for entry in (*self.measures, self.disagreeing)])

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "first_method": self.first_method,
            "second_method": self.second_method,
            "scale": self.scale,
            "k": self.k,
            "measures": [estimate.to_dict() for estimate in self.measures],
            "disagreeing": self.disagreeing.to_dict(),
            "patient_ids": list(self.patient_ids),
            "by_patient": [agreement.to_dict() for agreement in self.by_patient],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> CohortAgreement:
        """Inverse of :meth:`to_dict`."""
        return cls(
            **{
                **record,
                "measures": tuple(Estimate.from_dict(entry) for entry in record["measures"]),
                "disagreeing": Estimate.from_dict(record["disagreeing"]),
                "patient_ids": tuple(record["patient_ids"]),
                "by_patient": tuple(Agreement.from_dict(entry) for entry in record["by_patient"]),
            }
        )


def estimate_cohort_agreement(
    study: Study,
    methods: tuple[Attributor, Attributor],
    *,
    scale: Scale = "risk",
    n_patients: int = 50,
    k: int = 5,
) -> CohortAgreement:
    """Explain a seeded sample of the study's patients by two methods and compare.

    Raises
    ------
    UnsupportedError
        Where a method cannot explain the model on this scale.
    SettingsError
        When fewer than 11 patients are asked for or at hand.
    """
    ids = np.array(study.cohort.patient_ids, dtype=object)
    size = min(n_patients, len(ids))
    chosen = np.sort(np.random.default_rng(study.seed).permutation(len(ids))[:size])
    patient_ids = tuple(ids[chosen])
    rows = study.matrix[chosen]
    first, second = (method.explain(study, rows, patient_ids, scale) for method in methods)
    return compare_cohort_attributions(first, second, k=k, seed=study.seed)


def compare_cohort_attributions(
    first: Attribution, second: Attribution, *, k: int = 5, seed: int = 0
) -> CohortAgreement:
    """Compare two attributions of the same patients, at least 11, patient by patient.

    Raises
    ------
    SettingsError
        When the two are not of the same patients, scale and features, or of too few patients.
    """
    if first.patient_ids != second.patient_ids or len(first.patient_ids) < FEWEST_PATIENTS:
        raise SettingsError(
            f"agreement over a cohort needs the same patients twice, at least {FEWEST_PATIENTS}",
            value=(len(first.patient_ids), len(second.patient_ids)),
        )
    by_patient = tuple(
        compare_attributions(first.patient(name), second.patient(name), k)
        for name in first.patient_ids
    )
    return CohortAgreement(
        first_method=first.method,
        second_method=second.method,
        scale=first.scale,
        k=k,
        measures=tuple(
            estimate_mean(name, _values(by_patient, name), unit="patients", seed=seed)
            for name in MEASURES
        ),
        disagreeing=_share_disagreeing(by_patient),
        patient_ids=first.patient_ids,
        by_patient=by_patient,
    )


def _values(by_patient: tuple[Agreement, ...], name: str) -> FloatArray:
    return np.array([getattr(agreement, name) for agreement in by_patient], dtype=np.float64)


def _share_disagreeing(by_patient: tuple[Agreement, ...]) -> Estimate:
    count, n = sum(agreement.methods_disagree for agreement in by_patient), len(by_patient)
    interval = proportion_interval(count, n)
    return Estimate(
        metric="disagreeing_share",
        value=count / n,
        low=interval.low,
        high=interval.high,
        n=n,
        n_events=None,
        interval_method=interval.method,
    )
