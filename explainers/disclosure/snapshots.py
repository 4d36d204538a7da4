"""Which counts may be shown again once they changed: whoever kept the earlier ones subtracts.

Groups that are shown at both times are subtracted one by one, and those that are hidden at either
time together, since they are what is left of everybody. Each change must be nobody's, or of at
least as many people as may be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explainers.disclosure.counts import (
    CASES,
    FLAGGED_EVENTS,
    FLAGGED_OTHERS,
    SMALLEST_CELL,
    OutcomeCounts,
    is_small,
)
from explainers.disclosure.suppression import Decision


@dataclass(frozen=True)
class Snapshot:
    """The counts of k groups at one time, and what of them is shown.

    Where a family is hidden of everybody, it is taken as hidden of every group.
    """

    counts: OutcomeCounts
    decision: Decision

    def may_stand_beside(self, earlier: Snapshot) -> bool:
        """Whether the changes since an earlier table of the same groups tell of nobody."""
        for family in (CASES, FLAGGED_EVENTS, FLAGGED_OTHERS):
            if self.decision.overall[family] or earlier.decision.overall[family]:
                continue
            hidden = self.decision.groups[family] | earlier.decision.groups[family]
            change = self.counts.pair(family) - earlier.counts.pair(family)
            told = np.vstack([change[~hidden], change[hidden].sum(axis=0)])
            if is_small(np.abs(told), self.decision.floor).any():
                return False
        return True


def newest_apart(counts: Sequence[int], floor: int = SMALLEST_CELL) -> int:
    """The newest of some counts, in order of time, that does not differ by few from those shown."""
    shown = [counts[0]]
    for count in counts[1:]:
        if not is_small(np.abs(np.array(shown) - count), floor).any():
            shown.append(count)
    return shown[-1]
