"""Tables by group from sums, with what is too small to show withheld."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explainers.core.estimate import Estimate
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.disclosure.counts import SMALLEST_CELL, OutcomeCounts
from explainers.disclosure.suppression import Decision, decide_suppression, suppress_table
from explainers.performance.metric import MetricSettings
from explainers.performance.metrics import find_metric
from explainers.performance.risk_sums import RiskSums
from explainers.performance.summed_metrics import WITHOUT_BINS, estimate_from_sums
from explainers.subgroups.disaggregation import NEVER_TESTED
from explainers.subgroups.sums.groups import GroupSums, NamedSums

BINS_WITHHELD = "Withheld: people were not counted by risk here, or not at this threshold."


@dataclass(frozen=True)
class Summed:
    """Everybody and each group by their sums, and the group that others are compared with."""

    everybody: GroupSums
    groups: NamedSums
    reference: Slice

    def decide(self, threshold: float, floor: int) -> Decision:
        """What must be withheld at a threshold; the groups must not have been released."""
        counts = []
        for _, group in self.groups:
            risk = group.known_risk
            events, others = risk.flagged_counts(threshold)
            counts.append((events, risk.n_events - events, others, risk.n_others - others))
        table = np.array(counts, dtype=np.int64).reshape(-1, 4)
        places = [place for place, _ in self.groups]
        return decide_suppression(places, OutcomeCounts(*table.T), floor, self.reference)


def tables_from_sums(
    summed: Summed, slugs: Sequence[str], settings: MetricSettings, floor: int
) -> tuple[SubgroupTable, ...]:
    """One table per metric, fit to be shown.

    Parameters
    ----------
    summed : Summed
    slugs : sequence of str
    settings : MetricSettings
    floor : int
        Smallest count that may be shown where the sums were released; 0 where they were not.
    """
    metrics = [find_metric(slug) for slug in slugs]
    shown = Decision({}, {}, floor)
    tables = [
        SubgroupTable(
            slug,
            _estimate(slug, summed.everybody, settings, shown),
            tuple((place, _estimate(slug, own, settings, shown)) for place, own in summed.groups),
            summed.reference.label,
        )
        for slug in slugs
    ]
    if floor:
        return tuple(tables)
    decision = summed.decide(settings.declared_threshold, SMALLEST_CELL)
    return tuple(
        suppress_table(table, decision, metric.reveals)
        for table, metric in zip(tables, metrics, strict=True)
    )


def _estimate(slug: str, group: GroupSums, settings: MetricSettings, shown: Decision) -> Estimate:
    if group.risk is None:
        return Estimate.suppressed(slug, shown.reason)
    if not len(group.risk):
        return Estimate.not_estimable(slug, NEVER_TESTED, n=0, n_events=0)
    if slug not in WITHOUT_BINS and not _is_counted(slug, group.risk, settings):
        return Estimate.suppressed(slug, BINS_WITHHELD)
    return estimate_from_sums(slug, group.risk, settings)


def _is_counted(slug: str, risk: RiskSums, settings: MetricSettings) -> bool:
    """Whether people were counted by risk, and where that is needed at the threshold."""
    if risk.bins is None:
        return False
    return not find_metric(slug).needs_threshold or settings.threshold in risk.bins.thresholds
