"""``pellucid check``: the model's problem list, as a clinician keeps a patient's."""

from __future__ import annotations

import argparse
import textwrap
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from dashboard.commands.options import (
    DONE,
    NO,
    Subparsers,
    add_json_option,
    names,
    new_parser,
    open_workspace,
)
from dashboard.commands.output import write_json, write_line
from dashboard.commands.progress import ProgressLine

if TYPE_CHECKING:
    from explainers.checks import Check, Inspection
    from explainers.core.finding import CheckResult, Finding

# From the worst to the least; a copy, since importing the library would slow down every --help.
SEVERITIES = ("high", "medium", "low")
WIDTH = 96

DESCRIPTION = """\
Look for known faults of a model and of its data, and print what was found: the worst first, with
the figures it rests on, who is affected and what to do. Checks that do not apply say why.

High may harm a patient if nothing is done, medium limits what the model can be used for, low is
worth knowing. Nothing found is no proof that there is no fault. Samples are seeded: the same model
and patients give the same list. Counts of 1 to 10 people are withheld, in every output.

Exits with 0 whatever is found; with --fail-on, with 1 where something is found that is as severe
or worse.

With --json: {model, version, digest, cohort_digest, n_found, checks}; n_found counts by severity,
each check has {code, title, outcome, findings, reason}, and each finding {code, title, severity,
explanation, affected, remedy, doc, evidence}; outcome is found, nothing found or not applicable."""

EXAMPLES = """\
  pellucid check diabetes-xgboost
  pellucid check nmes-visits-xgboost --only poor-ranking,overfitting
  pellucid check heart-xgboost --json | jq '.checks[].findings[].title'
  pellucid check my-model --fail-on high    # as a gate before a release"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = new_parser(
        subparsers,
        "check",
        summary="look for known faults of a model and of its data",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    parser.add_argument(
        "model", metavar="MODEL", help="name of a model, as `pellucid models` lists"
    )
    parser.add_argument(
        "--only",
        metavar="CODES",
        type=names,
        default=(),
        help="codes of the checks to run, separated by commas (default: all)",
    )
    parser.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        help="exit with 1 where something of this severity or worse is found",
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the checks; 0, or 1 where something is as severe as --fail-on says."""
    from explainers.checks import CHECKS, find_check, inspect_bundle  # noqa: PLC0415 - fast --help

    checks = tuple(find_check(code) for code in arguments.only) or CHECKS
    inspection = inspect_bundle(open_workspace(arguments), arguments.model)
    results = _run_and_watch(inspection, checks, is_quiet=arguments.json)
    if arguments.json:
        write_json(describe_results(inspection, results))
    else:
        _write_for_people(inspection, results)
    return NO if _is_failure(results, arguments.fail_on) else DONE


def describe_results(inspection: Inspection, results: Sequence[CheckResult]) -> dict[str, Any]:
    """What other programs may rely on."""
    model = inspection.study.model
    return {
        "model": model.name,
        "version": model.version,
        "digest": model.digest,
        "cohort_digest": inspection.study.cohort.digest,
        "n_found": _count_by_severity(results),
        "checks": [result.to_dict() for result in results],
    }


def _run_and_watch(
    inspection: Inspection, checks: Sequence[Check], *, is_quiet: bool
) -> tuple[CheckResult, ...]:
    """Run the checks, with a line of progress unless another program reads."""
    from explainers.checks import run_checks  # noqa: PLC0415 - keeps --help fast

    if is_quiet:
        return run_checks(inspection, checks)
    line = ProgressLine(unit="checks")
    with closing(line):
        return run_checks(
            inspection, checks, lambda n_done, n_all: line.update("checking", n_done, n_all)
        )


def _is_failure(results: Sequence[CheckResult], fail_on: str | None) -> bool:
    if fail_on is None:
        return False
    refused = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    counts = _count_by_severity(results)
    return any(counts[severity] for severity in refused)


def _count_by_severity(results: Sequence[CheckResult]) -> dict[str, int]:
    counts = Counter(finding.severity for result in results for finding in result.findings)
    return {severity: counts[severity] for severity in SEVERITIES}  # type: ignore[index]


def _write_for_people(inspection: Inspection, results: Sequence[CheckResult]) -> None:
    from explainers.disclosure.held_out import held_out_size  # noqa: PLC0415 - keeps --help fast

    study = inspection.study
    write_line(f"{study.model.name} on {held_out_size(study)} held-out patients")
    counts = _count_by_severity(results)
    n_clean = sum(result.outcome == "nothing found" for result in results)
    write_line(
        ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES)
        + f"; {n_clean} of {len(results)} checks found nothing"
    )
    found = [finding for result in results for finding in result.findings]
    for finding in sorted(found, key=lambda each: SEVERITIES.index(each.severity)):
        _write_finding(finding)
    idle = [result for result in results if result.outcome == "not applicable"]
    if idle:
        write_line()
        write_line("Not applicable:")
    for result in idle:
        _write_wrapped(f"{result.code}: {result.reason}", "  ")


def _write_finding(finding: Finding) -> None:
    write_line()
    write_line(f"{finding.severity.upper():<6}  {finding.title}  [{finding.code}]")
    _write_wrapped(finding.explanation, " " * 8)
    for figure in finding.evidence:
        write_line(f"{'':8}{figure.metric}: {_figure(figure.to_dict())}")
    _write_wrapped(f"Affected: {finding.affected}. {finding.remedy}", " " * 8)


def _write_wrapped(text: str, indent: str) -> None:
    for line in textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent):
        write_line(line)


def _figure(figure: dict[str, Any]) -> str:
    """A figure with its interval and patients, or why there is none."""
    if figure["status"] != "estimated":
        return str(figure["reason"])
    n = "" if figure["n"] is None else f", n = {figure['n']:,}"
    if figure["low"] is None or figure["high"] is None:
        return f"{figure['value']:.3f}{n}"
    interval = f"{figure['low']:.3f} to {figure['high']:.3f}"
    return f"{figure['value']:.3f} ({_per_cent(figure['level'])} interval {interval}{n})"


def _per_cent(level: float) -> str:
    """A level such as 95% or, where many things are looked at, 99.67%."""
    return f"{100 * level:.4g}%"
