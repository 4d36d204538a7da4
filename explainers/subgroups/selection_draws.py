"""The bootstrap of who is selected, drawn cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.belonging import Belonging
from explainers.core.compiled import compiled
from explainers.subgroups.selection_cells import CellsOfPatients, make_cells
from explainers.subgroups.selection_walk import Tally, count_draw
from explainers.subgroups.selections import Ranked, SelectionCounts
from explainers.uncertainty.bootstrap import check_resamples

# Patients of smaller cells are drawn one by one.
_LARGE = 25


def count_resamples(ranked: Ranked, n_resamples: int, seed: int) -> SelectionCounts:
    """Counts of so many resamples, each of n of the n patients with replacement.

    Where rows belong together, as many persons or sites are drawn as there are, each with all rows;
    rows then weigh so that they add up to n again, since persons with many rows may be drawn more
    or less often, and a share of the rows drawn is selected.

    All counts are those of one resample of all patients. So is the sum of need, but that of the
    people drawn from a large cell whose need differs is drawn as normal, with their mean and
    variance; such a cell holds patients between two neighbouring levels of need only.

    Raises
    ------
    SettingsError
        When there is no patient or there are too few resamples.
    """
    check_resamples(len(ranked.need), n_resamples)
    width = 1.0
    while True:
        found = count_in_cells(ranked, make_cells(ranked, width), n_resamples, seed)
        if found is not None:
            return found
        width *= 2.0


def count_in_cells(
    ranked: Ranked, patients: CellsOfPatients, n_resamples: int, seed: int
) -> SelectionCounts | None:
    """The same with given cells; None where they are too coarse for one of the resamples."""
    counts = _no_counts(ranked, n_resamples)
    drawn: _DrawnCells | _DrawnClusters = _DrawnCells.of(patients)
    if ranked.belonging is not None and ranked.belonging.has_effect:
        drawn = _DrawnClusters.of(patients, ranked.belonging)
    rng = np.random.default_rng(seed)
    for at in range(n_resamples):
        weights, need = drawn.resample(rng)
        if not count_draw(patients.cells, weights, need, tally_of(counts, at)):
            return None
    return counts


def tally_of(counts: SelectionCounts, at: int) -> Tally:
    """One draw's part of the counts, to be written to."""
    return Tally(*(getattr(counts, name)[at] for name in Tally._fields))


def _no_counts(ranked: Ranked, n_resamples: int) -> SelectionCounts:
    n_rankings, n_groups = len(ranked.orders), ranked.members.shape[1]
    n_outcomes = ranked.labels.shape[1]
    shapes = {
        "groups": (n_rankings, n_groups),
        "everybody": (n_groups,),
        "events": (n_rankings, n_outcomes),
        "all_events": (n_outcomes,),
        "need": (n_rankings,),
        "both": (n_rankings, n_rankings),
        "swapped": (n_groups,),
    }
    return SelectionCounts(
        **{own.name: np.zeros((n_resamples, *shapes[own.name])) for own in fields(SelectionCounts)}
    )


@dataclass(frozen=True, eq=False)
class _DrawnCells:
    """How cells are drawn: large ones by number, the patients of all others one by one.

    Attributes
    ----------
    large : ndarray of shape (l,)
        Large cells.
    size, mean, deviation : ndarray of shape (l,)
        Patients of each, with mean and standard deviation of their need.
    cell, need : ndarray of shape (s,)
        Cell and need of each other patient.
    n_cells, n : int
        All cells and all patients.
    """

    large: IntArray
    size: FloatArray
    mean: FloatArray
    deviation: FloatArray
    cell: IntArray
    need: FloatArray
    n_cells: int
    n: int

    @classmethod
    def of(cls, patients: CellsOfPatients) -> _DrawnCells:
        n_cells, of_patient, need = patients.n_cells, patients.of_patient, patients.need
        sizes = np.bincount(of_patient, minlength=n_cells)
        is_large: BoolArray = sizes > _LARGE
        mean = np.bincount(of_patient, need, n_cells) / sizes
        squares = np.bincount(of_patient, np.square(need - mean[of_patient]), n_cells)
        alone = ~is_large[of_patient]
        return cls(
            large=np.flatnonzero(is_large),
            size=sizes[is_large].astype(np.float64),
            mean=mean[is_large],
            deviation=np.sqrt(squares[is_large] / sizes[is_large]),
            cell=of_patient[alone],
            need=need[alone],
            n_cells=n_cells,
            n=len(of_patient),
        )

    def resample(self, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Draws and need of each cell, (m,) each, in one resample."""
        weights, need = np.zeros(self.n_cells), np.zeros(self.n_cells)
        n_left = self.n
        if len(self.large):
            shares = np.append(self.size, len(self.cell)) / self.n
            *drawn, n_left = rng.multinomial(self.n, shares)
            weights[self.large] = drawn
            spread = np.sqrt(drawn) * self.deviation
            need[self.large] = self.mean * drawn + spread * rng.standard_normal(len(drawn))
        if n_left:
            patients = rng.integers(0, len(self.cell), n_left)
            _add_patients(patients, self.cell, self.need, weights, need)
        return weights, need


@dataclass(frozen=True, eq=False)
class _DrawnClusters:
    """How persons or sites are drawn, with all of their rows.

    Attributes
    ----------
    patients : CellsOfPatients
    position : ndarray of shape (n,)
        Person or site of each row, from 0.
    n_clusters : int
    """

    patients: CellsOfPatients
    position: IntArray
    n_clusters: int

    @classmethod
    def of(cls, patients: CellsOfPatients, belonging: Belonging) -> _DrawnClusters:
        found, position = np.unique(belonging.position, return_inverse=True)
        return cls(patients, position.astype(np.int64), len(found))

    def resample(self, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Draws and need of each cell, (m,) each, in one resample."""
        drawn = rng.integers(0, self.n_clusters, self.n_clusters)
        weights = np.bincount(drawn, minlength=self.n_clusters)[self.position].astype(np.float64)
        return self.patients.added(weights * (len(weights) / weights.sum()))


@compiled
def _add_patients(
    patients: IntArray, cell: IntArray, need: FloatArray, weights: FloatArray, total: FloatArray
) -> None:
    """Add each patient who was drawn to the weight and to the need of their cell."""
    for patient in patients:
        weights[cell[patient]] += 1.0
        total[cell[patient]] += need[patient]
