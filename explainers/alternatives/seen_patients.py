"""What real patients are like: the yardstick by which an invented one counts as plausible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explainers.alternatives.concept_ties import ConceptTie, find_concept_ties
from explainers.alternatives.relations import Relation, find_relations
from explainers.core.arrays import FloatArray, IntArray, frozen_floats
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.distances.patient_space import PatientSpace, build_space, kth_smallest
from explainers.effects.seen_values import sampled_matrix, seen_grid, seen_range
from explainers.errors import SettingsError, UnsupportedError

MOST_PATIENTS = 5_000
# The 95th percentile of 400 distances has a standard error of about one percentile point.
_N_OWN_DISTANCES = 400
_GRID_POINTS = 8
# A constant that makes the median absolute deviation of a normal distribution its deviation.
_MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True)
class SeenPatients:
    """Everything about the cohort that a search for counterfactuals needs; made once per study.

    Attributes
    ----------
    space : PatientSpace
        Up to 5,000 held-out patients, a seeded draw.
    own_distances : ndarray, ascending
        Distance of real patients to their own k-th nearest neighbour.
    n_neighbours : int
        That k.
    ranges : ndarray of shape (p, 2)
        Smallest and largest value that counts as seen; NaN where nobody has a value.
    units : ndarray of shape (p,)
        What one unit of cost is: the median absolute deviation times 1.4826 (where it is 0, the
        standard deviation); 1 for levels.
    grids : tuple of ndarray
        Values to try, per input.
    relations : tuple of Relation
        Inputs that are worked out from each other.
    ties : tuple of ConceptTie
        Inputs of one clinical concept that go together.
    """

    space: PatientSpace
    own_distances: FloatArray
    n_neighbours: int
    ranges: FloatArray
    units: FloatArray
    grids: tuple[FloatArray, ...]
    relations: tuple[Relation, ...]
    ties: tuple[ConceptTie, ...]

    def __post_init__(self) -> None:
        for name in ("own_distances", "ranges", "units"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    def distance_limit(self, quantile: float) -> float:
        """The k-th neighbour distance that this share of real patients does not exceed."""
        return float(np.quantile(self.own_distances, quantile))

    def kth_distance(self, row: FloatArray) -> float:
        """Distance of an encoded row (p,) to its k-th nearest real patient."""
        return kth_smallest(self.space.distances(row), self.n_neighbours)

    def share_farther(self, distance: float) -> float:
        """Share of real patients who lie at least as far from their own k-th neighbour."""
        below = np.searchsorted(self.own_distances, distance, side="left")
        return 1.0 - float(below) / len(self.own_distances)


def describe_seen_patients(study: Study, *, n_neighbours: int = 10) -> SeenPatients:
    """Look at the held-out patients once, for any number of searches.

    Parameters
    ----------
    study : Study
    n_neighbours : int
        Which neighbour's distance says how usual a combination of values is.

    Raises
    ------
    SettingsError
        When there are not more patients than neighbours, or fewer than one neighbour is asked for.
    """
    if not 1 <= n_neighbours < len(study.cohort):
        raise SettingsError(
            "the number of neighbours must lie between 1 and the number of patients",
            value=n_neighbours,
        )
    patients = sampled_matrix(study, MOST_PATIENTS, study.seed)
    columns = study.model.columns
    space = build_space(patients, columns)
    grids, ranges = _grids(patients, columns)
    relations = find_relations(patients, columns, seed=study.seed)
    return SeenPatients(
        space=space,
        own_distances=_own_distances(space, patients, n_neighbours),
        n_neighbours=n_neighbours,
        ranges=ranges,
        units=_units(patients, columns),
        grids=grids,
        relations=relations,
        ties=find_concept_ties(patients, columns, relations),
    )


def _own_distances(space: PatientSpace, patients: FloatArray, k: int) -> FloatArray:
    """Distance to the k-th other patient, ascending, for evenly spread patients."""
    rows: IntArray = np.unique(
        np.linspace(0, len(patients) - 1, min(_N_OWN_DISTANCES, len(patients))).astype(np.int64)
    )
    # Each patient is their own nearest neighbour at distance 0, so the k-th other one is k + 1st.
    found = np.array([kth_smallest(space.distances(patients[row]), k + 1) for row in rows])
    return np.sort(found[np.isfinite(found)])


def _grids(
    patients: FloatArray, columns: Sequence[Column]
) -> tuple[tuple[FloatArray, ...], FloatArray]:
    grids, ranges = [], np.full((len(columns), 2), np.nan)
    for at, column in enumerate(columns):
        try:
            ranges[at] = seen_range(patients[:, at], column)
            grids.append(seen_grid(patients[:, at], column, _GRID_POINTS))
        except UnsupportedError:
            grids.append(np.empty(0))
    return tuple(grids), ranges


def _units(patients: FloatArray, columns: Sequence[Column]) -> FloatArray:
    units = np.ones(len(columns))
    for at, column in enumerate(columns):
        known = patients[~np.isnan(patients[:, at]), at]
        if not column.is_numeric or len(known) == 0:
            continue
        deviation = np.median(np.abs(known - np.median(known))) * _MAD_TO_DEVIATION
        units[at] = deviation or known.std() or 1.0
    return units
