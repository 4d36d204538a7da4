"""A calibrated interval for each patient's risk, from patients other than this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.uncertainty.calibration_split import split_patients
from explainers.uncertainty.venn_abers import VennAbers, merged_risk

_ARRAYS = ("risk", "low", "high", "merged")


@dataclass(frozen=True)
class RiskIntervals:
    """Venn-Abers interval of each patient's risk.

    Attributes
    ----------
    patient_ids : tuple of str, length n
    risk : ndarray of shape (n,)
        The model's risk.
    low, high : ndarray of shape (n,)
        Recalibrated risk if the patient's outcome is absent, or present.
    merged : ndarray of shape (n,)
        One recalibrated risk between them.
    n_calibration : int
        Labelled patients, the smaller half, that an interval rests on; never the patient.
    seed : int
        Seed of the halves.
    """

    patient_ids: tuple[str, ...]
    risk: FloatArray
    low: FloatArray
    high: FloatArray
    merged: FloatArray
    n_calibration: int
    seed: int

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    def patient(self, patient_id: str) -> tuple[float, float]:
        """Low and high of one patient; SettingsError where they are not covered."""
        if patient_id not in self.patient_ids:
            raise SettingsError("these intervals do not cover the patient", value=patient_id)
        at = self.patient_ids.index(patient_id)
        return float(self.low[at]), float(self.high[at])

    def to_frame(self) -> pd.DataFrame:
        """One row per patient: patient_id, risk, low, high, merged."""
        return pd.DataFrame(
            {
                "patient_id": np.array(self.patient_ids, dtype=object),
                "risk": self.risk,
                "low": self.low,
                "high": self.high,
                "merged": self.merged,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "patient_ids": list(self.patient_ids),
            **{name: to_json_numbers(getattr(self, name)) for name in _ARRAYS},
            "n_calibration": self.n_calibration,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> RiskIntervals:
        """Inverse of :meth:`to_dict`."""
        return cls(
            **{
                **record,
                "patient_ids": tuple(record["patient_ids"]),
                **{name: from_json_numbers(record[name]) for name in _ARRAYS},
            }
        )


def estimate_risk_intervals(study: Study, *, seed: int | None = None) -> RiskIntervals:
    """Venn-Abers interval of every patient, each from the half they are not in.

    A patient without an outcome label calibrates nobody and is calibrated by the first half.

    Raises
    ------
    SettingsError
        When fewer than 40 patients have an outcome label.
    """
    split = split_patients(study.is_labelled, seed=study.seed if seed is None else seed)
    limits = np.empty((2, len(study.risk)))
    for part in (split.swapped(), split):
        at = part.is_calibration
        calibrator = VennAbers.fit(study.risk[at], study.labels[at])
        limits[:, ~at] = calibrator.limits(study.risk[~at])
    return RiskIntervals(
        patient_ids=study.cohort.patient_ids,
        risk=study.risk,
        low=limits[0],
        high=limits[1],
        merged=merged_risk(limits[0], limits[1]),
        n_calibration=int(min(split.is_calibration.sum(), split.is_evaluation.sum())),
        seed=split.seed,
    )
