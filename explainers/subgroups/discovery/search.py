"""Groups made by crossing attributes: every one of up to two conditions, and the best of more."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.progress import Meter
from explainers.subgroups.discovery.model_errors import N_SUMS, scores_of
from explainers.subgroups.discovery.settings import CRITERIA, Criterion
from explainers.subgroups.discovery.tables import Conditions, Half, membership

Method = Literal["crossed", "tree"]
# Best groups by each criterion and number of conditions that are kept for the choice at the end.
KEPT = 40


@dataclass(frozen=True)
class Candidate:
    """A group that a search looked at and kept.

    Attributes
    ----------
    conditions : tuple of (int, frozenset of int)
        Position of an attribute and bins of it.
    criterion : {"too_low", "too_high", "missed"}
    method : {"crossed", "tree"}
    score : float
        Standard score beyond the margin.
    n_rivals : int
        Groups of as many conditions that were looked at.
    """

    conditions: Conditions
    criterion: Criterion
    method: Method
    score: float
    n_rivals: int

    @property
    def evidence(self) -> float:
        """About minus the logarithm of the p-value times the number of rivals.

        A longer description has more rivals, hence has to be better to be preferred.
        """
        return math.copysign(self.score**2 / 2.0, self.score) - math.log(max(self.n_rivals, 1))


@dataclass(frozen=True)
class Searched:
    """Candidates, and how many groups were looked at by number of conditions, (depth,)."""

    candidates: tuple[Candidate, ...]
    n_looked_at: tuple[int, ...]


def search_crossed(half: Half, meter: Meter | None = None) -> Searched:
    """Look at every group of one and two conditions, then divide the best ones further.

    Parameters
    ----------
    half : Half
    meter : Meter, optional
        Told of one part for each number of conditions.
    """
    choices = _Choices.of(half)
    parents = np.empty((1, 0), dtype=np.int64)
    kept: list[Candidate] = []
    looked_at: list[int] = []
    for depth in range(1, half.settings.depth + 1):
        groups, scores = _divide(half, parents, choices)
        looked_at.append(len(groups))
        kept += _best(choices, groups, scores, KEPT)
        parents = groups if depth == 1 else groups[_leading(scores, half.settings.beam)]
        if meter is not None:
            meter.add(1)
    return Searched(tuple(kept), tuple(looked_at))


@dataclass(frozen=True)
class _Choices:
    """Every single condition, c of them.

    Attributes
    ----------
    conditions : tuple of (int, frozenset of int)
    attribute : ndarray of shape (c,)
        Position of the attribute of each.
    holds : ndarray of shape (c, bins)
        Which bins each holds.
    """

    conditions: Conditions
    attribute: IntArray
    holds: FloatArray

    @classmethod
    def of(cls, half: Half) -> _Choices:
        found = tuple(
            (at, bins) for at, one in enumerate(half.attributes) for bins in one.choices()
        )
        attribute = np.array([at for at, _ in found], dtype=np.int64)
        return cls(found, attribute, membership(half, found))

    def group(self, row: IntArray) -> Conditions:
        """The conditions of one group, by attribute."""
        return tuple(self.conditions[at] for at in row)


def _divide(half: Half, parents: IntArray, choices: _Choices) -> tuple[IntArray, FloatArray]:
    """Every admissible group that is one of the parents (m, d) and one more condition.

    Where all conditions are parents, each pair is met once only: from its first condition.

    Returns
    -------
    groups : ndarray of shape (k, d + 1)
        Positions of conditions, ascending.
    scores : ndarray of shape (k, 3)
    """
    groups, sums = [np.empty((0, parents.shape[1] + 1), dtype=np.int64)], [np.empty((0, N_SUMS))]
    for parent, total in zip(parents, _sums_of(half, parents, choices), strict=True):
        own = choices.holds @ total
        allowed = half.is_admissible(own)
        for at in choices.attribute[parent]:
            # All pairs are met from their first condition; of more, only some have all parts met.
            allowed &= choices.attribute > at if len(parent) == 1 else choices.attribute != at
        added = np.flatnonzero(allowed)
        groups.append(np.column_stack([np.tile(parent, (len(added), 1)), added]))
        sums.append(own[added])
    found, first = np.unique(np.sort(np.vstack(groups), axis=1), axis=0, return_index=True)
    scores = scores_of(np.vstack(sums)[first], half.errors.everybody, half.settings.margin)
    return found, scores


def _sums_of(half: Half, parents: IntArray, choices: _Choices) -> Iterator[FloatArray]:
    """Sums over all bins, (bins, 7), of each parent; single conditions share a pass."""
    crossed = (-1, np.empty(0))
    for parent in parents:
        group = choices.group(parent)
        if len(group) != 1:
            yield half.sums(half.members(group))
            continue
        at, bins = group[0]
        if crossed[0] != at:
            crossed = (at, half.crossed_sums(at))
        yield crossed[1][sorted(bins)].sum(axis=0)


def _leading(scores: FloatArray, most: int) -> IntArray:
    """Positions of the highest scores by any criterion, so many by each."""
    order = np.argsort(-scores, axis=0, kind="stable")[:most]
    return np.unique(order)


def _best(
    choices: _Choices, groups: IntArray, scores: FloatArray, most: int
) -> Iterator[Candidate]:
    """The groups of the highest positive scores, so many by each criterion."""
    for column, criterion in enumerate(CRITERIA):
        for at in np.argsort(-scores[:, column], kind="stable")[:most]:
            score = float(scores[at, column])
            if score > 0.0:
                conditions = choices.group(groups[at])
                yield Candidate(conditions, criterion, "crossed", score, len(groups))
