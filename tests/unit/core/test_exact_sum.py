"""Sums without rounding."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explainers.core.exact_sum import ZERO, ExactSum, sum_exactly
from explainers.errors import SettingsError


def summed(values: np.ndarray) -> ExactSum:
    (total,) = sum_exactly(values, np.zeros(len(values), dtype=np.int64), 1)
    return total


@pytest.mark.parametrize(
    "values",
    [
        [5e-324, 1.7e308, -1.7e308, -0.0, 2.0**-1022],
        [1e16, 1.0, -1e16],
        [0.1] * 10,
        [-0.1, -0.2, -0.3],
        [],
    ],
)
def test_equals_the_correctly_rounded_sum(values: list[float]) -> None:
    """A plain sum of 1e16, 1 and -1e16 is 0; halves of a negative number split wrongly drift."""
    assert float(summed(np.array(values))) == math.fsum(values)


def test_groups_do_not_leak_into_each_other() -> None:
    values, position = np.array([0.1, 0.2, 0.4, 0.8]), np.array([1, 0, 1, 1])
    sums = sum_exactly(values, position, 3)
    assert [float(each) for each in sums] == [0.2, math.fsum([0.1, 0.4, 0.8]), 0.0]


def test_a_sum_is_written_and_read_whole() -> None:
    """Seventeen decimals would lose what a double cannot hold."""
    total = summed(np.array([1e300, 1e-300, -3.7]))
    assert ExactSum.from_text(total.to_text()) == total
    assert ExactSum.from_text(ZERO.to_text()) == ZERO


def test_equal_sums_are_equal_however_they_were_reached() -> None:
    """The same number as 3 x 2^0 and 6 x 2^-1 would fail to compare."""
    assert ExactSum(6, -1) == ExactSum(3) == summed(np.array([1.5, 1.5]))


def test_rounding_goes_to_the_nearest_multiple() -> None:
    assert [float(ExactSum(units, -2).rounded(1)) for units in (1, 2, 3, -3)] == [
        0.5, 0.5, 1.0, -0.5,
    ]  # fmt: skip
    assert ExactSum(3, 4).rounded(0) == ExactSum(3, 4)


def test_what_is_no_sum_is_refused() -> None:
    with pytest.raises(SettingsError, match="finite"):
        summed(np.array([1.0, np.nan]))
    for text in ("1.5", "0x1p", "0x1p-99999999"):
        with pytest.raises(SettingsError, match="exact sum"):
            ExactSum.from_text(text)
