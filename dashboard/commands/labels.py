"""``pellucid labels``: what the choice of the outcome does to who is selected."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from dashboard.commands.options import (
    DONE,
    Subparsers,
    add_json_option,
    names,
    natural_number,
    new_parser,
    open_workspace,
    positive_integer,
)
from dashboard.commands.output import write_json, write_line, write_table

if TYPE_CHECKING:
    from explainers.core.estimate import Estimate
    from explainers.subgroups.label_results import LabelChoice

DESCRIPTION = """\
Train the model's recipe once for each of two or more outcomes of its cohort, on the same patients,
and compare whom each selects from the held-out patients: shares of each group, need, and both ways
of correcting. The first outcome is the label in question, the second the need it is held against.

The models stay as they are; the intervals hold the chance in who was tested. Groups in which a
count is of 1 to 10 people are withheld, or put together where fewer than two could be shown, and
people are selected at some shares only, so that no two can be subtracted to count the people
between them. Shares, groups and patients are those of all outcomes that the recipe can be trained
for, whichever are asked for. A cohort with one outcome is "label bias untested".

With --json: one object; every figure is {metric, value, low, high, level, n, n_events,
interval_method, status, reason}, and each list by label is in the order of "labels"."""

EXAMPLES = """\
  pellucid labels nmes-visits-xgboost --by race --top 20
  pellucid labels diabetes-xgboost --outcomes told,hba1c --top 15 --json"""

TWO_WAYS = """\
Ranking by need ranks everybody; the swap goes one way, from {reference} to the group only, and so
can only raise the group's share. Read both: Obermeyer et al. 2019 published 46.5% for such a swap,
corrected by the authors to 59% in 2022, and ranking everybody by need gives far less."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = new_parser(
        subparsers,
        "labels",
        summary="compare whom a model selects when trained for one outcome or another",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    parser.add_argument(
        "model", metavar="MODEL", help="name of a model, as `pellucid models` lists"
    )
    parser.add_argument(
        "--outcomes",
        metavar="NAMES",
        type=names,
        default=(),
        help="two or more outcomes, separated by commas (default: those of the schema)",
    )
    parser.add_argument(
        "--top",
        metavar="PERCENT",
        type=percent,
        default=10.0,
        help="per cent of the patients to select (default: 10); the nearest released share is used",
    )
    parser.add_argument(
        "--by",
        metavar="NAME",
        default="",
        help="an attribute of the cohort's schema (default: its first)",
    )
    parser.add_argument(
        "--floor",
        metavar="N",
        type=positive_integer,
        default=11,
        help="smallest count of people that may be shown, 11 or more (default: 11)",
    )
    parser.add_argument(
        "--seed",
        metavar="N",
        type=natural_number,
        default=0,
        help="seed of the resamples; who is selected does not depend on it (default: 0)",
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def percent(text: str) -> float:
    """A number above 0 and below 100."""
    number = float(text)
    if not 0.0 < number < 100.0:
        raise argparse.ArgumentTypeError(f"must be above 0 and below 100, not {text}")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Compare labels; 0."""
    from explainers.subgroups.label_choice import (  # noqa: PLC0415 - keeps --help fast
        LabelSettings,
        compare_labels,
    )

    workspace = open_workspace(arguments)
    bundle = workspace.load_bundle(arguments.model)
    settings = LabelSettings(
        outcomes=arguments.outcomes,
        top=arguments.top / 100,
        by=arguments.by,
        floor=arguments.floor,
        seed=arguments.seed,
    )
    choice = compare_labels(bundle, workspace.load_cohort(bundle.facts.cohort), settings)
    if arguments.json:
        write_json(choice.to_dict())
        return DONE
    _write_for_people(choice)
    return DONE


def _write_for_people(choice: LabelChoice) -> None:
    write_line(
        f"{choice.model}: top {100 * choice.top:.3g}% of {choice.n:,} held-out patients,"
        f" {choice.n_selected:,} people, by the same recipe trained on {choice.n_train:,}"
    )
    if round(choice.asked - choice.top, 5):
        released = ", ".join(f"{100 * share:.3g}" for share in choice.shares)
        write_line(
            f"not {100 * choice.asked:.3g}%: people between two shares could be counted by"
            f" subtraction; shares by {choice.by}: {released}"
        )
    if choice.merged:
        write_line(
            f"shown as one group, at every share and for every outcome, as a count of one of them"
            f" would be of fewer than {choice.floor}: {'; '.join(choice.merged)}"
        )
    label_names = [label.outcome for label in choice.labels]
    write_line()
    write_table(
        ("trained for", "AUROC", *(f"of all {name}" for name in label_names), "mean need"),
        [
            (label.outcome, *map(_number, (label.auroc, *label.concentration, label.need)))
            for label in choice.labels
        ],
    )
    need = label_names[1]
    write_line(f"\nshare of the selected, per cent, by {choice.by}")
    write_table(
        (choice.by, "of everybody", *(f"by {name}" for name in label_names), "change, 2nd - 1st"),
        [
            (one.group, *map(_percent, (one.everybody, *one.share)), _percent(one.change))
            for one in choice.groups
        ],
    )
    write_line(f"\ntwo ways of correcting the selection by {label_names[0]}, per cent")
    write_table(
        (
            choice.by,
            f"of all {need}",
            "before",
            f"ranked by {need}",
            "by recorded need",
            "one-way swap",
        ),
        [
            (
                one.group,
                *map(_percent, (one.in_need[1], *one.share[:2], one.recorded_need, one.swap)),
            )
            for one in choice.groups
        ],
    )
    write_line(f"\nneed: {choice.measure.label}, recorded, so not known when people are selected")
    write_line(TWO_WAYS.format(reference=choice.reference))
    for reason in sorted(_reasons(choice)):
        write_line(f"* {reason}")


def _reasons(choice: LabelChoice) -> set[str]:
    """Why figures are missing."""
    estimates: list[Any] = [
        part
        for one in choice.groups
        for part in (one.everybody, one.change, one.recorded_need, one.swap)
    ]
    estimates += [part for label in choice.labels for part in label.concentration]
    return {part.reason for part in estimates if part.reason}


def _number(estimate: Estimate) -> str:
    return _told(estimate, 1.0, 2)


def _percent(estimate: Estimate) -> str:
    return _told(estimate, 100.0, 1)


def _told(estimate: Estimate, factor: float, decimals: int) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "withheld *" if estimate.status == "suppressed" else "- *"
    value, low, high = (
        f"{factor * part:.{decimals}f}" for part in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} [{low}, {high}]"
