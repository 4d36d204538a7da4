"""How often patients at about this risk turned out to have the outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray, frozen_floats
from explainers.core.belonging import Belonging
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.disclosure.counts import SMALLEST_CELL, is_small
from explainers.disclosure.persons import floor_in_rows
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.metrics import find_metric

NEIGHBOURHOODS = (200, 400, 800)
"""From near enough to this patient's risk to what a count fit to be shown may need."""

WIDEST_BAND = 0.1
"""Patients whose risks lie farther apart than this are not at one risk."""


@dataclass(frozen=True)
class SimilarRisk:
    """The observed share among the patients whose predicted risk is closest.

    Attributes
    ----------
    observed : Estimate
        Share with the outcome, Wilson interval; suppressed where it would rest on few people.
    risks : ndarray of shape (k,)
        Their predicted risks, ascending; empty where the share is suppressed.
    """

    observed: Estimate
    risks: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "risks", frozen_floats(self.risks))

    @property
    def is_narrow(self) -> bool:
        """Whether the risks lie so close together that the share speaks of one risk."""
        return len(self.risks) > 0 and float(np.ptp(self.risks)) <= WIDEST_BAND

    @property
    def at_this_risk(self) -> Estimate | None:
        """The observed share where it speaks of one risk; None where the band is too wide."""
        return self.observed if self.is_narrow else None


def observe_at_risk(study: Study, patient_id: str, floor: int = SMALLEST_CELL) -> SimilarRisk:
    """Check the risk of one patient against what happened to others at that risk.

    The estimand is calibration near one predicted risk: the outcome share among the labelled
    held-out patients with the nearest predicted risks, the patient among them, since leaving one
    person out would let two screens be subtracted from each other. The smallest neighbourhood is
    taken in which neither those with nor those without the outcome are so few that their number
    may not be shown; its size steps up coarsely, so that it hardly depends on the outcomes.

    Parameters
    ----------
    study : Study
    patient_id : str
    floor : int
        Smallest count that may be shown, 11 or more.

    Raises
    ------
    NotFoundError
        When the patient is not among the study's.
    SettingsError
        When the floor is lower than 11.
    """
    floor = floor_in_rows(study.cohort, floor)
    own_risk = float(study.risk[study.position_of(patient_id)])
    order = _nearest(study, own_risk, max(NEIGHBOURHOODS))
    for size in NEIGHBOURHOODS:
        closest = order[:size]
        if not _has_small_count(study.labels[closest] == 1, floor):
            near = _labelled_at(study, closest)
            settings = MetricSettings(study.threshold)
            observed = find_metric("prevalence").estimate(near, settings)
            return SimilarRisk(observed, np.sort(study.risk[closest]))
    reason = f"fewer than {floor} people at this risk had, or did not have, the outcome."
    return SimilarRisk(Estimate.suppressed("prevalence", reason), np.empty(0))


def _nearest(study: Study, own_risk: float, most: int) -> IntArray:
    """Rows (k,) of the labelled patients nearest in risk, nearest first; ties in row order.

    Only those who may be needed are sorted: sorting a million would keep the screen waiting.
    """
    labelled = np.flatnonzero(study.is_labelled)
    distances = np.abs(study.risk[labelled] - own_risk)
    near = np.arange(len(labelled))
    if len(labelled) > most:
        near = np.flatnonzero(distances <= np.partition(distances, most - 1)[most - 1])
    order = near[np.argsort(distances[near], kind="stable")]
    rows: IntArray = labelled[order[:most]]
    return rows


def _labelled_at(study: Study, rows: IntArray) -> LabelledRisk:
    clusters = study.cohort.clusters
    own = None if clusters is None else Belonging(clusters.position[rows], clusters.kind)
    return LabelledRisk.of(study.labels[rows], study.risk[rows], own)


def _has_small_count(is_event: BoolArray, floor: int) -> bool:
    counts = np.array([is_event.sum(), (~is_event).sum()], dtype=np.int64)
    return bool(is_small(counts, floor).any())
