"""What may be shown: small-cell suppression."""

from explainers.disclosure.bins import merge_small_bins
from explainers.disclosure.counts import (
    SMALLEST_CELL,
    Family,
    OutcomeCounts,
    check_floor,
    is_small,
    round_people,
    shown_count,
)
from explainers.disclosure.suppression import (
    Decision,
    decide_suppression,
    suppress_table,
    withheld,
)

__all__ = [
    "SMALLEST_CELL",
    "Decision",
    "Family",
    "OutcomeCounts",
    "check_floor",
    "decide_suppression",
    "is_small",
    "merge_small_bins",
    "round_people",
    "shown_count",
    "suppress_table",
    "withheld",
]
