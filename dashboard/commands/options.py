"""What the commands share: options, exit codes, the look of their help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import platformdirs

if TYPE_CHECKING:
    from explainers.workspace import Workspace

DONE, NO, BAD_USE = 0, 1, 2
# What a shell reports of a program that SIGPIPE (13, unknown to Windows) ended. Not 0, which would
# turn a refused cohort into one that can be used; nor 1, since the answer may have been yes.
UNREAD = 128 + 13


class Subparsers(Protocol):
    """What ``ArgumentParser.add_subparsers`` returns, whose own type argparse keeps private."""

    def add_parser(self, name: str, **options: Any) -> argparse.ArgumentParser:
        """Add the parser of one command."""
        ...


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the line breaks of descriptions and examples."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=96)


def new_parser(
    subparsers: Subparsers, name: str, *, summary: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """A parser for one command, with its --workspace option."""
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"examples:\n{examples}",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--workspace",
        metavar="DIR",
        type=directory,
        default=default_workspace(),
        help="where the models and cohorts that you add are kept (default: %(default)s); "
        "the built-in ones are always there",
    )
    return parser


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """The --json option."""
    parser.add_argument("--json", action="store_true", help="print JSON, for other programs")


def add_study_options(parser: argparse.ArgumentParser) -> None:
    """The MODEL argument, --reference and --seed."""
    parser.add_argument(
        "model", metavar="MODEL", help="name of a model, as `pellucid models` lists"
    )
    parser.add_argument(
        "--reference",
        metavar="N",
        type=positive_integer,
        default=100,
        help="number of held-out patients that an explanation compares with (default: 100)",
    )
    parser.add_argument(
        "--seed",
        metavar="N",
        type=natural_number,
        default=0,
        help="seed of every random draw, 0 or more (default: 0)",
    )


def open_workspace(arguments: argparse.Namespace) -> Workspace:
    """The workspace that the command was pointed at."""
    from explainers.workspace import Workspace  # noqa: PLC0415 - keeps --help fast

    return Workspace(arguments.workspace)


def default_workspace() -> Path:
    """The user's data directory for Pellucid, which need not exist."""
    return platformdirs.user_data_path("pellucid", appauthor=False)


def directory(text: str) -> Path:
    """An absolute path, since the server runs in another directory."""
    return Path(text).expanduser().absolute()


def positive_integer(text: str) -> int:
    """An integer of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def natural_number(text: str) -> int:
    """An integer of at least 0."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"must be at least 0, not {number}")
    return number


def names(text: str) -> tuple[str, ...]:
    """Names separated by commas, without repeats."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise argparse.ArgumentTypeError("must name at least one")
    return found
