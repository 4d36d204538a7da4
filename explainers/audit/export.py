"""The log as a file of lines, which whoever receives it can verify for themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from explainers.audit.event import Event, Record
from explainers.errors import AuditError


def write_records(records: Iterable[Record | AuditError], path: Path) -> int:
    """Write each record as a line of JSON; how many there were.

    Raises
    ------
    AuditError
        When a row holds no record, or the file exists already or cannot be written.
    """
    n = 0
    try:
        with path.open("x", encoding="ascii") as file:
            for record in records:
                if isinstance(record, AuditError):
                    raise record
                file.write(json.dumps(record.to_dict(), sort_keys=True) + "\n")
                n += 1
    except OSError as error:
        raise AuditError(
            "an export goes into a new file that can be written",
            value=str(path),
            remedy="Name another one; nothing is ever written over.",
        ) from error
    return n


def read_records(path: Path) -> Iterator[Record | AuditError]:
    """The records of an exported file in their order; an error stands for a line that is none."""
    try:
        with path.open(encoding="ascii") as file:
            for line in file:
                yield read_record(line)
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError("an export must be readable", value=str(path)) from error


def read_record(line: str) -> Record | AuditError:
    """The record in a line; an error that is returned, not raised, where it holds none."""
    try:
        values = json.loads(line)
        place = {name: values.pop(name) for name in ("seq", "at", "previous", "digest")}
        return Record(event=Event.from_dict(values), **place)
    except (AuditError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return AuditError("a line of an export must hold a record", value=str(error))
