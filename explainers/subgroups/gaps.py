"""How far each group is from the reference group.

A gap is made from the two published estimates and nothing else, so it gives away no more than they
do. It stands beside the values of both groups, never alone: a gap of zero may mean equally bad.
"""

from __future__ import annotations

from explainers.core.estimate import Estimate
from explainers.core.subgroup import SubgroupTable
from explainers.errors import SettingsError
from explainers.performance.metrics import find_metric
from explainers.uncertainty.newcombe import square_and_add


def compare_to_reference(table: SubgroupTable) -> SubgroupTable:
    """Difference of each group from the reference group, with its interval.

    Parameters
    ----------
    table : SubgroupTable
        As :func:`~explainers.subgroups.disaggregation.compare_groups` returns it.

    Returns
    -------
    SubgroupTable
        Of the metric ``<slug>_gap``, without the reference group; ``overall`` is not estimable,
        since everybody contains the reference group.

    Raises
    ------
    SettingsError
        When the reference group is not in the table.
    """
    reference = next(
        (estimate for place, estimate in table.groups if place.label == table.reference_group), None
    )
    if reference is None:
        raise SettingsError(
            "gaps need the reference group in the table", value=table.reference_group
        )
    return SubgroupTable(
        metric=f"{table.metric}_gap",
        overall=_not_estimable(
            f"{table.metric}_gap", "Everybody contains the reference group.", table.overall
        ),
        groups=tuple(
            (place, estimate_gap(estimate, reference))
            for place, estimate in table.groups
            if place.label != table.reference_group
        ),
        reference_group=table.reference_group,
    )


def estimate_gap(group: Estimate, reference: Estimate) -> Estimate:
    """Difference ``group - reference`` of one metric on two disjoint groups.

    The interval is Newcombe's where both are Wilson intervals of a proportion, and the same
    construction from whatever intervals the two have otherwise (Zou and Donner 2008). Where these
    allow for clusters, so does the gap's; a person or site with rows in both groups is taken for
    two, which makes it too wide where their rows resemble each other.

    Raises
    ------
    SettingsError
        When the two are of different metrics or levels.
    """
    both = group.is_estimated and reference.is_estimated
    if group.metric != reference.metric or (both and group.level != reference.level):
        raise SettingsError(
            "a gap compares one metric at one confidence level",
            value=[(part.metric, part.level) for part in (group, reference)],
        )
    slug = f"{group.metric}_gap"
    for part in (group, reference):
        if part.status == "suppressed":
            return Estimate.suppressed(slug, part.reason)
    for part in (group, reference):
        if part.status == "not_estimable":
            return _not_estimable(slug, part.reason, group)
    first, second = _limits(group), _limits(reference)
    interval = square_and_add(first, second)
    methods = {group.interval_method, reference.interval_method}
    is_newcombe = methods == {"Wilson"} and find_metric(group.metric).kind == "share"
    return Estimate(
        slug,
        first[0] - second[0],
        interval.low,
        interval.high,
        (group.n or 0) + (reference.n or 0),
        (group.n_events or 0) + (reference.n_events or 0),
        "Newcombe" if is_newcombe else interval.method + _by_cluster(methods),
        level=group.level,
    )


def _by_cluster(methods: set[str]) -> str:
    """Whom the intervals allow for, as the end of an interval's name."""
    for words in ("by person", "by site"):
        if any(words in method for method in methods):
            return f", {words}"
    return ""


def _limits(estimate: Estimate) -> tuple[float, float, float]:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        raise SettingsError("a gap needs a value with its interval", value=estimate.metric)
    return estimate.value, estimate.low, estimate.high


def _not_estimable(slug: str, reason: str, estimate: Estimate) -> Estimate:
    """Absent for a reason, without counts where the estimate it comes from has none."""
    if estimate.n is None or estimate.n_events is None:
        return Estimate.suppressed(slug, estimate.reason)
    return Estimate.not_estimable(slug, reason, n=estimate.n, n_events=estimate.n_events)
