"""Figures of a found group beside everybody else, with what is too small to show withheld."""

from __future__ import annotations

import math
from dataclasses import replace

from explainers.core.arrays import BoolArray
from explainers.core.estimate import Estimate
from explainers.disclosure.counts import FLAGGED_EVENTS, FLAGGED_OTHERS
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.metrics import find_metric
from explainers.subgroups.discovery.results import FIGURES, SliceFigures
from explainers.subgroups.discovery.shown import Shown
from explainers.subgroups.gaps import estimate_gap
from explainers.uncertainty.newcombe import square_and_add
from explainers.uncertainty.wilson import proportion_interval

WITHHELD = "Withheld: a count behind it is of fewer than {floor} people."
AS_SEARCHED = "Withheld: counts of both halves add up to counts of everybody."
SEARCHED_DECIMALS = 2
# Settings, what may be shown of the group, and the floor.
Context = tuple[MetricSettings, Shown, int]


def slice_figures(patients: LabelledRisk, is_member: BoolArray, context: Context) -> SliceFigures:
    """Figures of the members (n,) of one half, and of everybody else in it.

    Parameters
    ----------
    patients : LabelledRisk
    is_member : ndarray of shape (n,)
    context : (MetricSettings, frozenset of Family, int)
        The settings, what may be shown as :func:`~shown.decide_slices` says, and the floor.
    """
    settings, shown, floor = context
    group, rest = patients.select(is_member), patients.select(~is_member)
    plain = {
        name: find_metric("oe_ratio").estimate(part, settings)
        for name, part in (("oe_ratio", group), ("rest_oe_ratio", rest))
    }
    hides_events, hides_others = FLAGGED_EVENTS not in shown, FLAGGED_OTHERS not in shown
    sensitivity, rest_sensitivity = (
        find_metric("sensitivity").estimate(part, settings) for part in (group, rest)
    )
    benefit, rest_benefit = (
        find_metric("standardized_net_benefit").estimate(part, settings) for part in (group, rest)
    )
    figures = {
        "oe_below": _below(group, settings),
        "sensitivity": sensitivity,
        "rest_sensitivity": rest_sensitivity,
        "sensitivity_gap": estimate_gap(sensitivity, rest_sensitivity),
        "missed_share": _missed_share(group, rest, settings),
        "benefit_gap": estimate_gap(benefit, rest_benefit),
    }
    reason = WITHHELD.format(floor=floor)
    for name, estimate in figures.items():
        needs_others = name in ("oe_below", "benefit_gap")
        if hides_events or (needs_others and hides_others):
            figures[name] = Estimate.suppressed(estimate.metric, reason)
    relative = relative_ratio(plain["oe_ratio"], plain["rest_oe_ratio"])
    return SliceFigures(**plain, relative_oe=relative, **figures)


def searched_figures(
    patients: LabelledRisk, is_member: BoolArray, context: Context
) -> SliceFigures:
    """The same of the half that was searched, of which no count is told.

    Figures of both halves would add up to those of all patients, which stand in other tables. So
    observed over expected is told to two decimals, without the counts or the interval that follows
    from them, and everything else is withheld.
    """
    figures = slice_figures(patients, is_member, context)
    told = {name: getattr(figures, name) for name in FIGURES}
    return SliceFigures(
        **{
            name: _without_counts(one)
            if name in ("oe_ratio", "oe_below")
            else Estimate.suppressed(one.metric, AS_SEARCHED)
            for name, one in told.items()
        }
    )


def _without_counts(estimate: Estimate) -> Estimate:
    if estimate.value is None:
        reason = estimate.reason if estimate.status == "suppressed" else AS_SEARCHED
        return Estimate.suppressed(estimate.metric, reason)
    value = round(estimate.value, SEARCHED_DECIMALS)
    return Estimate(estimate.metric, value, None, None, None, None, "", level=estimate.level)


def relative_ratio(group: Estimate, rest: Estimate) -> Estimate:
    """Ratio of two O/E of different patients, by the square-and-add rule on the log scale."""
    parts = [(one.value, one.low, one.high) for one in (group, rest)]
    logs = [tuple(math.log(end) for end in part if end) for part in parts]
    if any(len(part) < 3 for part in logs):
        absent = group if not group.is_estimated else rest
        return replace(absent, metric="relative_oe")
    first, second = ((part[0], part[1], part[2]) for part in logs)
    interval = square_and_add(first, second)
    return Estimate(
        "relative_oe",
        math.exp(first[0] - second[0]),
        math.exp(interval.low),
        math.exp(interval.high),
        (group.n or 0) + (rest.n or 0),
        (group.n_events or 0) + (rest.n_events or 0),
        f"{interval.method}, log scale",
        level=group.level,
    )


def _below(group: LabelledRisk, settings: MetricSettings) -> Estimate:
    """Observed over expected events among the unflagged."""
    unflagged = group.select(group.risk < settings.declared_threshold)
    return replace(find_metric("oe_ratio").estimate(unflagged, settings), metric="oe_below")


def _missed_share(group: LabelledRisk, rest: LabelledRisk, settings: MetricSettings) -> Estimate:
    """Of all missed cases, those in the group, with Wilson's interval."""
    own, others = (
        part.n_events - part.flagged_counts(settings.declared_threshold)[0]
        for part in (group, rest)
    )
    n = own + others
    if not n:
        reason = "No case is missed at the threshold."
        return Estimate.not_estimable("missed_share", reason, n=0, n_events=0)
    interval = proportion_interval(own, n, settings.level)
    return Estimate(
        "missed_share",
        own / n,
        interval.low,
        interval.high,
        n,
        own,
        interval.method,
        level=settings.level,
    )
