"""What the screens about one cohort tell an attacker, as equations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise

import numpy as np

from explainers.checks import Inspection
from explainers.checks.group_found_less import GroupFoundLess
from explainers.checks.group_miscalibrated import GroupMiscalibrated
from explainers.core import Slice, Study
from explainers.performance.curves import NoCurve, risk_distribution, roc_curve
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups import compare_groups
from explainers.subgroups.disaggregation import estimate_everybody
from explainers.subgroups.released_thresholds import released_thresholds, snap_threshold
from explainers.subgroups.threshold_counts import count_by_threshold
from explainers.subgroups.thresholds import PER, try_thresholds
from tests.properties.disclosure_attacker import DECLARED, EVENT, OTHER, Attacker

ASKED = (0.31, 0.56)
CHOICES: tuple[tuple[str, ...], ...] = (("first",), ("second",), ("first", "second"))
# All other metrics give away the same counts, by the families they reveal.
SLUGS = ("prevalence", "sensitivity", "specificity", "ppv", "npv")


def read_tables(attacker: Attacker, study: Study, by: tuple[str, ...]) -> None:
    """Every table by these attributes at the study's threshold."""
    for table in compare_groups(study, by, SLUGS):
        for place, estimate in ((Slice(), table.overall), *table.groups):
            attacker.learn_estimate(dict(place.conditions), estimate, study.threshold)


def read_groups_screen(attacker: Attacker, study: Study, by: tuple[str, ...]) -> None:
    """The same at the declared threshold and at those somebody tries."""
    snapped = [snap_threshold(study, wanted, by) for wanted in ASKED]
    for threshold in (DECLARED, *snapped, ASKED[0]):
        read_tables(attacker, study.with_threshold(threshold), by)


def read_laboratory(attacker: Attacker, study: Study, by: str) -> None:
    """People per 1,000 at every threshold on offer, and the counts behind decision curves."""
    counts = count_by_threshold(study, by)
    for threshold in counts.thresholds:
        for row in try_thresholds(counts, threshold):
            conditions, n = dict(row.place.conditions), row.found.n or 0
            sides = [(EVENT, 1), (EVENT, 0), (OTHER, 1), (OTHER, 0)]
            for (kind, is_above), people in zip(sides, row.people, strict=True):
                side = (threshold, 1.0) if is_above else (0.0, threshold)
                who = attacker.people(conditions, [kind], side)
                attacker.learn(who, (people.value or 0.0) * n / PER)
    for place, bins in ((Slice(), counts.everybody), *counts.groups):
        if isinstance(bins, RiskBins):
            learn_bins(attacker, dict(place.conditions), bins.edges, bins.events, bins.others)


def learn_everybody(attacker: Attacker, study: Study) -> None:
    """All patients between those thresholds that the attacker looks at."""
    bins = count_by_threshold(study).everybody
    if isinstance(bins, RiskBins):
        edges = np.intersect1d(bins.edges, (0.0, *attacker.edges, 1.0))
        own = bins.coarsened(edges)
        learn_bins(attacker, {}, own.edges, own.events, own.others)


def learn_bins(
    attacker: Attacker,
    conditions: Mapping[str, str],
    edges: np.ndarray,
    events: np.ndarray,
    others: np.ndarray,
) -> None:
    for at, side in enumerate(pairwise(edges)):
        attacker.learn(attacker.people(conditions, [EVENT], side), events[at])
        attacker.learn(attacker.people(conditions, [OTHER], side), others[at])


def read_model_screen(attacker: Attacker, study: Study) -> None:
    """Performance, histogram and ROC of everybody."""
    for estimate in estimate_everybody(study, SLUGS):
        attacker.learn_estimate({}, estimate, study.threshold)
    bars = risk_distribution(study.labels, study.risk, threshold=study.threshold)
    learn_bins(attacker, {}, bars.edges, bars.events, bars.non_events)
    roc = roc_curve(study.labels, study.risk, threshold=study.threshold)
    if not isinstance(roc, NoCurve):
        is_event = study.labels == 1.0
        falling = count_by_threshold(study).everybody
        assert isinstance(falling, RiskBins)
        for at, edge in enumerate(falling.edges[::-1]):
            above = (float(edge), 1.0)
            attacker.learn(attacker.people({}, [EVENT], above), roc.y[at] * is_event.sum())
            attacker.learn(attacker.people({}, [OTHER], above), roc.x[at] * (~is_event).sum())


def thresholds_of(study: Study) -> tuple[float, ...]:
    """Every threshold at which any screen counts."""
    edges = {DECLARED, *ASKED}
    for by in ((), *CHOICES):
        edges |= {*released_thresholds(study, by)}
    everybody = count_by_threshold(study).everybody
    if isinstance(everybody, RiskBins):
        edges |= {*everybody.thresholds}
    return tuple(sorted(edges))


@cache
def sides_of(edges: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    """Below and above each threshold, and between each two."""
    ends = (0.0, *edges, 1.0)
    return tuple((low, high) for low in ends for high in ends if low < high)


def read_checks(attacker: Attacker, study: Study) -> None:
    """Evidence of the checks on groups."""
    for check in (GroupFoundLess(), GroupMiscalibrated()):
        for finding in check.run(Inspection(study)).findings:
            name, _, label = finding.affected.partition(": ")
            for estimate in finding.evidence:
                own = {name: label} if "_gap" not in estimate.metric else {}
                if estimate.metric != "sensitivity_gap":
                    attacker.learn_estimate(own, estimate, study.threshold)
