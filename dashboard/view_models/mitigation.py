"""What the mitigations part of the groups screen says."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.view_models.export import write_csv
from dashboard.view_models.groups import export_context
from dashboard.wording import plain, say
from explainers.charts.wording import MINUS, format_percent
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.subgroups.mitigation import GroupStep
from explainers.subgroups.mitigation_changes import CHANGED, PEOPLE
from explainers.subgroups.mitigation_effects import GroupEffect, MitigationEffect


def mitigation_name(slug: str) -> str:
    """Name of a mitigation on screen."""
    return say(f"mitigation.rule_{_key(slug)}")


def mitigation_intro(slug: str) -> str:
    """What a mitigation does, in two sentences."""
    return say(f"mitigation.intro_{_key(slug)}")


def pays_lines(effect: MitigationEffect) -> str:
    """For each group whose people are counted: who is found, missed, alarmed or spared, as a list.

    A group in which nobody changes sides is named in one line with the others like it.
    """
    lines, still = [], []
    for group in effect.groups:
        if not all(one.value is not None for one in group.people):
            continue
        parts = [
            say(f"mitigation.people_{name}", n=f"{one.value:.0f}")
            for name, one in zip(PEOPLE, group.people, strict=True)
            if one.value
        ]
        if parts:
            people = ", ".join(parts)
            lines.append(say("mitigation.pays", group=plain(group.place.label), people=people))
        else:
            still.append(plain(group.place.label))
    if still:
        lines.append(say("mitigation.nobody", groups=", ".join(still)))
    return "\n".join(f"- {line}" for line in lines)


def finding(effect: MitigationEffect) -> str:
    """Which groups have more and which less net benefit, beyond what chance explains."""
    groups = [group for group in effect.groups if group.place.conditions]
    known = [group for group in groups if group.of("net_benefit")[2].is_estimated]
    if not known:
        return say("mitigation.finding_withheld")
    more = [group for group in known if _sign(group.of("net_benefit")[2]) > 0]
    less = [group for group in known if _sign(group.of("net_benefit")[2]) < 0]
    if not more and not less:
        return say("mitigation.finding_unclear", n=len(known))
    return say(
        "mitigation.finding",
        more=_names(more) or say("mitigation.none"),
        less=_names(less) or say("mitigation.none"),
    )


def step_rows(effect: MitigationEffect) -> pd.DataFrame:
    """What was done to each group, in numbers, and where people are counted."""
    groups = {group.place.label: group for group in effect.groups}
    rows = []
    for step in effect.steps:
        shift = "" if step.offset is None else f"{step.offset:+.2f}".replace("-", MINUS)
        slope = "" if step.slope is None else f"{step.slope:.2f}"
        meant = step.reason if step.threshold is None else format_percent(step.threshold)
        rows.append((step.group, shift, slope, meant, _counted(step, groups[step.group])))
    names = ("group", "offset", "slope", "cut", "counted")
    table = pd.DataFrame(rows, columns=[say(f"mitigation.step_{name}") for name in names])
    if all(step.offset is None for step in effect.steps):
        return table.drop(columns=[say("mitigation.step_offset"), say("mitigation.step_slope")])
    return table


def mitigation_export(effect: MitigationEffect, study: Study) -> str:
    """Every figure before and after, every change and every number of people, as CSV."""
    rows = [
        {"mitigation": effect.slug, "group": group.place.label, "kind": kind, **one.to_dict()}
        for group in effect.groups
        for kind, estimates in (
            ("before", group.before),
            ("after", group.after),
            ("change", group.change),
            ("people", group.people),
        )
        for one in estimates
    ]
    return write_csv(pd.DataFrame(rows), export_context(study))


def is_withheld(effect: MitigationEffect) -> bool:
    """Whether some figure is withheld."""
    return any(
        one.status == "suppressed"
        for group in effect.groups
        for one in (*group.before, *group.after, *group.people)
    )


STATISTICS: Sequence[str] = CHANGED


def _counted(step: GroupStep, group: GroupEffect) -> str:
    """At which cut the people of a group are counted, in words or in percent."""
    if step.reason:
        return ""
    if all(one.status == "suppressed" for one in group.people):
        return say("mitigation.counted_withheld")
    if group.counted_at is None:
        return say("mitigation.counted_exactly")
    return format_percent(group.counted_at)


def _sign(change: Estimate) -> int:
    """Whether a change is above or below 0 with its whole interval."""
    if change.low is None or change.high is None:
        return 0
    return int(change.low > 0) - int(change.high < 0)


def _names(groups: Sequence[GroupEffect]) -> str:
    return ", ".join(plain(group.place.label) for group in groups)


def _key(slug: str) -> str:
    return slug.replace("-", "_")
