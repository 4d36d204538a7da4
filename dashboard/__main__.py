"""The ``pellucid`` command: everything the library does, for people and for machines."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version

from dashboard.commands import (
    audit,
    check,
    explain,
    explain_cohort,
    groups,
    labels,
    models,
    register,
    serve,
    train,
    validate,
)
from dashboard.commands.options import BAD_USE, NO, UNREAD, HelpFormatter
from dashboard.commands.output import write_error
from explainers.errors import AuditError, BundleError, CohortError, PellucidError

COMMANDS = (
    serve,
    models,
    register,
    train,
    explain,
    explain_cohort,
    groups,
    labels,
    check,
    validate,
    audit,
)

DESCRIPTION = """\
Explain diagnostic models, and see how far each explanation can be trusted.

Not a medical device: for learning about models, not for deciding about patients."""

EPILOG = """\
exit codes:
  0  done
  1  the answer is no: a cohort or a bundle was refused
  2  bad use: an unknown model, patient, option or setting
  130, 141  Ctrl-C was pressed; the program that read the answer left before its end

examples:
  pellucid serve                                      open the dashboard
  pellucid models                                     what can be explained
  pellucid explain diabetes-xgboost --patient first
  pellucid register ward.csv --cohort ward --propose schema.toml
  pellucid groups diabetes-xgboost --by race
  pellucid check diabetes-xgboost                     its problem list
  pellucid audit verify                               whether the record of who saw what is whole

`pellucid COMMAND --help` tells more about each command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the program's name; those of the process by default.

    Returns
    -------
    int
        0 when done, 1 when the answer is no, 2 after bad use, 130 after Ctrl-C, 141 when the reader
        of a pipe left before it had the whole answer.
    """
    _accept_every_character()
    arguments = build_parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except PellucidError as error:
        write_error(str(error))
        return NO if isinstance(error, (AuditError, BundleError, CohortError)) else BAD_USE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        _forget_standard_output()
        return UNREAD
    return code


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="pellucid", description=DESCRIPTION, epilog=EPILOG, formatter_class=HelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"pellucid {version('pellucid')}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def _accept_every_character() -> None:
    """A terminal that cannot show a character shows its code instead of stopping the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _forget_standard_output() -> None:
    """The reader has gone, as in ``pellucid models | head -1``: let the exit be quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
