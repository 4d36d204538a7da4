"""Whether any patient id of a long file stands in two rows, in 8 bytes for each patient."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from explainers.intake.validation import FIRST_ROW, ID_REMEDY, Problem

# Enough to list what a message can hold; a file that was appended to itself repeats every id.
MOST_SUSPECTS = 1_000
RULE = "a patient id may stand in one row only"

Hashes = npt.NDArray[np.uint64]


def hash_ids(ids: Iterable[str]) -> Hashes:
    """64-bit hashes (n,) of patient ids, the same in every process."""
    texts = np.array(list(ids), dtype=object)
    return np.asarray(pd.util.hash_array(texts, categorize=False), dtype=np.uint64)


class RepeatSearch:
    """Ids seen so far, as sorted hashes; equal hashes are suspects and not yet repeats.

    Among a million different ids two have the same hash with a probability of 3 in 100 million,
    and then :meth:`confirm` finds nothing, so the answer is exact.

    Attributes
    ----------
    suspects : set of int
        Hashes that occurred twice, up to 1,000 of them.
    """

    def __init__(self) -> None:
        self.suspects: set[int] = set()
        self._runs: list[Hashes] = []

    def add(self, ids: Iterable[str]) -> None:
        """Take note of the ids of the next rows; empty ones are not ids."""
        hashes = np.sort(hash_ids(each for each in ids if each))
        self._suspect(hashes[1:][hashes[1:] == hashes[:-1]])
        for run in self._runs:
            at = np.searchsorted(run, hashes)
            found = run[np.minimum(at, len(run) - 1)] == hashes
            self._suspect(hashes[found])
        if len(hashes):
            self._runs.append(hashes)
        # Runs of like size are merged, so that there are few and each hash moves seldom.
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last = self._runs.pop()
            merged = np.concatenate([self._runs.pop(), last])
            merged.sort()
            self._runs.append(merged)

    def _suspect(self, hashes: Hashes) -> None:
        room = MOST_SUSPECTS - len(self.suspects)
        self.suspects.update(int(each) for each in hashes[: max(room, 0)])

    def confirm(self, id_lists: Iterable[list[str]], column: str) -> list[Problem]:
        """The rows that repeat the id of an earlier row, from a second look at all ids in order."""
        suspects = np.array(sorted(self.suspects), dtype=np.uint64)
        seen: set[str] = set()
        problems = []
        first = FIRST_ROW
        for ids in id_lists:
            for at in np.flatnonzero(np.isin(hash_ids(ids), suspects)):
                name = ids[at]
                if name in seen:
                    problems.append(Problem(first + int(at), column, name, RULE, ID_REMEDY))
                elif name:
                    seen.add(name)
            first += len(ids)
        return problems
