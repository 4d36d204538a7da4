"""Small groups together with others, where on their own too few could be shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.disclosure.counts import is_small

Parts = tuple[tuple[int, ...], ...]


def each_alone(n_groups: int) -> Parts:
    """No group together with another."""
    return tuple((at,) for at in range(n_groups))


def merge_small_groups(
    counts: IntArray, n_bands: int, reference: int, floor: int, together: BoolArray | None = None
) -> Parts | None:
    """Put groups together until every count of each is of nobody or of enough people.

    The group with a small count that has the fewest people is put together with the smallest other:
    of its neighbours where both are bands of a number, else of all. The reference comes last.

    Parameters
    ----------
    counts : ndarray of shape (g, k)
        People of each group, all in the first column, then of k - 1 kinds.
    n_bands : int
        How many of the groups, the first ones, are neighbouring bands of a number.
    reference : int
        Position of the group that others are compared with; -1 for none.
    floor : int
        Smallest count that may be shown.
    together : ndarray of shape (g,), optional
        Groups of which another screen shows what they have together and nothing else.

    Returns
    -------
    tuple of tuple of int or None
        Positions of the groups in each new one, ascending; None where it would be everybody.
    """
    parts = list(each_alone(len(counts)))
    if together is not None and together.any():
        both = tuple(np.flatnonzero(together).tolist())
        parts = sorted([both, *(part for part in parts if part[0] not in both)])
    while len(parts) > 1:
        held = np.stack([counts[list(part)].sum(axis=0) for part in parts])
        small = np.flatnonzero(is_small(held, floor).any(axis=1))
        if not len(small):
            return tuple(parts)
        first = int(small[np.argmin(held[small, 0])])
        near = _neighbours(parts, first, n_bands) or [at for at in range(len(parts)) if at != first]
        other = min(near, key=lambda at: (reference in parts[at], int(held[at, 0])))
        both = tuple(sorted(parts[first] + parts[other]))
        parts = sorted([own for at, own in enumerate(parts) if at not in (first, other)] + [both])
    return None


def merged_members(members: BoolArray, parts: Parts) -> BoolArray:
    """Who is in each of the new groups, (n, parts)."""
    return np.column_stack([members[:, list(part)].any(axis=1) for part in parts])


def merged_name(names: Sequence[str], part: Sequence[int]) -> str:
    """Such as ``20-39, 40-59 or Not recorded``."""
    *first, last = (names[at] for at in part)
    return f"{', '.join(first)} or {last}" if first else last


def _neighbours(parts: Sequence[tuple[int, ...]], at: int, n_bands: int) -> list[int]:
    """Bands beside a band; none for what is no band."""
    if min(parts[at]) >= n_bands:
        return []
    beside = {min(parts[at]) - 1, *(own + 1 for own in parts[at])}
    return [
        other
        for other, part in enumerate(parts)
        if other != at and any(own in beside and own < n_bands for own in part)
    ]
