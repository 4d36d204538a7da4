"""``pellucid audit``: the record of who saw and did what."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.commands.on_record import ROLE, audit_place
from dashboard.commands.options import (
    DONE,
    NO,
    HelpFormatter,
    Subparsers,
    add_json_option,
    directory,
    new_parser,
    positive_integer,
)
from dashboard.commands.output import write_json, write_line, write_table
from dashboard.environment import AUDIT_HEADS, AUDIT_URL
from explainers.errors import NotFoundError, SettingsError

if TYPE_CHECKING:
    from explainers.audit import AuditLog, Record, Verification

DESCRIPTION = f"""\
Verify, show, export or shorten the record of who saw and did what.

The record holds no value of any patient's. Each entry vouches for the one before it, and the heads
of the chain are kept in a file outside the database: a changed byte names the first bad record, and
a tail that was cut off is missed.

The database and the file of heads are those of the workspace, unless the environment names others:
{AUDIT_URL} (sqlite:////path/audit.db or postgresql+psycopg://name@host/database) and
{AUDIT_HEADS} (a file, best on another disk).

Exits with 1 when a record is missing or was changed, and when a removal comes too early."""

EXAMPLES = """\
  pellucid audit verify
  pellucid audit verify --export audit.jsonl
  pellucid audit show --action denied --newest 20
  pellucid audit show --actor dr.a@example.org --since 2026-11-01 --json
  pellucid audit show --cohort ward-3 --patient -
  pellucid audit export audit.jsonl
  pellucid audit purge --before 2020-01-01"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command and its four parts."""
    parser = new_parser(
        subparsers,
        "audit",
        summary="verify, show or export who saw what",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    parts = parser.add_subparsers(title="parts", metavar="PART", required=True)
    _add_verify(parts)
    _add_show(parts)
    export = _add_part(parts, "export", "write every record as a line of JSON")
    export.add_argument("file", metavar="FILE", type=Path, help="a new file")
    export.set_defaults(run=_with_log(_export))
    purge = _add_part(parts, "purge", "remove records whose six years are over")
    purge.add_argument("--before", metavar="DATE", type=_moment, required=True)
    purge.set_defaults(run=_with_log(_purge))


def _add_part(parts: Subparsers, name: str, summary: str) -> argparse.ArgumentParser:
    """The parser of one part, which takes --workspace as well as the whole does."""
    part = parts.add_parser(name, help=summary, formatter_class=HelpFormatter)
    part.add_argument(
        "--workspace", metavar="DIR", type=directory, default=argparse.SUPPRESS, help="as above"
    )
    return part


def _add_verify(parts: Subparsers) -> None:
    verify = _add_part(parts, "verify", "whether the record is whole and unchanged")
    verify.add_argument(
        "--export",
        metavar="FILE",
        type=Path,
        help="an exported file instead of the database; its end cannot be vouched for",
    )
    add_json_option(verify)
    verify.set_defaults(run=_verify)


def _add_show(parts: Subparsers) -> None:
    show = _add_part(parts, "show", "the newest records")
    show.add_argument("--actor", default="", help="of one person only")
    show.add_argument("--action", action="append", default=[], help="of one kind; may be repeated")
    show.add_argument(
        "--patient",
        metavar="ID",
        help="about one patient of --cohort; - asks for the id, which then stands in no history."
        " That somebody asked goes on record",
    )
    show.add_argument("--cohort", metavar="NAME", default="", help="whose patient --patient is")
    show.add_argument("--since", metavar="DATE", type=_moment, help="this day or later, in UTC")
    show.add_argument("--until", metavar="DATE", type=_moment, help="before this day, in UTC")
    show.add_argument(
        "--newest", metavar="N", type=positive_integer, default=50, help="how many (default: 50)"
    )
    add_json_option(show)
    show.set_defaults(run=_with_log(_show))


def open_log(arguments: argparse.Namespace) -> AuditLog:
    """The log of the workspace, or the one that the environment names."""
    place = audit_place(arguments)
    if not place.has_log:
        raise NotFoundError(
            "the workspace must hold an audit log",
            value=str(arguments.workspace),
            remedy="Name the workspace that the dashboard is served with.",
        )
    return place.open_log()


def _with_log(
    part: Callable[[argparse.Namespace, AuditLog], int],
) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        log = open_log(arguments)
        try:
            return part(arguments, log)
        finally:
            log.close()

    return run


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.export is None:
        return _with_log(lambda _, log: _write_verification(arguments, log.verify()))(arguments)
    from explainers.audit.export import read_records  # noqa: PLC0415 - keeps --help fast
    from explainers.audit.verification import verify_records  # noqa: PLC0415 - keeps --help fast

    return _write_verification(arguments, verify_records(read_records(arguments.export), {}))


def _write_verification(arguments: argparse.Namespace, found: Verification) -> int:
    if arguments.json:
        write_json(found.to_dict())
    elif found.is_whole:
        write_line(
            f"Whole and unchanged: {_counted(found.n_records, 'record')}, compared with"
            f" {_counted(found.n_heads, 'head')} kept outside."
        )
    else:
        write_line(f"Record {found.first_bad} is the first bad one: {found.problem}.")
        write_line(f"Sound before it: {_counted(found.n_records, 'record')}.")
    return DONE if found.is_whole else NO


def _show(arguments: argparse.Namespace, log: AuditLog) -> int:
    from explainers.audit import Action, Selection  # noqa: PLC0415 - keeps --help fast

    known = {str(action): action for action in Action}
    unknown = [name for name in arguments.action if name not in known]
    if unknown:
        raise SettingsError(
            "an action must be one that is recorded",
            value=unknown[0],
            remedy=f"They are: {', '.join(sorted(known))}.",
        )
    wanted = Selection(
        since=_text(arguments.since),
        until=_text(arguments.until),
        actor=arguments.actor,
        actions=tuple(known[name] for name in arguments.action),
        patient=_sought(arguments, log),
    )
    records = log.records(wanted, newest=arguments.newest)
    if arguments.json:
        write_json([record.to_dict() for record in records])
        return DONE
    write_table(
        ("number", "when (UTC)", "who", "role", "what", "details"),
        [_describe(record) for record in records],
    )
    write_line()
    write_line(f"{len(records):,} of {_counted(log.count(wanted), 'record')}, the newest first.")
    return DONE


def _sought(arguments: argparse.Namespace, log: AuditLog) -> str:
    """Key of the patient who is asked for, once that is on record; "" where nobody is."""
    from explainers.audit import Action, Event  # noqa: PLC0415 - keeps --help fast
    from explainers.audit.summary import find_cohort_names  # noqa: PLC0415 - keeps --help fast

    if arguments.patient is None:
        return ""
    if not arguments.cohort:
        raise SettingsError(
            "a patient is one of a cohort",
            remedy=f"Name it with --cohort. On record: {', '.join(log.ask(find_cohort_names))}.",
        )
    typed = _typed_id() if arguments.patient == "-" else arguments.patient
    key = audit_place(arguments).open_patient_keys().key(arguments.cohort, typed.strip())
    details = {"view": "audit-patient", "cohort_name": arguments.cohort}
    log.append(Event(Action.INSPECT, getpass.getuser(), ROLE, patient=key, details=details))
    return key


def _typed_id() -> str:
    """From the keyboard, without echo, or the first line of another program's output."""
    return getpass.getpass("Id of the patient: ") if sys.stdin.isatty() else sys.stdin.readline()


def _export(arguments: argparse.Namespace, log: AuditLog) -> int:
    n = log.export(arguments.file)
    write_line(f"{_counted(n, 'record')} written to {arguments.file}.")
    return DONE


def _purge(arguments: argparse.Namespace, log: AuditLog) -> int:
    n = log.purge(arguments.before, actor=getpass.getuser(), role=ROLE)
    write_line(f"{_counted(n, 'record')} removed; that is on record.")
    return DONE


def _describe(record: Record) -> tuple[str, ...]:
    event = record.event
    # Quoted as a string of Python: a name that somebody made up cannot steer the terminal.
    who = ascii(event.actor)[1:-1]
    details: dict[str, Any] = dict(event.details)
    words = " ".join(f"{name}={value}" for name, value in sorted(details.items()))
    return (str(record.seq), record.at[:19], who, event.role, str(event.action), words)


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"must be a date such as 2026-11-23, not {text}"
        ) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _text(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
