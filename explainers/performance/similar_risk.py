"""How often patients at about this risk turned out to have the outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import FloatArray, frozen_floats
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.performance.metrics import estimate_metric

N_CLOSEST = 200
"""Wide enough for a useful interval, narrow enough to stay near this patient's risk."""


@dataclass(frozen=True)
class SimilarRisk:
    """The observed share among the patients whose predicted risk is closest.

    Attributes
    ----------
    observed : Estimate
        Share with the outcome, Wilson interval.
    risks : ndarray of shape (k,)
        Their predicted risks, ascending.
    """

    observed: Estimate
    risks: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "risks", frozen_floats(self.risks))


def observe_at_risk(study: Study, patient_id: str, n_closest: int = N_CLOSEST) -> SimilarRisk:
    """Check the risk of one patient against what happened to others at that risk.

    The estimand is calibration near one predicted risk: the outcome share among the ``n_closest``
    labelled held-out patients with the nearest predicted risks, the patient left out so that
    nobody vouches for themselves.

    Parameters
    ----------
    study : Study
    patient_id : str
    n_closest : int
        Number of patients to look at; fewer where fewer are labelled.

    Returns
    -------
    SimilarRisk
    """
    ids = np.array(study.cohort.patient_ids, dtype=object)
    own_risk = float(study.model.predict_risk(study.cohort.select([patient_id]).frame)[0])
    others = study.is_labelled & (ids != patient_id)
    risks, labels = study.risk[others], study.labels[others]
    closest = np.argsort(np.abs(risks - own_risk), kind="stable")[:n_closest]
    observed = estimate_metric("prevalence", labels[closest], risks[closest], study.threshold)
    return SimilarRisk(observed, np.sort(risks[closest]))
