"""Patients counted by predicted risk and outcome, in bins that hold nobody or enough people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explainers.core.arrays import FloatArray, IntArray, frozen_floats
from explainers.disclosure.bins import merge_small_bins
from explainers.disclosure.counts import SMALLEST_CELL, is_small
from explainers.errors import SettingsError
from explainers.performance.binned_rows import BinnedRows
from explainers.performance.labelled_risk import LabelledRisk

_N_FINE_BINS = 400
_COUNTED = ("edges", "events", "others")


@dataclass(frozen=True)
class RiskBins:
    """How many patients lie between which risks, by outcome.

    Attributes
    ----------
    edges : ndarray of shape (b + 1,)
        From 0 to 1, ascending.
    events, others : ndarray of shape (b,)
        Patients with and without the outcome; a risk equal to an edge counts above it.
    rows : BinnedRows, optional
        Whose rows are in which bin, where rows belong together, so that intervals allow for it.
    """

    edges: FloatArray
    events: FloatArray
    others: FloatArray
    rows: BinnedRows | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in _COUNTED:
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))
        if not len(self.edges) - 1 == len(self.events) == len(self.others):
            raise SettingsError(
                "bins need one edge more than counts",
                value=(len(self.edges), len(self.events), len(self.others)),
            )

    @property
    def n(self) -> int:
        """Patients."""
        return int(self.events.sum() + self.others.sum())

    @property
    def n_events(self) -> int:
        """Patients with the outcome."""
        return int(self.events.sum())

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Thresholds at which the flagged can be counted, ascending."""
        return tuple(self.edges[1:-1].tolist())

    def __add__(self, other: RiskBins) -> RiskBins:
        """Both sets of patients together.

        Raises
        ------
        SettingsError
            Where the edges differ, or rows belong together, since some may belong to both sets.
        """
        if self.rows is not None or other.rows is not None:
            raise SettingsError(
                "bins whose rows belong together cannot be added",
                remedy="Count all of the patients at once.",
            )
        if not np.array_equal(self.edges, other.edges):
            raise SettingsError(
                "bins can be added where all their edges are the same",
                value=(len(self.edges), len(other.edges)),
                remedy="Coarsen both to the edges that they share.",
            )
        return RiskBins(self.edges, self.events + other.events, self.others + other.others)

    def counts_at(self, threshold: float) -> FloatArray:
        """TP, FN, FP and TN, (4,), at a threshold that is an edge.

        Raises
        ------
        SettingsError
            When it is not an edge: nothing between two edges is known.
        """
        at = int(np.searchsorted(self.edges, threshold))
        if at == len(self.edges) or self.edges[at] != threshold:
            raise SettingsError(
                "people are counted at the edges of the bins only",
                value=threshold,
                remedy="Pick one of the thresholds of the bins.",
            )
        parts = (self.events[at:], self.events[:at], self.others[at:], self.others[:at])
        return np.array([part.sum() for part in parts])

    def merged(self, starts: IntArray) -> RiskBins:
        """Wider bins, given the first of the old bins in each and their number at the end."""
        return RiskBins(
            self.edges[starts],
            np.add.reduceat(self.events, starts[:-1]),
            np.add.reduceat(self.others, starts[:-1]),
            None if self.rows is None else self.rows.merged(starts),
        )

    def coarsened(self, edges: FloatArray) -> RiskBins:
        """Wider bins; SettingsError where an edge is not among ours, or 0 or 1 is missing."""
        edges = np.asarray(edges, dtype=np.float64)
        if not (np.isin(edges, self.edges).all() and set(self.edges[[0, -1]]) <= set(edges)):
            raise SettingsError(
                "wider bins must keep some of the edges, the first and the last among them",
                value=edges[~np.isin(edges, self.edges)].tolist() or edges[[0, -1]].tolist(),
            )
        return self.merged(np.searchsorted(self.edges, np.unique(edges)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON.

        Raises
        ------
        SettingsError
            Where rows belong together: whose rows are in which bin is told to nobody, and without
            it intervals would be too narrow.
        """
        if self.rows is not None:
            raise SettingsError(
                "bins whose rows belong together cannot be written",
                remedy="Write the figures that are made from them.",
            )
        return {name: getattr(self, name).tolist() for name in _COUNTED}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> RiskBins:
        """Inverse of :meth:`to_dict`."""
        edges, events, others = (np.asarray(record[name]) for name in _COUNTED)
        return cls(edges, events, others)


def cut_risks(
    patients: LabelledRisk, floor: int = SMALLEST_CELL, threshold: float | None = None
) -> RiskBins | None:
    """Bins of about 0.0025 or wider in which each count is 0 or at least the floor.

    Parameters
    ----------
    patients : LabelledRisk
    floor : int
        Smallest count that may be shown.
    threshold : float, optional
        Becomes an edge where the counts allow it.

    Returns
    -------
    RiskBins or None
        None where even one bin would show a count that is too small.

    Raises
    ------
    SettingsError
        When the floor is lower than 11.
    """
    grid = np.linspace(0.0, 1.0, _N_FINE_BINS + 1)
    edges = grid if threshold is None else np.union1d(grid, [threshold])
    fine = count_between(patients, edges)
    starts = merge_together([fine], floor, threshold)
    return None if starts is None else fine.merged(starts)


def count_between(patients: LabelledRisk, edges: FloatArray) -> RiskBins:
    """Patients between the edges, whatever their number."""
    events, others = (
        np.histogram(own, edges)[0] for own in (patients.event_risk, patients.other_risk)
    )
    return RiskBins(edges, events, others, BinnedRows.of(patients, edges))


def merge_together(
    parts: Sequence[RiskBins], floor: int = SMALLEST_CELL, threshold: float | None = None
) -> IntArray | None:
    """Merge the bins of several sets of patients at the same edges.

    Bins are merged across the threshold only where either side alone is too small.

    Returns
    -------
    ndarray of shape (m + 1,) or None
        As :func:`~explainers.disclosure.bins.merge_small_bins`, so that each count of each part
        is 0 or at least the floor.
    """
    columns = [kind for part in parts for kind in (part.events, part.others)]
    counts = np.column_stack(columns).astype(np.int64)
    at = len(counts) if threshold is None else int(np.searchsorted(parts[0].edges, threshold))
    below, above = merge_small_bins(counts[:at], floor), merge_small_bins(counts[at:], floor)
    if below is None or above is None:
        return merge_small_bins(_by_side(counts, at, floor), floor)
    return np.concatenate([below[:-1], at + above])


def _by_side(counts: IntArray, at: int, floor: int) -> IntArray:
    """Counts (b, c or more), those below and above bin ``at`` apart where both may be told.

    Figures at the threshold are published wherever they are large enough, so of a bin that holds
    the threshold neither side may be of a few people.
    """
    below, above = counts.copy(), counts.copy()
    below[at:], above[:at] = 0, 0
    is_told = ~(is_small(below.sum(axis=0), floor) | is_small(above.sum(axis=0), floor))
    return np.column_stack([counts[:, ~is_told], below[:, is_told], above[:, is_told]])
