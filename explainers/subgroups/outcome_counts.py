"""Groups counted by outcome and flag: what decides on what may be shown of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.disclosure.counts import OutcomeCounts
from explainers.performance.labelled_risk import LabelledRisk


def reference_slice(study: Study, by: Sequence[str]) -> Slice:
    """The group that others are compared with: the reference of each attribute."""
    return Slice(tuple((name, study.cohort.schema.group(name).reference) for name in by))


def count_outcomes(groups: Sequence[LabelledRisk], threshold: float) -> OutcomeCounts:
    """Counts of each group at the threshold, (k,)."""
    flagged = np.array([group.flagged_counts(threshold) for group in groups], dtype=np.int64)
    cases = np.array([(group.n_events, group.n_others) for group in groups], dtype=np.int64)
    missed = cases - flagged
    return OutcomeCounts(flagged[:, 0], missed[:, 0], flagged[:, 1], missed[:, 1])
