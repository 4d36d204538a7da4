"""What the search for badly served groups says: sentences, rows, a table to draw, a file."""

from __future__ import annotations

import math

import pandas as pd

from dashboard.view_models.export import write_csv
from dashboard.view_models.groups import export_context
from dashboard.wording import plain, say
from explainers.charts.wording import absence_word, format_estimate, format_percent
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.subgroups.discovery import Discovery, FoundSlice, SliceFigures

HALVES = ("confirmed", "searched")


def searched_sentence(discovery: Discovery) -> str:
    """What was searched, and how many groups were brought to the other half."""
    return say(
        "groups.slices_searched",
        n_groups=f"{discovery.n_looked_at:,}",
        n_attributes=len(discovery.attributes),
        n=f"{discovery.n_searched:,}",
        n_brought=len(discovery.slices) + discovery.n_withheld,
        n_others=f"{discovery.n_confirming:,}",
    )


def finding(discovery: Discovery) -> str:
    """How many groups are confirmed; where none is, what could have been."""
    n_confirmed = len(discovery.confirmed)
    if n_confirmed:
        names = "; ".join(plain(one.text) for one in discovery.confirmed)
        key = "groups.slices_one" if n_confirmed == 1 else "groups.slices_some"
        return say(key, n=n_confirmed, names=names)
    return f"{say('groups.slices_none')} {detectable_sentence(discovery)}"


def detectable_sentence(discovery: Discovery) -> str:
    """How far off groups of several sizes would have to be to be found."""
    told = ", ".join(
        say("groups.slices_size", share=f"{one.share:.0%}", n=one.n, ratio=f"{one.oe_ratio:.2f}")
        for one in discovery.detectable
    )
    return say("groups.slices_detectable", sizes=told)


def what_is_wrong(found: FoundSlice) -> str:
    """The figures of one group in a sentence, those of other patients first."""
    is_missed = found.criterion == "missed"
    own, searched = (headline(found, half) for half in HALVES)
    told = say(
        f"groups.slices_{found.criterion}",
        ratio=plain(format_estimate(own)),
        rest=plain(format_estimate(found.confirmed.rest_oe_ratio)),
        searched=plain(_ratio_alone(searched)),
        n=_people(own if not is_missed else found.confirmed.oe_ratio),
    )
    rest = found.confirmed.rest_oe_ratio
    return (
        told
        if is_missed or _is_further_off(own, rest)
        else f"{told} {say('groups.slices_no_further')}"
    )


def _is_further_off(own: Estimate, rest: Estimate) -> bool:
    """Whether the group's ratio is further from 1, either way, than everybody else's."""
    if not own.value or not rest.value:
        return True
    return abs(math.log(own.value)) > abs(math.log(rest.value))


def at_threshold(found: FoundSlice, study: Study) -> str:
    """What the threshold does to the group, or "" where that is withheld."""
    figures = found.confirmed
    if not (figures.sensitivity.is_estimated and figures.missed_share.is_estimated):
        return ""
    return say(
        "groups.slices_threshold",
        threshold=format_percent(study.threshold),
        own=plain(_share(figures.sensitivity)),
        rest=plain(_share(figures.rest_sensitivity)),
        share=plain(_share(figures.missed_share)),
    )


def headline(found: FoundSlice, half: str) -> Estimate:
    """Observed over expected of the patients whom the criterion looks at."""
    figures: SliceFigures = getattr(found, half)
    return figures.oe_below if found.criterion == "missed" else figures.oe_ratio


def chart_table(discovery: Discovery, everybody: Estimate) -> SubgroupTable:
    """Observed over expected of each group, on other patients and as the search saw it."""
    groups = [
        (Slice((("group", say(f"groups.slices_row_{half}", at=at)),)), getattr(one, half).oe_ratio)
        for at, one in enumerate(discovery.slices, start=1)
        for half in HALVES
    ]
    return SubgroupTable("oe_ratio", everybody, tuple(groups))


def slice_rows(discovery: Discovery) -> pd.DataFrame:
    """A row for each group, a column for each figure on other patients."""
    columns = ("group", "found_as", "ratio", "before", "rest", "sensitivity", "missed", "benefit")
    rows = [
        (
            say("groups.slices_name", at=at, words=one.text),
            say("groups.slices_yes" if one.is_confirmed else "groups.slices_no"),
            _brief(one.confirmed.oe_ratio),
            _ratio_alone(one.searched.oe_ratio),
            _brief(one.confirmed.rest_oe_ratio),
            _brief(one.confirmed.sensitivity),
            _share(one.confirmed.missed_share),
            _brief(one.confirmed.benefit_gap),
        )
        for at, one in enumerate(discovery.slices, start=1)
    ]
    return pd.DataFrame(rows, columns=[say(f"groups.slices_column_{name}") for name in columns])


def withheld_sentence(discovery: Discovery) -> str:
    """Of how many groups the figures at the threshold are withheld, and why; "" where of none."""
    n = sum(one.confirmed.benefit_gap.status == "suppressed" for one in discovery.slices)
    if not n:
        return ""
    among = len(discovery.slices)
    return say("groups.slices_figures_withheld", n=n, among=among, floor=SMALLEST_CELL)


def slice_export(discovery: Discovery, study: Study) -> str:
    """Every figure of both halves as CSV, one row per group, half and figure."""
    figures = [
        {
            "group": one.text,
            "criterion": one.criterion,
            "found_by": one.method,
            "is_confirmed": one.is_confirmed,
            "adjusted_p": one.p_value,
            "half": half,
            "figure": name,
            **estimate,
        }
        for one in discovery.slices
        for half in HALVES
        for name, estimate in getattr(one, half).to_dict().items()
    ]
    return write_csv(pd.DataFrame(figures), export_context(study))


def _people(estimate: Estimate) -> str:
    return say("groups.slices_withheld") if estimate.n is None else f"{estimate.n:,}"


def _brief(estimate: Estimate) -> str:
    """The figure with its interval, or in a word why there is none."""
    if not estimate.is_estimated:
        return absence_word(estimate)
    return format_estimate(estimate)


def _ratio_alone(estimate: Estimate) -> str:
    """The figure of the half searched, which has no interval to show."""
    return _brief(estimate).partition(" [")[0]


def _share(estimate: Estimate) -> str:
    if not estimate.is_estimated or estimate.value is None:
        return absence_word(estimate)
    return format_percent(estimate.value)
