"""What happened to the patients most like this one, as a group and never one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.estimate import Estimate
from explainers.core.provenance import Provenance
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.disclosure import SMALLEST_CELL, is_small
from explainers.disclosure.persons import floor_in_rows
from explainers.distances.patient_space import (
    PatientSpace,
    build_attribution_space,
    build_space,
)
from explainers.effects.seen_values import place_of, row_of, sampled_matrix
from explainers.errors import SettingsError
from explainers.uncertainty.wilson import proportion_interval

OUTCOME_SHARE = "similar_outcome_share"
DEFAULT_NEIGHBOURS = 50
_MOST_FOR_SPREAD = 20_000


@dataclass(frozen=True)
class FeatureDifference:
    """Where the patient differs from the similar patients in one input.

    Attributes
    ----------
    feature : str
    patient_value : float or None
        Encoded; None where not measured.
    typical_value : float or None
        The similar patients' median, or for levels the most frequent one, encoded; None where
        fewer than 11 of them were measured.
    size : float or None
        (Patient - median) in standard deviations of the cohort; for levels 1 where the patient's
        differs from the most frequent one, else 0. None where either value is missing.
    """

    feature: str
    patient_value: float | None
    typical_value: float | None
    size: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> FeatureDifference:
        """Inverse of :meth:`to_dict`."""
        return cls(**record)


@dataclass(frozen=True)
class SimilarPatients:
    """The outcome among the k patients nearest to one.

    Attributes
    ----------
    outcome : Estimate
        Share with the outcome, with its interval.
    k : int
        How many patients.
    basis : {"features", "attributions"}
        What they are similar in.
    median_distance, farthest_distance : float
        Of the k to the patient: in standard deviations per input, or in the attribution's unit per
        input.
    differences : tuple of FeatureDifference
        Largest first.
    provenance : Provenance
    """

    outcome: Estimate
    k: int
    basis: Literal["features", "attributions"]
    median_distance: float
    farthest_distance: float
    differences: tuple[FeatureDifference, ...]
    provenance: Provenance

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            **{name: getattr(self, name) for name in ("k", "basis")},
            "outcome": self.outcome.to_dict(),
            "median_distance": self.median_distance,
            "farthest_distance": self.farthest_distance,
            "differences": [difference.to_dict() for difference in self.differences],
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> SimilarPatients:
        """Inverse of :meth:`to_dict`."""
        return cls(
            **{
                **record,
                "outcome": Estimate.from_dict(record["outcome"]),
                "differences": tuple(
                    FeatureDifference.from_dict(entry) for entry in record["differences"]
                ),
                "provenance": Provenance.from_dict(record["provenance"]),
            }
        )


def find_similar_patients(
    study: Study,
    patient: str | FloatArray,
    *,
    k: int = DEFAULT_NEIGHBOURS,
    attribution: Attribution | None = None,
    space: PatientSpace | None = None,
) -> SimilarPatients:
    """Outcome of the k nearest held-out patients with a known outcome.

    Parameters
    ----------
    study : Study
    patient : str or ndarray of shape (p,)
        Patient id, or encoded values (only where similarity is in the features). A patient is
        never counted among those similar to them.
    k : int
        11 or more, so that the result speaks of a group.
    attribution : Attribution, optional
        Contributions for all patients of the study: similarity is then in the reasons, not in the
        values.
    space : PatientSpace, optional
        ``build_space(study.matrix, study.model.columns)``, or ``build_attribution_space`` of the
        contributions, where it is at hand already: building it takes longer than the search.

    Raises
    ------
    NotFoundError
        When there is no such patient.
    SettingsError
        When k is below 11 or above the number of comparable patients with a known outcome, or the
        attribution does not cover the study.
    """
    if k < SMALLEST_CELL:
        raise SettingsError(
            f"similar patients are shown as a group of {SMALLEST_CELL} or more",
            value=k,
            remedy=f"Ask for at least {SMALLEST_CELL}.",
        )
    place = place_of(study, patient) if isinstance(patient, str) else None
    row = point = row_of(study, patient)
    if attribution is not None:
        point = _contributions_of(study, attribution, place)
    if space is None:
        space = _build(study, attribution)
    nearest, distances = _nearest(study, space, point, place, k)
    spread = space.spread if attribution is None else _spread(study)
    basis: Literal["features", "attributions"] = (
        "features" if attribution is None else "attributions"
    )
    return SimilarPatients(
        outcome=_outcome_share(int(study.labels[nearest].sum()), k, floor_in_rows(study.cohort)),
        k=k,
        basis=basis,
        median_distance=float(np.median(distances)),
        farthest_distance=float(distances.max()),
        differences=_differences(study, row, study.matrix[nearest], spread),
        provenance=study.provenance("similar-patients", k=k, basis=basis),
    )


def _outcome_share(events: int, k: int, floor: int) -> Estimate:
    """Share with the outcome; withheld where so few had it, or had it not, that it is a clue."""
    if is_small(np.array([events, k - events]), floor).any():
        return Estimate.suppressed(OUTCOME_SHARE, f"Fewer than {floor} people.")
    interval = proportion_interval(events, k)
    return Estimate(
        OUTCOME_SHARE, events / k, interval.low, interval.high, k, events, interval.method
    )


def _build(study: Study, attribution: Attribution | None) -> PatientSpace:
    if attribution is None:
        return build_space(study.matrix, study.model.columns)
    return build_attribution_space(attribution.values)


def _contributions_of(study: Study, attribution: Attribution, place: int | None) -> FloatArray:
    if attribution.patient_ids != study.cohort.patient_ids or place is None:
        raise SettingsError(
            "similarity in the reasons needs the contributions of every patient of the study, in"
            " its order, and a patient of the study",
            value=f"{len(attribution.patient_ids)} of {len(study.cohort)}",
            remedy="Explain the whole cohort first.",
        )
    own: FloatArray = attribution.values[place]
    return own


def _nearest(
    study: Study, space: PatientSpace, point: FloatArray, place: int | None, k: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], FloatArray]:
    """Rows (k,) and distances (k,) of the nearest labelled patients; ties go to the first rows."""
    distances = space.distances(point)
    distances[~study.is_labelled] = np.inf
    if place is not None:
        distances[place] = np.inf
        if (persons := study.cohort.persons) is not None:
            # Other visits of the same person are not other patients.
            distances[persons.position == persons.position[place]] = np.inf
    if int(np.isfinite(distances).sum()) < k:
        raise SettingsError(
            "there must be at least k other patients with a known outcome who can be compared",
            value=k,
            remedy="Ask for fewer, or look at a patient with more measured inputs.",
        )
    farthest = np.partition(distances, k - 1)[k - 1]
    closer = np.flatnonzero(distances < farthest)
    tied = np.flatnonzero(distances == farthest)[: k - len(closer)]
    chosen = np.concatenate([closer, tied])
    return chosen, distances[chosen].astype(np.float64)


def _differences(
    study: Study, row: FloatArray, similar: FloatArray, spread: FloatArray
) -> tuple[FeatureDifference, ...]:
    differences = []
    floor = floor_in_rows(study.cohort)
    for at, column in enumerate(study.model.columns):
        known = similar[~np.isnan(similar[:, at]), at]
        typical = _typical(known, column) if len(known) >= floor else None
        own = None if np.isnan(row[at]) else float(row[at])
        size = None
        if own is not None and typical is not None:
            size = _size(own, typical, float(spread[at]), column)
        differences.append(FeatureDifference(column.name, own, typical, size))
    return tuple(sorted(differences, key=lambda d: -1.0 if d.size is None else abs(d.size))[::-1])


def _typical(known: FloatArray, column: Column) -> float:
    if column.is_numeric:
        return float(np.median(known))
    return float(np.bincount(known.astype(np.int64)).argmax())


def _size(own: float, typical: float, spread: float, column: Column) -> float:
    if not column.is_numeric:
        return float(own != typical)
    return (own - typical) / spread


def _spread(study: Study) -> FloatArray:
    """Standard deviations (p,) of the features, from a draw where the cohort is large."""
    patients = sampled_matrix(study, _MOST_FOR_SPREAD, study.seed)
    return build_space(patients, study.model.columns).spread
