"""What the label choice screen says beside its charts."""

from __future__ import annotations

import pandas as pd

from dashboard.view_models.export import write_csv
from dashboard.view_models.rounding import NO_BREAK, interval, listed
from dashboard.wording import plain, say, teach
from explainers.charts.selection import format_points, format_share
from explainers.charts.wording import format_percent
from explainers.core.estimate import Estimate
from explainers.errors import UnsupportedError
from explainers.subgroups.candidate_labels import UNTESTED
from explainers.subgroups.label_choice import LabelChoice
from explainers.subgroups.label_results import GroupSelection

# Below this a ranking is hardly better than drawing lots.
HARDLY_RANKS = 0.6
SAME_SHARE = 5e-6


def finding(choice: LabelChoice) -> str:
    """What was found, in plain words: whose share changes most from one label to the other."""
    largest = choice.largest_change
    if largest is None:
        return say("labels.finding_withheld", floor=choice.floor)
    low, high = largest.change.low or 0.0, largest.change.high or 0.0
    is_told = largest.in_need[1].is_estimated
    beside = "labels.finding_beside" if is_told else "labels.finding_beside_withheld"
    second = plain(choice.labels[1].label)
    everybody = _percent(largest.everybody)
    key = "labels.finding_clear" if low > 0 or high < 0 else "labels.finding_unclear"
    return say(
        key,
        group=plain(largest.group),
        first=plain(choice.labels[0].label),
        second=second,
        before=_percent(largest.share[0]),
        after=_percent(largest.share[1]),
        change=format_points(largest.change),
        beside=say(
            beside,
            everybody=everybody,
            group=plain(largest.group),
            second=second,
            in_need=_percent(largest.in_need[1]),
        ),
        top=format_top(choice.top),
    )


def share_note(choice: LabelChoice) -> str:
    """Which share was used where it is not the one asked for; else ""."""
    if abs(choice.asked - choice.top) < SAME_SHARE:
        return ""
    return say(
        "labels.other_share",
        used=format_top(choice.top),
        asked=format_top(choice.asked),
        shares=listed([format_top(share) for share in choice.shares]),
    )


def merged_note(choice: LabelChoice) -> str:
    """Which groups are shown together, and why; "" where each stands alone."""
    if not choice.merged:
        return ""
    return say("labels.merged", names="; ".join(map(plain, choice.merged)), floor=choice.floor)


def picked_note(choice: LabelChoice) -> str:
    """That the group was picked after looking, where there was a choice; else ""."""
    shown = [one for one in choice.groups if one.change.is_estimated]
    others = [one for one in shown if one.group != choice.reference]
    return say("labels.picked", n=len(others)) if len(others) > 1 else ""


def ranking_note(choice: LabelChoice) -> str:
    """Which of the models hardly rank at all; "" where all do."""
    weak = [
        f"{plain(label.label)} {interval(label.auroc)}"
        for label in choice.labels
        if label.auroc.value is not None and label.auroc.value < HARDLY_RANKS
    ]
    return teach("labels.hardly_ranks", names="; ".join(weak)) if weak else ""


def need_rows(choice: LabelChoice) -> pd.DataFrame:
    """A row for each label: AUROC, share of all events selected, mean need of the selected."""
    columns = {
        say("labels.trained_for"): [label.label for label in choice.labels],
        say("labels.auroc"): [interval(label.auroc) for label in choice.labels],
    }
    for at, other in enumerate(choice.labels):
        columns[say("labels.of_all", outcome=other.label)] = [
            _share(label.concentration[at]) for label in choice.labels
        ]
    columns[say("labels.mean_need", measure=choice.measure.label_with_unit)] = [
        _share(label.need) if choice.measure.is_share else interval(label.need)
        for label in choice.labels
    ]
    return pd.DataFrame(columns)


def correction_rows(choice: LabelChoice) -> pd.DataFrame:
    """A row for each group: its share before, and by each way of correcting."""
    second = choice.labels[1].label
    return pd.DataFrame(
        {
            say("labels.group"): [_name(one, choice) for one in choice.groups],
            say("labels.of_need", outcome=second): [
                _share(one.in_need[1]) for one in choice.groups
            ],
            say("labels.before"): [_share(one.share[0]) for one in choice.groups],
            say("labels.by_need_model"): [_share(one.share[1]) for one in choice.groups],
            say("labels.by_recorded_need"): [_share(one.recorded_need) for one in choice.groups],
            say("labels.swap"): [
                say("labels.gives") if one.group == choice.reference else _share(one.swap)
                for one in choice.groups
            ],
        }
    )


def overlap_sentences(choice: LabelChoice) -> tuple[str, ...]:
    """How many of those selected by one label another selects too."""
    names = {label.outcome: plain(label.label) for label in choice.labels}
    return tuple(
        say(
            "labels.overlap" if one.share.is_estimated else "labels.overlap_withheld",
            first=names[one.first],
            second=names[one.second],
            share=_share(one.share),
        )
        for one in sorted(choice.overlaps, key=lambda one: not one.share.is_estimated)
    )


def export_table(choice: LabelChoice) -> str:
    """Every figure by group unrounded as CSV, with what it is of."""
    rows = []
    for one in choice.groups:
        parts: list[tuple[str, Estimate]] = [("everybody", one.everybody)]
        for label, share, rate, need in zip(
            choice.labels, one.share, one.rate, one.in_need, strict=True
        ):
            parts += [(label.outcome, share), (label.outcome, rate), (label.outcome, need)]
        parts += [
            ("second minus first label", one.change),
            ("ranked by recorded need", one.recorded_need),
            ("one-way swap", one.swap),
        ]
        rows += [{"group": one.group, "of": of, **part.to_dict()} for of, part in parts]
    context: dict[str, str | float] = {
        "model": choice.model,
        "cohort": choice.cohort,
        "by": choice.by,
        "top": choice.top,
    }
    return write_csv(pd.DataFrame(rows), context)


def untested_reason(error: UnsupportedError) -> str:
    """Why label bias is untested, as sentences of their own."""
    reason = error.rule.removeprefix(f"{UNTESTED}: ")
    return plain(f"{reason[:1].upper()}{reason[1:]}. {error.remedy}".strip())


def format_top(top: float) -> str:
    """The share that is selected, such as ``10%``."""
    return f"{100 * top:.3g}%"


def _name(one: GroupSelection, choice: LabelChoice) -> str:
    return f"{one.group} (reference)" if one.group == choice.reference else one.group


def _percent(estimate: Estimate) -> str:
    return estimate.status if estimate.value is None else format_percent(estimate.value)


def _share(estimate: Estimate) -> str:
    value, _, bracket = format_share(estimate).partition(" ")
    if not estimate.is_estimated:
        return format_share(estimate)
    return f"{value} {bracket.replace(' ', NO_BREAK)}".strip()
