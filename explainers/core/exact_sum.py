"""Sums of floating-point numbers without rounding, so that the order of adding cannot matter."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.compiled import compiled
from explainers.errors import SettingsError

# A double is a whole number of 53 bits times a power of 2; it is kept in two halves, whose sums
# stay within 64 bits for more than 10^10 terms.
_MANTISSA_BITS = 53
_LOW_BITS = 26
_LEAST_EXPONENT = -1074 - _MANTISSA_BITS
_N_EXPONENTS = 1024 - _LEAST_EXPONENT + 1
_TEXT = re.compile(r"(-?)0x([0-9a-f]+)p(-?\d+)")


@dataclass(frozen=True)
class ExactSum:
    """A sum of doubles, exact: ``units x 2^exponent``.

    The units are odd, or 0 with an exponent of 0, so equal sums have equal fields.

    Attributes
    ----------
    units, exponent : int
    """

    units: int = 0
    exponent: int = 0

    def __post_init__(self) -> None:
        zeros = (self.units & -self.units).bit_length() - 1 if self.units else 0
        object.__setattr__(self, "exponent", self.exponent + zeros if self.units else 0)
        object.__setattr__(self, "units", self.units >> zeros)

    def __add__(self, other: ExactSum) -> ExactSum:
        exponent = min(self.exponent, other.exponent)
        units = (self.units << self.exponent - exponent) + (
            other.units << other.exponent - exponent
        )
        return ExactSum(units, exponent)

    def __float__(self) -> float:
        """The nearest double, as ``math.fsum`` of the terms would give."""
        if self.exponent >= 0:
            return float(self.units << self.exponent)
        return self.units / (1 << -self.exponent)

    def rounded(self, bits: int) -> ExactSum:
        """The nearest multiple of ``2^-bits``, halves up."""
        drop = -self.exponent - bits
        if drop <= 0:
            return self
        return ExactSum((self.units + (1 << drop - 1)) >> drop, -bits)

    def to_text(self) -> str:
        """Hexadecimal units and the exponent, such as ``0x3p-2`` for 0.75."""
        return f"{self.units:#x}p{self.exponent}"

    @classmethod
    def from_text(cls, text: str) -> ExactSum:
        """Inverse of :meth:`to_text`; SettingsError for anything else."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise SettingsError("an exact sum is written as hexadecimal units, p and an exponent",
                                value=text)  # fmt: skip
        sign, units, exponent = found.groups()
        if abs(int(exponent)) > _N_EXPONENTS:
            raise SettingsError("an exact sum has the exponent of a double", value=exponent)
        return cls(int(sign + units, 16), int(exponent))


ZERO = ExactSum()


def sum_exactly(values: FloatArray, position: IntArray, n_groups: int) -> tuple[ExactSum, ...]:
    """Exact sums of values by group, in one pass.

    Parameters
    ----------
    values : ndarray of shape (n,)
    position : ndarray of shape (n,)
        Group of each value, from 0 to ``n_groups - 1``.
    n_groups : int

    Raises
    ------
    SettingsError
        When a value is not finite.
    """
    if not np.isfinite(values).all():
        raise SettingsError("exact sums need finite values", value=float("nan"))
    halves = np.zeros((n_groups, _N_EXPONENTS, 2), dtype=np.int64)
    _collect(np.ascontiguousarray(values, dtype=np.float64), position, halves)
    return tuple(_total(own) for own in halves)


def _total(halves: npt.NDArray[np.int64]) -> ExactSum:
    """The sum kept in halves (exponents, 2)."""
    units = 0
    used = np.flatnonzero(halves.any(axis=1))
    first = int(used[0]) if len(used) else 0
    for at in used:
        high, low = (int(half) for half in halves[at])
        units += ((high << _LOW_BITS) + low) << int(at) - first
    return ExactSum(units, first + _LEAST_EXPONENT)


@compiled
def _collect(values: FloatArray, position: IntArray, halves: npt.NDArray[np.int64]) -> None:
    """Add each value's two halves where its exponent is."""
    for row in range(len(values)):
        mantissa, exponent = math.frexp(values[row])
        whole = np.int64(mantissa * 2.0**_MANTISSA_BITS)
        at = exponent - _MANTISSA_BITS - _LEAST_EXPONENT
        halves[position[row], at, 0] += whole >> _LOW_BITS
        halves[position[row], at, 1] += whole & ((1 << _LOW_BITS) - 1)
