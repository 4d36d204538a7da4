"""``pellucid models``: what can be explained."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from dashboard.commands.options import (
    DONE,
    NO,
    Subparsers,
    add_json_option,
    new_parser,
    open_workspace,
)
from dashboard.commands.output import write_error, write_json, write_line, write_table
from explainers.errors import BundleError

if TYPE_CHECKING:
    from explainers.models.bundle import BundleFacts

DESCRIPTION = """\
List the models that can be explained: the built-in ones and those of your workspace.

With --json: a list of {name, version, outcome, features, digest}; features are names in the
order the model takes them, digest is the SHA-256 that stands for every byte of the bundle.

A bundle that was changed or is not safe is named on standard error and left out; the exit code
is then 1."""

EXAMPLES = """\
  pellucid models
  pellucid models --json | jq -r '.[].name'
  pellucid models --workspace ~/ward-7"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = new_parser(
        subparsers,
        "models",
        summary="list the models that can be explained",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the models; 0, or 1 where a bundle was refused, the others being listed."""
    workspace = open_workspace(arguments)
    facts: list[BundleFacts] = []
    code = DONE
    for name in workspace.model_names():
        try:
            facts.append(workspace.model_facts(name))
        except BundleError as error:
            write_error(f"{name}: {error}")
            code = NO
    if arguments.json:
        write_json([describe_model(entry) for entry in facts])
    else:
        _write_for_people(facts)
    return code


def _write_for_people(facts: list[BundleFacts]) -> None:
    write_table(
        ("name", "version", "outcome", "family", "features", "cohort"),
        [
            (
                entry.name,
                entry.version,
                entry.outcome,
                entry.family,
                str(len(entry.features)),
                entry.cohort,
            )
            for entry in facts
        ],
    )
    write_line()
    write_line("Explain one: pellucid explain NAME --patient first")


def describe_model(facts: BundleFacts) -> dict[str, Any]:
    """What other programs may rely on."""
    return {
        "name": facts.name,
        "version": facts.version,
        "outcome": facts.outcome,
        "features": list(facts.feature_names),
        "digest": facts.digest,
    }
