"""Whether arrays of children, as a file gives them, describe a tree at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def children_are_whole(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> bool:
    """Whether every inner node has two children, each its own, each after it and inside the tree.

    A child outside the tree, above its parent or shared by two parents would lead compiled code
    beyond its memory or round in circles.

    Parameters
    ----------
    left, right : ndarray of shape (nodes,)
        Positions of the children in the same arrays; negative at a leaf.
    """
    if left.shape != right.shape or left.ndim != 1 or len(left) == 0:
        return False
    inner = left >= 0
    own = np.flatnonzero(inner)
    children = np.concatenate([left[inner], right[inner]])
    return bool(
        np.array_equal(inner, right >= 0)
        and (np.minimum(left, right)[inner] > own).all()
        and (children < len(left)).all()
        and len(np.unique(children)) == len(children)
    )
