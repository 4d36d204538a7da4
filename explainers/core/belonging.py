"""Which rows belong together: visits of one person, patients of one site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from explainers.core.arrays import BoolArray, IntArray
from explainers.errors import CohortError

BelongingKind = Literal["person", "site"]


@dataclass(frozen=True, eq=False)
class Belonging:
    """Rows that are not independent of each other.

    Attributes
    ----------
    position : ndarray of shape (n,)
        Person or site of each row, as a number from 0.
    kind : {"person", "site"}
        What the rows of one number share.
    """

    position: IntArray
    kind: BelongingKind

    @classmethod
    def of(cls, names: Iterable[object], kind: BelongingKind) -> Belonging:
        """From the name (n,) that each row has; CohortError where one is missing."""
        codes, _ = pd.factorize(pd.Series(names, dtype=object))
        if (codes < 0).any():
            raise CohortError(
                f"every row needs a {kind}",
                value=f"{int((codes < 0).sum()):,} without",
                remedy=f"Give each of these rows its {kind}, or leave them out.",
            )
        return cls(codes.astype(np.int64), kind)

    def select(self, is_member: BoolArray) -> Belonging:
        """The rows for which ``is_member`` (n,) is true."""
        return Belonging(self.position[is_member], self.kind)

    def of_rows(self, rows: IntArray) -> Belonging:
        """The rows at these positions (m,), in that order."""
        return Belonging(self.position[rows], self.kind)

    @property
    def sizes(self) -> IntArray:
        """Rows of each person or site that has any."""
        counted = np.bincount(self.position) if len(self.position) else np.zeros(0, dtype=np.int64)
        return counted[counted > 0].astype(np.int64)

    @property
    def n_repeated(self) -> int:
        """Persons or sites with more than one row."""
        return int((self.sizes > 1).sum())

    @property
    def has_effect(self) -> bool:
        """Whether any two rows belong together."""
        return self.n_repeated > 0

    @property
    def is_one(self) -> bool:
        """Whether all rows are of one person or site, so that nothing tells how such differ."""
        return self.has_effect and len(self.sizes) < 2

    def joined(self, persons: Belonging) -> Belonging:
        """The same, with all rows of a person counted where the person's first row is."""
        _, first, own = np.unique(persons.position, return_index=True, return_inverse=True)
        return Belonging(self.position[first][own], self.kind)
