"""Array types and the one way in which results make their arrays read-only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SingleArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


def frozen_floats(values: ArrayLike) -> FloatArray:
    """Return a read-only float64 copy of ``values``, of the same shape."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


def to_json_numbers(values: FloatArray) -> list[Any]:
    """Nested lists with None where a value is not finite, since JSON has no NaN."""
    plain = values.astype(object)
    plain[~np.isfinite(values)] = None
    return list(plain.tolist())


def from_json_numbers(values: list[Any]) -> FloatArray:
    """Inverse of :func:`to_json_numbers`; None becomes NaN."""
    return frozen_floats(np.array(values, dtype=object).astype(np.float64))
