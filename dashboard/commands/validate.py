"""``pellucid validate``: whether a cohort, or a model bundle, may be used."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.commands.options import (
    DONE,
    NO,
    Subparsers,
    add_json_option,
    new_parser,
    open_workspace,
)
from dashboard.commands.output import write_json, write_line
from explainers.errors import BundleError, CohortError, NotFoundError, SettingsError

if TYPE_CHECKING:
    from explainers.core import Schema
    from explainers.intake.validation import Problem, ValidationReport

DESCRIPTION = """\
Check a cohort against its schema, or a model bundle against its manifest and its cohort's schema.

A cohort is a CSV or Parquet file, read as `pellucid register` reads it; every cell that breaks the
schema is listed with its row and what to do, a hundred at most.
A bundle is a directory; a changed byte, a missing file, a type that is not expected or a feature
that the schema lacks is a no. The schema of a built-in cohort, or of one in the workspace, is
found by the bundle itself.

Exits with 0 when the answer is yes and with 1 when it is no.
With --json: {path, kind, is_valid, problems, warnings}, each problem with {row, column, value,
rule, remedy}; a cohort also has n_rows and n_problems."""

EXAMPLES = """\
  pellucid validate patients.csv --schema schema.toml
  pellucid validate sample_data/models/heart-forest
  pellucid validate patients.csv --schema schema.toml --json | jq '.problems[0]'"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = new_parser(
        subparsers,
        "validate",
        summary="check a cohort or a model bundle",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    parser.add_argument(
        "path",
        metavar="PATH",
        type=Path,
        help="a cohort (CSV or Parquet file) or a bundle (directory)",
    )
    parser.add_argument(
        "--schema", metavar="FILE", type=Path, help="the schema (TOML); a cohort needs one"
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check; 0 for yes, 1 for no."""
    path: Path = arguments.path
    if not path.exists():
        raise NotFoundError("there must be a file or directory of that name", value=str(path))
    answer = _check_bundle(arguments) if path.is_dir() else _check_cohort(arguments)
    if arguments.json:
        write_json(answer)
    else:
        _write_for_people(answer)
    return DONE if answer["is_valid"] else NO


def _check_cohort(arguments: argparse.Namespace) -> dict[str, Any]:
    from explainers.intake.source_file import read_source_file  # noqa: PLC0415 - fast --help
    from explainers.intake.tidying import spell_yes_no, tidy  # noqa: PLC0415 - fast --help
    from explainers.intake.validation import validate_table  # noqa: PLC0415 - keeps --help fast

    schema = _read_schema(arguments)
    if schema is None:
        raise SettingsError(
            "a cohort is checked against a schema", remedy="Name it with --schema FILE."
        )
    try:
        source = tidy(read_source_file(arguments.path))
        report = validate_table(spell_yes_no(source.table, schema), schema)
    except CohortError as error:
        return _refusal(arguments, "cohort", error)
    answer = _describe_report(arguments, report)
    remedy = "pellucid register takes it so; a cohort put into a workspace by hand is plain CSV."
    answer["warnings"] += [
        {"row": None, "column": "", "value": "", "rule": note.rstrip("."), "remedy": remedy}
        for note in source.notes
    ]
    return answer


def _check_bundle(arguments: argparse.Namespace) -> dict[str, Any]:
    from explainers.models.bundle import load_bundle, read_facts  # noqa: PLC0415 - fast --help

    schema = _read_schema(arguments)
    try:
        facts = read_facts(arguments.path)
        if schema is None:
            schema = open_workspace(arguments).load_schema(facts.cohort)
        load_bundle(arguments.path, schema)
    except BundleError as error:
        return _refusal(arguments, "bundle", error)
    return {**_heading(arguments, "bundle"), "is_valid": True, "problems": [], "warnings": []}


def _read_schema(arguments: argparse.Namespace) -> Schema | None:
    from explainers.intake.schema_file import load_schema  # noqa: PLC0415 - keeps --help fast

    return None if arguments.schema is None else load_schema(arguments.schema)


def _heading(arguments: argparse.Namespace, kind: str) -> dict[str, Any]:
    return {"path": str(arguments.path), "kind": kind}


def _refusal(
    arguments: argparse.Namespace, kind: str, error: BundleError | CohortError
) -> dict[str, Any]:
    """The answer where a file could not even be read: its one problem."""
    found = "" if error.value is None else str(error.value)
    problem = {
        "row": None,
        "column": "",
        "value": found,
        "rule": error.rule,
        "remedy": error.remedy,
    }
    return {**_heading(arguments, kind), "is_valid": False, "problems": [problem], "warnings": []}


def _describe_report(arguments: argparse.Namespace, report: ValidationReport) -> dict[str, Any]:
    return {
        **_heading(arguments, "cohort"),
        "is_valid": report.is_valid,
        "n_rows": report.n_rows,
        "n_problems": report.n_problems,
        "problems": [_describe_problem(problem) for problem in report.problems],
        "warnings": [_describe_problem(problem) for problem in report.warnings],
    }


def _describe_problem(problem: Problem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "rule": problem.rule,
        "remedy": problem.remedy,
    }


def _write_for_people(answer: dict[str, Any]) -> None:
    from explainers.intake.validation import Problem  # noqa: PLC0415 - keeps --help fast

    size = f", {answer['n_rows']:,} patients" if "n_rows" in answer else ""
    verdict = "can be used" if answer["is_valid"] else "cannot be used"
    write_line(f"{answer['path']} ({answer['kind']}{size}) {verdict}.")
    for heading, problems in (("Problems", answer["problems"]), ("Warnings", answer["warnings"])):
        if not problems:
            continue
        total = answer.get("n_problems", len(problems)) if heading == "Problems" else len(problems)
        shown = "" if total == len(problems) else f", the first {len(problems)} of {total:,}"
        write_line()
        write_line(f"{heading}{shown}:")
        for problem in problems:
            write_line(f"- {Problem(**problem)}")
