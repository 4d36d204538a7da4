"""Outcomes that tell of people whom neither of them counts alone.

Whoever knows how many people have diabetes, found by a test or told by a doctor, and how many were
told, knows how many were not told. So of two outcomes all four cells follow from their totals where
one cell is empty, as where one outcome is the other or something more, or where a third outcome
counts one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray

Pairs = tuple[tuple[int, int], ...]


def related_pairs(labels: FloatArray) -> Mapping[int, Pairs]:
    """Pairs of outcomes of which the four cells follow from totals, by the last that is needed.

    Parameters
    ----------
    labels : ndarray of shape (n, c)
        Outcomes, 1 and 0. Whether one holds another is read from the patients: what follows from
        the meaning of outcomes holds among them too.

    Returns
    -------
    Mapping from int to tuple of (int, int)
        Positions of outcomes. While the last one is not told, its pairs are not either.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    bits = np.arange(labels.shape[1])
    codes = np.unique((labels == 1.0) @ (1 << bits))
    patterns = (codes[:, None] >> bits) % 2 == 1
    for first, second in combinations(range(labels.shape[1]), 2):
        last = _last_needed(patterns, first, second)
        if last is not None:
            found.setdefault(last, []).append((first, second))
    return {last: tuple(pairs) for last, pairs in found.items()}


def cells_told_apart(labels: FloatArray, pairs: Sequence[tuple[int, int]]) -> FloatArray:
    """Who is in each of the four cells of each pair, (n, 4 pairs)."""
    cells = [cell for first, second in pairs for cell in _cells(labels == 1.0, first, second)]
    if not cells:
        return np.zeros((len(labels), 0))
    return np.column_stack(cells).astype(np.float64)


def _last_needed(patterns: BoolArray, first: int, second: int) -> int | None:
    """Which outcome completes what tells of the cells; None where nothing does."""
    cells = _cells(patterns, first, second)
    if not all(cell.any() for cell in cells):
        return second
    counting = (
        third
        for third, counted in enumerate(patterns.T)
        if third not in (first, second)
        and any(np.array_equal(cell, told) for cell in cells for told in (counted, ~counted))
    )
    third = next(counting, None)
    return None if third is None else max(second, third)


def _cells(labels: BoolArray, first: int, second: int) -> list[BoolArray]:
    one, other = labels[:, first], labels[:, second]
    return [one & other, one & ~other, ~one & other, ~one & ~other]
