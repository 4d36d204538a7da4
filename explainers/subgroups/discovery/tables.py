"""Sums over the bins of every attribute at once, for any part of the patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.compiled import compiled
from explainers.subgroups.discovery.attributes import Attribute, Codes
from explainers.subgroups.discovery.model_errors import EVENTS, EXCESS, N_SUMS, Errors, N
from explainers.subgroups.discovery.settings import SearchSettings

Bins = frozenset[int]
Conditions = tuple[tuple[int, Bins], ...]


@dataclass(frozen=True)
class Half:
    """The patients that a search looks at.

    Attributes
    ----------
    attributes : tuple of Attribute, length a
    rows : ndarray of shape (m,)
        Which patients of the attributes these are.
    errors : Errors
        Of these m patients.
    settings : SearchSettings
    """

    attributes: tuple[Attribute, ...]
    rows: IntArray
    errors: Errors
    settings: SearchSettings

    @cached_property
    def columns(self) -> tuple[Codes, ...]:
        """Bin of each patient (m,) by each of the attributes."""
        return tuple(attribute.codes[self.rows] for attribute in self.attributes)

    @cached_property
    def codes(self) -> Codes:
        """The same as one table, (m, a)."""
        return np.ascontiguousarray(np.column_stack(self.columns))

    @cached_property
    def first_bins(self) -> IntArray:
        """Where the bins of each attribute begin among all bins, (a + 1,)."""
        sizes = [attribute.n_bins for attribute in self.attributes]
        return np.cumsum([0, *sizes]).astype(np.int64)

    def members(self, conditions: Conditions) -> BoolArray:
        """Which patients (m,) meet all conditions."""
        found = np.ones(len(self.rows), dtype=bool)
        for at, bins in conditions:
            chosen = np.zeros(self.attributes[at].n_bins, dtype=bool)
            chosen[list(bins)] = True
            found &= chosen[self.columns[at]]
        return found

    def sums(self, is_member: BoolArray) -> FloatArray:
        """Sums over every bin of every attribute, (bins, 7), of some of the patients (m,)."""
        rows = np.flatnonzero(is_member).astype(np.int64)
        together = np.zeros(len(self.rows), dtype=np.uint8)
        total: FloatArray = self._added(rows, together, 1)[0]
        return total

    def crossed_sums(self, at: int) -> FloatArray:
        """The same for every bin of one attribute, (bins of it, bins, 7), of all patients."""
        rows = np.arange(len(self.rows), dtype=np.int64)
        return self._added(rows, self.columns[at], self.attributes[at].n_bins)

    def _added(self, rows: IntArray, parts: Codes, n_parts: int) -> FloatArray:
        totals = np.zeros((n_parts, int(self.first_bins[-1]), N_SUMS))
        _add_up(rows, parts, self.codes, self.first_bins, self.errors.amounts, totals)
        return totals

    def is_admissible(self, sums: FloatArray) -> BoolArray:
        """Which groups (k,) are large enough, they and everybody else, given their sums (k, 7)."""
        everybody, settings = self.errors.everybody, self.settings
        found = np.ones(len(sums), dtype=bool)
        for part in (sums, everybody - sums):
            n, events = part[:, N], part[:, EVENTS]
            expected = events - part[:, EXCESS]
            fewest = np.minimum(np.minimum(events, n - events), np.minimum(expected, n - expected))
            found &= fewest >= settings.fewest_expected
            found &= n >= settings.smallest_share * everybody[N]
        return found


def membership(half: Half, sets: Sequence[tuple[int, Bins]]) -> FloatArray:
    """Which bins (b) each set of bins holds, (k, b), as numbers to multiply sums with."""
    found = np.zeros((len(sets), int(half.first_bins[-1])))
    for row, (at, bins) in enumerate(sets):
        found[row, [int(half.first_bins[at]) + one for one in bins]] = 1.0
    return found


@compiled
def _add_up(
    rows: IntArray,
    parts: Codes,
    codes: Codes,
    first_bins: IntArray,
    amounts: FloatArray,
    totals: FloatArray,
) -> None:
    """Add the amounts of these patients to the bins that they are in, in their own part."""
    for row in rows:
        for at in range(codes.shape[1]):
            place = totals[parts[row], first_bins[at] + codes[row, at]]
            # A number known beforehand is added in one go.
            for one in range(N_SUMS):
                place[one] += amounts[row, one]
