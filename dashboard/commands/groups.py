"""``pellucid groups``: for whom the model works, and for whom it does not."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dashboard.commands.options import (
    DONE,
    Subparsers,
    add_json_option,
    add_study_options,
    names,
    new_parser,
    open_workspace,
    positive_integer,
)
from dashboard.commands.output import write_json, write_line, write_table

if TYPE_CHECKING:
    from explainers.core import Estimate, Slice, Study, SubgroupTable

DEFAULT_METRICS = ("auroc", "oe_ratio", "sensitivity")

DESCRIPTION = """\
Compare groups of held-out patients, each figure with its interval and the patients behind it.

Two attributes are crossed: --by race,sex has a row for Black women, not one for Black people
and one for women; run the command twice for those. A group in which a figure cannot be estimated
says so. Groups in which a count is of 1 to 10 people are withheld, in every output.

With --json: a list with one entry per metric and group: {metric, group, conditions, value, low,
high, level, n, n_events, method, status, reason}; status is estimated, not_estimable or
suppressed, method is that of the interval, and value, low and high are null unless estimated."""

EXAMPLES = """\
  pellucid groups diabetes-xgboost --by race
  pellucid groups diabetes-xgboost --by race,sex --json
  pellucid groups heart-xgboost --by hospital --metrics prevalence,auroc,calibration_slope"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = new_parser(
        subparsers,
        "groups",
        summary="compare how well a model does for groups of patients",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    add_study_options(parser)
    parser.add_argument(
        "--by",
        metavar="NAMES",
        type=names,
        required=True,
        help="one or two attributes of the cohort's schema, separated by commas and crossed",
    )
    parser.add_argument(
        "--metrics",
        metavar="NAMES",
        type=names,
        default=DEFAULT_METRICS,
        help=f"metrics, separated by commas (default: {','.join(DEFAULT_METRICS)})",
    )
    parser.add_argument(
        "--floor",
        metavar="N",
        type=positive_integer,
        default=11,
        help="smallest count of people that may be shown, 11 or more (default: 11)",
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare groups; 0."""
    from explainers.disclosure import shown_count  # noqa: PLC0415 - fast --help
    from explainers.subgroups.disaggregation import compare_groups  # noqa: PLC0415 - fast --help
    from explainers.subgroups.representation import described_patients  # noqa: PLC0415

    study = open_workspace(arguments).open_study(
        arguments.model, n_reference=arguments.reference, seed=arguments.seed
    )
    tables = compare_groups(study, arguments.by, metrics=arguments.metrics, floor=arguments.floor)
    if arguments.json:
        write_json([entry for table in tables for entry in describe_table(table)])
        return DONE
    write_line(
        f"{study.model.name} on {shown_count(len(described_patients(study)))} held-out patients,"
        f" threshold {study.threshold:.3g}"
    )
    for note in describe_clusters(study):
        write_line(note)
    for table in tables:
        _write_for_people(table)
    return DONE


def describe_clusters(study: Study) -> list[str]:
    """Whom intervals allow for, and what the numbers count."""
    from explainers.disclosure import shown_count  # noqa: PLC0415 - keeps --help fast

    cohort, notes = study.cohort, []
    if (clusters := cohort.clusters) is not None and clusters.kind == "site":
        notes.append(f"Intervals allow for {len(clusters.sizes):,} sites.")
    if (persons := cohort.persons) is not None:
        allowed = "Intervals allow for" if clusters is persons else "There are"
        number = shown_count(persons.n_repeated)
        notes.append(f"{allowed} {number} patients seen more than once; numbers are of visits.")
    return notes


def describe_table(table: SubgroupTable) -> list[dict[str, Any]]:
    """What other programs may rely on: everybody first, then each group."""
    from explainers.core import Slice  # noqa: PLC0415 - keeps --help fast

    rows: Sequence[tuple[Slice, Estimate]] = ((Slice(), table.overall), *table.groups)
    return [
        {
            "metric": table.metric,
            "group": place.label,
            "conditions": dict(place.conditions),
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "level": estimate.level,
            "n": estimate.n,
            "n_events": estimate.n_events,
            "method": estimate.interval_method,
            "status": estimate.status,
            "reason": estimate.reason,
        }
        for place, estimate in rows
    ]


def _write_for_people(table: SubgroupTable) -> None:
    entries = describe_table(table)
    level = f"{entries[0]['level']:.0%}"
    write_line()
    write_table(
        (table.metric, "value", f"{level} interval", "n", "events", "note"),
        [
            (
                entry["group"],
                _number(entry["value"]),
                _interval(entry["low"], entry["high"]),
                _count(entry["n"]),
                _count(entry["n_events"]),
                _note(entry, table.reference_group),
            )
            for entry in entries
        ],
    )
    for reason in dict.fromkeys(entry["reason"] for entry in entries if entry["reason"]):
        write_line(f"* {reason}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{_number(low)} to {_number(high)}"


def _count(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def _note(entry: dict[str, Any], reference_group: str) -> str:
    if entry["status"] != "estimated":
        return f"{entry['status']} *".replace("_", " ")
    return "reference group" if entry["group"] == reference_group else ""
