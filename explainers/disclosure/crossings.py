"""Which crossed groups follow from the groups of each attribute alone, since some hold nobody.

Groups by one attribute are counted between many thresholds, so wide that nothing follows from one
attribute or the other. Crossed groups are not, but which of them hold nobody is published. Take
each group as a node and each crossed group that may hold somebody as a line between its two: a
line on no cycle is, between whichever thresholds, what is left of the groups on one side of it
when those of the other attribute are taken away.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from explainers.core.arrays import BoolArray, IntArray


def follows_from_margins(first: IntArray, second: IntArray, may_hold: BoolArray) -> bool:
    """Whether some crossed group is a difference of groups of one attribute and of the other.

    Parameters
    ----------
    first, second : ndarray of shape (k,)
        Position of the group by either attribute that each crossed group is part of.
    may_hold : ndarray of shape (k,)
        Crossed groups that are not known to be empty.

    Returns
    -------
    bool
        A crossed group that is the whole of a group by one attribute does not count: its people
        between two thresholds are none or enough.
    """
    ends = np.column_stack([first, second + first.max(initial=-1) + 1])[may_hold]
    n_lines = np.bincount(ends.ravel())
    return any(
        bool((n_lines[line] > 1).all()) and _is_bridge(ends, at) for at, line in enumerate(ends)
    )


def _is_bridge(ends: IntArray, at: int) -> bool:
    """Whether nothing else connects the two groups of a line."""
    others = np.delete(ends, at, axis=0)
    n = int(ends.max()) + 1
    lines = coo_array((np.ones(len(others)), (others[:, 0], others[:, 1])), shape=(n, n))
    _, part = connected_components(lines, directed=False)
    return bool(part[ends[at, 0]] != part[ends[at, 1]])
