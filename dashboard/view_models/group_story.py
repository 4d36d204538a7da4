"""What the table of groups says, in a sentence or two above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.wording import plain, say
from explainers.charts.wording import format_estimate
from explainers.checks.group_miscalibrated import is_off
from explainers.core.estimate import Estimate
from explainers.core.phrases import lower_first, name_patients
from explainers.core.schema import Schema
from explainers.core.subgroup import Slice, SubgroupTable

Figures = Mapping[str, Estimate]
"""Statistic of one group, or of everybody, by its slug."""

ATTRIBUTES = " and "
CHANCE = 0.5


def group_story(
    tables: Sequence[SubgroupTable],
    ratios: SubgroupTable,
    gaps: SubgroupTable,
    schema: Schema,
) -> tuple[str, ...]:
    """For whom risks are clearly off, or cases clearly found less often; else that none is.

    Parameters
    ----------
    tables : sequence of SubgroupTable
        What the chart below shows, of the same groups: the figures told are these.
    ratios : SubgroupTable
        Observed over expected with intervals that hold for all groups at once: whom to name.
    gaps : SubgroupTable
        Sensitivities less the reference group's, likewise widened.
    schema : Schema
        Names of the attributes.
    """
    everybody = {table.metric: table.overall for table in tables}
    figures = {
        place: {table.metric: table.groups[at][1] for table in tables}
        for at, (place, _) in enumerate(tables[0].groups)
    }
    off = sorted(
        (place for place, ratio in ratios.groups if is_off(ratio)),
        key=lambda place: -(figures[place]["oe_ratio"].value or 0.0),
    )
    told = [_story_of(place, figures[place], everybody, schema) for place in off]
    told += _found_less(figures, gaps, off, schema)
    if not told:
        can_be_seen = any(gap.is_estimated for _, gap in gaps.groups)
        told.append(say("groups.story_none" if can_be_seen else "groups.story_unseen"))
    told += _caveats(figures, everybody["auroc"])
    return tuple(told)


def _caveats(figures: Mapping[Slice, Figures], ranking: Estimate) -> list[str]:
    """What keeps the figures from saying more than they do."""
    told = []
    if ranking.low is not None and ranking.low <= CHANCE:
        told.append(say("groups.story_chance", value=plain(format_estimate(ranking))))
    if any(len(place.conditions) > 1 for place in figures):
        told.append(say("groups.story_crossed"))
    n_unknown = sum(not any(one.is_estimated for one in each.values()) for each in figures.values())
    if n_unknown:
        told.append(say("groups.story_withheld", n=n_unknown, n_groups=len(figures)))
    return told


def _story_of(place: Slice, own: Figures, everybody: Figures, schema: Schema) -> str:
    """Risks too low or too high, whether cases are found, and whether AUROC would show it."""
    ratio = own["oe_ratio"]
    key = "groups.story_low" if (ratio.value or 1.0) > 1.0 else "groups.story_high"
    told = say(key, patients=_patients(place, schema), ratio=plain(format_estimate(ratio)))
    found, found_all = own["sensitivity"], everybody["sensitivity"]
    if found.is_estimated and found_all.is_estimated:
        told = say("groups.story_found", told=told, own=_value(found), everybody=_value(found_all))
    ranking, ranking_all = own["auroc"], everybody["auroc"]
    if not _is_as_good(ranking, ranking_all):
        return f"{told}."
    hidden = say("groups.story_hidden", own=_value(ranking), everybody=_value(ranking_all))
    return f"{told}. {hidden}"


def _found_less(
    figures: Mapping[Slice, Figures], gaps: SubgroupTable, told: list[Slice], schema: Schema
) -> list[str]:
    """Groups, not told of yet, whose cases are clearly found less often than another's."""
    return [
        say(
            "groups.story_fewer",
            patients=_patients(worse, schema),
            own=_value(figures[worse]["sensitivity"]),
            other=_value(figures[better]["sensitivity"]),
            name=plain(better.label),
        )
        for worse, better in _clear_gaps(figures, gaps)
        if worse not in told
    ]


def _clear_gaps(figures: Mapping[Slice, Figures], gaps: SubgroupTable) -> list[tuple[Slice, Slice]]:
    """Pairs of groups of which the first is found less often; one of each is the reference."""
    reference = next((place for place in figures if place.label == gaps.reference_group), None)
    if reference is None:
        return []
    pairs = [(place, reference) for place, gap in gaps.groups if (gap.high or 0.0) < 0.0]
    above = [(gap.value or 0.0, place) for place, gap in gaps.groups if (gap.low or 0.0) > 0.0]
    if above:
        pairs.append((reference, max(above, key=lambda one: one[0])[1]))
    return pairs


def _is_as_good(ranking: Estimate, everybody: Estimate) -> bool:
    if ranking.value is None or everybody.low is None:
        return False
    return ranking.value >= everybody.low


def _patients(place: Slice, schema: Schema) -> str:
    attributes = [lower_first(schema.group(slug).label) for slug, _ in place.conditions]
    return plain(name_patients(place.label, ATTRIBUTES.join(attributes)))


def _value(estimate: Estimate) -> str:
    """The figure alone: its interval stands in the chart below."""
    return plain(format_estimate(estimate).partition(" ")[0])
