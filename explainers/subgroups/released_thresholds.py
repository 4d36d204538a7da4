"""Which thresholds a model's figures may be shown at, and of whom.

Figures at two thresholds can be subtracted: what is left are the people between them. So beside
the declared threshold figures are shown only at those of
:class:`~explainers.subgroups.threshold_counts.ThresholdCounts`, between two of which nobody or at
least the floor of each counted group changes sides, with and without the outcome.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.disclosure.persons import floor_in_rows
from explainers.disclosure.suppression import Decision, decide_suppression
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups.outcome_counts import count_outcomes, reference_slice
from explainers.subgroups.threshold_counts import count_by_threshold


def released_thresholds(
    study: Study, by: Sequence[str] = (), floor: int = SMALLEST_CELL
) -> tuple[float, ...]:
    """Thresholds at which figures may be shown, ascending; the declared one is always among them.

    Parameters
    ----------
    study : Study
    by : sequence of str
        One attribute; with none or two, thresholds for everybody together. Groups by two crossed
        attributes are shown at the declared threshold only, since between two thresholds hardly
        any of them has enough people.
    floor : int
        Smallest count that may be shown, 11 or more.

    Raises
    ------
    SettingsError, SchemaError
        As :func:`~explainers.subgroups.threshold_counts.count_by_threshold`.
    """
    counts = count_by_threshold(study, by[0] if len(by) == 1 else None, floor)
    return tuple(sorted({study.declared_threshold, *counts.thresholds}))


def snap_threshold(
    study: Study, wanted: float, by: Sequence[str] = (), floor: int = SMALLEST_CELL
) -> float:
    """The released threshold nearest to the one wanted; of two as near the lower one.

    Parameters and errors as :func:`released_thresholds`.
    """
    return min(released_thresholds(study, by, floor), key=lambda one: abs(one - wanted))


def decide_groups(
    study: Study,
    by: Sequence[str],
    places: Sequence[Slice],
    groups: Sequence[LabelledRisk],
    floor: int = SMALLEST_CELL,
) -> Decision:
    """What to hide of groups at the study's threshold, given that its declared one is published.

    Parameters
    ----------
    study : Study
    by : sequence of str
        The attributes by which the groups are made.
    places, groups : sequence of Slice, of LabelledRisk, length k
        Every labelled patient is in one of them.
    floor : int
        Smallest count that may be shown, 11 or more.

    Raises
    ------
    SettingsError, SchemaError
        As :func:`released_thresholds`.
    """
    floor = floor_in_rows(study.cohort, floor)
    decision = decide_suppression(
        places, count_outcomes(groups, study.threshold), floor, reference_slice(study, by)
    )
    if study.declared is None:
        return decision
    declared = decide_suppression(
        places, count_outcomes(groups, study.declared), floor, reference_slice(study, by)
    )
    decision = decision.hiding_cases_of(declared)
    moved = count_by_threshold(study, by[0] if len(by) == 1 else None, floor)
    counted = {
        place.conditions for place, bins in moved.counted if study.threshold in bins.thresholds
    }
    uncounted = np.array([place.conditions not in counted for place in places], dtype=np.bool_)
    return decision.hiding_flags(
        groups=uncounted, overall=not _is_edge(moved.everybody, study.threshold)
    )


def decide_everybody(study: Study, everybody: LabelledRisk, floor: int = SMALLEST_CELL) -> Decision:
    """The same for all labelled patients together; the decision knows them as its only group."""
    floor = floor_in_rows(study.cohort, floor)
    decision = decide_suppression([Slice()], count_outcomes([everybody], study.threshold), floor)
    if study.declared is None:
        return decision
    is_hidden = not _is_edge(count_by_threshold(study, floor=floor).everybody, study.threshold)
    return decision.hiding_flags(groups=np.array([is_hidden]), overall=is_hidden)


def _is_edge(bins: object, threshold: float) -> bool:
    return isinstance(bins, RiskBins) and threshold in bins.thresholds
