"""Who is among the top by each ranking, counted for many resamples at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.belonging import Belonging


@dataclass(frozen=True, eq=False)
class Ranked:
    """n patients in the order of each of r rankings, with what is to be counted of them.

    Attributes
    ----------
    orders : tuple of ndarray of shape (n,), length r
        Rows from the highest to the lowest.
    members : ndarray of shape (n, g)
        1 where a patient belongs to a group; each to exactly one.
    labels : ndarray of shape (n, c)
        Outcomes, 1 and 0.
    need : ndarray of shape (n,)
        Recorded need, more is sicker.
    favoured : int
        Position of the group whose selected patients a swap may replace; -1 for none.
    n_selected : int
        How many are selected.
    belonging : Belonging, optional
        Which rows belong together, so that they are drawn together; None where none do.
    """

    orders: tuple[IntArray, ...]
    members: FloatArray
    labels: FloatArray
    need: FloatArray
    favoured: int
    n_selected: int
    belonging: Belonging | None = None


@dataclass(frozen=True, eq=False)
class SelectionCounts:
    """Counts for b draws of patients.

    Attributes
    ----------
    groups : ndarray of shape (b, r, g)
        People of each group among the selected of each ranking.
    everybody : ndarray of shape (b, g)
        People of each group.
    events : ndarray of shape (b, r, c)
        People with each outcome among the selected.
    all_events : ndarray of shape (b, c)
        People with each outcome.
    need : ndarray of shape (b, r)
        Sum of the recorded need of the selected.
    both : ndarray of shape (b, r, r)
        People selected by both of two rankings.
    swapped : ndarray of shape (b, g)
        Swaps of the first ranking's selected favoured people for people of each group.
    """

    groups: FloatArray
    everybody: FloatArray
    events: FloatArray
    all_events: FloatArray
    need: FloatArray
    both: FloatArray
    swapped: FloatArray


def rank_patients(score: FloatArray, ties: IntArray) -> IntArray:
    """Rows (n,) from the highest score to the lowest; equal ones in the order of ``ties`` (n,)."""
    return np.lexsort((ties, -score)).astype(np.int64)


def select_top(order: IntArray, weights: FloatArray, n_selected: int) -> FloatArray:
    """How often each patient is among the top.

    Parameters
    ----------
    order : ndarray of shape (n,)
        Rows from the highest to the lowest.
    weights : ndarray of shape (b, n)
        How often each patient was drawn.
    n_selected : int

    Returns
    -------
    ndarray of shape (b, n)
        Each row adds up to ``n_selected``.
    """
    ordered = weights[:, order]
    before = np.cumsum(ordered, axis=1) - ordered
    selected = np.empty_like(ordered)
    selected[:, order] = np.clip(n_selected - before, 0.0, ordered)
    return selected


def count_swaps(
    selected: FloatArray,
    others: FloatArray,
    need: FloatArray,
) -> FloatArray:
    """How many selected people give way to sicker ones who were not selected.

    The healthiest selected gives way to the sickest of the others, then the next to the next, as
    long as the one who comes has more need than the one who goes: the procedure stops where the
    marginal patients are equally healthy. The s-th swap takes place exactly where, for some level
    of need, at least s of the selected lie below it and at least s of the others at or above it.

    Parameters
    ----------
    selected : ndarray of shape (b, n)
        How often each patient is selected and may be replaced.
    others : ndarray of shape (b, n)
        How often each patient is not selected and may come.
    need : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (b,)

    References
    ----------
    Obermeyer, Powers, Vogeli, Mullainathan 2019, Science 366:447.
    """
    order = np.argsort(need, kind="stable")
    levels = np.flatnonzero(np.diff(need[order]) > 0)
    if not len(levels):
        return np.zeros(len(selected))
    healthier = np.cumsum(selected[:, order], axis=1)[:, levels]
    coming = np.cumsum(others[:, order], axis=1)
    sicker = coming[:, -1:] - coming[:, levels]
    swaps: FloatArray = np.minimum(healthier, sicker).max(axis=1)
    return swaps


def count_selections(ranked: Ranked, weights: FloatArray) -> SelectionCounts:
    """Count who is selected, given how often each patient was drawn, (b, n)."""
    tops = [select_top(order, weights, ranked.n_selected) for order in ranked.orders]
    return SelectionCounts(
        groups=np.stack([top @ ranked.members for top in tops], axis=1),
        everybody=weights @ ranked.members,
        events=np.stack([top @ ranked.labels for top in tops], axis=1),
        all_events=weights @ ranked.labels,
        need=np.stack([top @ ranked.need for top in tops], axis=1),
        both=_both(tops),
        swapped=_swapped(ranked, tops[0], weights),
    )


def _both(tops: Sequence[FloatArray]) -> FloatArray:
    """People whom two rankings both select, (b, r, r)."""
    shared = np.empty((len(tops[0]), len(tops), len(tops)))
    for at, first in enumerate(tops):
        for other, second in enumerate(tops[: at + 1]):
            shared[:, at, other] = shared[:, other, at] = np.minimum(first, second).sum(axis=1)
    return shared


def _swapped(ranked: Ranked, top: FloatArray, weights: FloatArray) -> FloatArray:
    n_groups = ranked.members.shape[1]
    swaps = np.zeros((len(weights), n_groups))
    if ranked.favoured < 0:
        return swaps
    favoured = top * ranked.members[:, ranked.favoured]
    left_out = weights - top
    for at in range(n_groups):
        if at != ranked.favoured:
            own = left_out * ranked.members[:, at]
            swaps[:, at] = count_swaps(favoured, own, ranked.need)
    return swaps
