"""A tree on the errors: divided wherever both sides differ most in what the model leaves over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.subgroups.discovery.model_errors import EXCESS, VARIANCE, scores_of
from explainers.subgroups.discovery.search import Candidate
from explainers.subgroups.discovery.settings import CRITERIA
from explainers.subgroups.discovery.tables import Bins, Conditions, Half, membership


@dataclass(frozen=True)
class _Node:
    """Which bins of each attribute (a) lead to this part of the patients, and how deep it lies."""

    bins: tuple[Bins, ...]
    depth: int


def grow_tree(half: Half, n_rivals: tuple[int, ...]) -> tuple[tuple[Candidate, ...], int]:
    """Every part of the tree below its root, by the criterion it is worst by, and how many.

    Parameters
    ----------
    half : Half
    n_rivals : tuple of int
        Groups that a crossed search looked at by number of conditions: the tree chooses among as
        many, only one after another.
    """
    root = _Node(tuple(frozenset(range(one.n_bins)) for one in half.attributes), 0)
    waiting, parts = [root], []
    while waiting:
        sides = _divided(half, waiting.pop())
        parts += sides
        waiting += [side for side in sides if side.depth < half.settings.depth]
    found = []
    for part in parts:
        conditions = _conditions(half, part)
        sums = half.errors.amounts[half.members(conditions)].sum(axis=0)
        scores = scores_of(sums[None, :], half.errors.everybody, half.settings.margin)[0]
        worst = int(np.argmax(scores))
        if scores[worst] > 0.0:
            rivals = n_rivals[min(len(conditions), len(n_rivals)) - 1]
            found.append(
                Candidate(conditions, CRITERIA[worst], "tree", float(scores[worst]), rivals)
            )
    return tuple(found), len(parts)


def _divided(half: Half, node: _Node) -> list[_Node]:
    """Both sides of the best division, or nothing where none leaves enough on either side."""
    choices = [
        (at, inside)
        for at, attribute in enumerate(half.attributes)
        for division in attribute.divisions()
        if (inside := division & node.bins[at]) and inside != node.bins[at]
    ]
    if not choices:
        return []
    sums = half.sums(half.members(_conditions(half, node)))
    first, last = half.first_bins[:2]
    whole = sums[first:last].sum(axis=0)
    one_side = membership(half, choices) @ sums
    other_side = whole - one_side
    allowed = half.is_admissible(one_side) & half.is_admissible(other_side)
    if not allowed.any():
        return []
    gain = np.where(allowed, _gain(one_side) + _gain(other_side), -np.inf)
    at, inside = choices[int(np.argmax(gain))]
    return [
        _Node(_replaced(node.bins, at, bins), node.depth + 1)
        for bins in (inside, node.bins[at] - inside)
    ]


def _gain(sums: FloatArray) -> FloatArray:
    """Squared standard score of each side (k,): the rise of the log-likelihood, twice, about."""
    gain: FloatArray = sums[:, EXCESS] ** 2 / np.maximum(sums[:, VARIANCE], 1.0)
    return gain


def _conditions(half: Half, node: _Node) -> Conditions:
    return tuple(
        (at, bins)
        for at, (bins, attribute) in enumerate(zip(node.bins, half.attributes, strict=True))
        if len(bins) < attribute.n_bins
    )


def _replaced(bins: tuple[Bins, ...], at: int, own: Bins) -> tuple[Bins, ...]:
    return (*bins[:at], own, *bins[at + 1 :])
