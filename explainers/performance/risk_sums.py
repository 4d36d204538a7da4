"""What a set of patients is reduced to, so that sets can be added up: counts and exact sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import expit

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.exact_sum import ZERO, ExactSum, sum_exactly
from explainers.errors import SettingsError
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.risk_bins import RiskBins

# The name of how risks are binned; it changes with the edges, so old sums are not misread.
EDGES_VERSION = "log-odds-1"
_WIDTH = 1 / 32
_FURTHEST = 9.0
# Edges of every computer must be equal to the last bit; its exponential function may not be.
_DECIMALS = 9


def standard_edges(thresholds: Sequence[float] = ()) -> FloatArray:
    """Edges of the bins of version ``log-odds-1``, with the thresholds among them, (b + 1,).

    They lie 1/32 apart on the log-odds, from -9 to 9, with 0 and 1 outside: as fine for rare
    outcomes as for common ones.
    """
    grid = expit(np.arange(-_FURTHEST, _FURTHEST + _WIDTH / 2, _WIDTH)).round(_DECIMALS)
    return np.union1d(np.concatenate([[0.0], grid, [1.0]]), np.asarray(thresholds))


@dataclass(frozen=True)
class OutcomeSums:
    """Sums over the patients with, or those without, the outcome.

    Attributes
    ----------
    n : int
        Patients.
    risk, squared_risk : ExactSum
        Of the predicted risks p.
    squared_error, fourth_error : ExactSum
        Of the second and fourth powers of p - y.
    """

    n: int = 0
    risk: ExactSum = ZERO
    squared_risk: ExactSum = ZERO
    squared_error: ExactSum = ZERO
    fourth_error: ExactSum = ZERO

    def __add__(self, other: OutcomeSums) -> OutcomeSums:
        pairs = ((getattr(self, each.name), getattr(other, each.name)) for each in fields(self))
        return OutcomeSums(*(own + others for own, others in pairs))

    def rounded(self, bits: int) -> OutcomeSums:
        """Every sum to the nearest multiple of ``2^-bits``."""
        sums = (getattr(self, each.name).rounded(bits) for each in fields(self)[1:])
        return OutcomeSums(self.n, *sums)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        sums = {each.name: getattr(self, each.name).to_text() for each in fields(self)[1:]}
        return {"n": self.n, **sums}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> OutcomeSums:
        """Inverse of :meth:`to_dict`."""
        sums = {each.name: ExactSum.from_text(record[each.name]) for each in fields(cls)[1:]}
        return cls(record["n"], **sums)


@dataclass(frozen=True)
class RiskSums:
    """A set of patients by counts and exact sums: ``a + b`` is what both sets together have.

    Attributes
    ----------
    events, others : OutcomeSums
        Of the patients with and without the outcome.
    bins : RiskBins or None
        The same patients by risk; None where they are withheld.

    Raises
    ------
    SettingsError
        When the bins hold other patients than the sums.
    """

    events: OutcomeSums
    others: OutcomeSums
    bins: RiskBins | None

    def __post_init__(self) -> None:
        if self.bins is None:
            return
        counted = (self.bins.n_events, self.bins.n - self.bins.n_events)
        if counted != (self.n_events, self.n_others):
            raise SettingsError(
                "the bins of risk must hold the patients that were summed", value=counted
            )

    def __len__(self) -> int:
        return self.events.n + self.others.n

    @property
    def n_events(self) -> int:
        """Patients with the outcome."""
        return self.events.n

    @property
    def n_others(self) -> int:
        """Patients without the outcome."""
        return self.others.n

    @cached_property
    def expected(self) -> float:
        """Sum of the predicted risks."""
        return float(self.events.risk + self.others.risk)

    def __add__(self, other: RiskSums) -> RiskSums:
        """Sums of both; without bins where either has none; SettingsError for other edges."""
        bins = None
        if self.bins is not None and other.bins is not None:
            bins = self.bins + other.bins
        return RiskSums(self.events + other.events, self.others + other.others, bins)

    @property
    def known_bins(self) -> RiskBins:
        """The bins; SettingsError where they are withheld."""
        if self.bins is None:
            raise SettingsError("the bins of risk of these patients are withheld")
        return self.bins

    def flagged_counts(self, threshold: float) -> tuple[int, int]:
        """Patients with and without the outcome at or above a threshold that is an edge."""
        counts = self.known_bins.counts_at(threshold)
        return int(counts[0]), int(counts[2])


def sum_risks(
    patients: LabelledRisk, position: IntArray, n_groups: int, edges: FloatArray
) -> tuple[RiskSums, ...]:
    """Reduce each group of patients to its sums, in one pass for all groups.

    Parameters
    ----------
    patients : LabelledRisk
    position : ndarray of shape (n,)
        Group of each patient, from 0 to ``n_groups - 1``.
    edges : ndarray of shape (b + 1,)
        From 0 to 1; a threshold that counts are wanted at must be among them.
    """
    n_bins = len(edges) - 1
    is_other = (~patients.is_event).astype(np.int64)
    half = 2 * position + is_other
    bin_of = np.minimum(np.searchsorted(edges, patients.risk, side="right") - 1, n_bins - 1)
    counted = np.bincount(half * n_bins + bin_of, minlength=2 * n_groups * n_bins)
    counts = counted.reshape(n_groups, 2, n_bins)
    squared_error = np.square(patients.risk - patients.is_event)
    terms = (patients.risk, np.square(patients.risk), squared_error, np.square(squared_error))
    sums = list(zip(*(sum_exactly(own, half, 2 * n_groups) for own in terms), strict=True))
    return tuple(
        RiskSums(
            OutcomeSums(int(events.sum()), *sums[2 * at]),
            OutcomeSums(int(others.sum()), *sums[2 * at + 1]),
            RiskBins(edges, events, others),
        )
        for at, (events, others) in enumerate(counts)
    )
