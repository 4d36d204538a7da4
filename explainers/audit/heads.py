"""The heads of the log, kept outside it: what finds a tail that was cut off."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from explainers.audit.event import Record
from explainers.errors import AuditError

_LINE = re.compile(r"([1-9][0-9]{0,17}) ([0-9a-f]{64})")
# What a full disk or a crash may leave of a line.
_FRAGMENT = re.compile(r"([1-9][0-9]{0,17}( [0-9a-f]{0,63})?)?")


class HeadFile:
    """One line per record, ``seq digest``, in a file that is only ever added to.

    It belongs on another disk, or on another machine's, than the log: whoever can change the one
    should not be able to change the other.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, record: Record) -> None:
        """Add a record's head; AuditError where that is not possible.

        One short write to a file opened for appending: writers at once do not mix their lines. A
        line begins with its line break, so that the rest of a torn one stays by itself.
        """
        line = f"\n{record.seq} {record.digest}".encode("ascii")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                written = os.write(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _unwritable(self.path) from error
        if written != len(line):
            raise _unwritable(self.path)

    def read(self) -> Mapping[int, str]:
        """Digest by number of record; of a line cut short by a crash nothing is taken.

        Raises
        ------
        AuditError
            When the file cannot be read, or a line in it is none.
        """
        try:
            text = self.path.read_text("ascii") if self.path.exists() else ""
        except (OSError, ValueError) as error:
            raise AuditError("the heads of the log must be readable") from error
        heads: dict[int, str] = {}
        for line in text.split("\n"):
            found = _LINE.fullmatch(line)
            if found is not None:
                # A record appended after the tail was cut off bears a number that was kept before:
                # the first head stands, or the new one would cover up what is missing.
                heads.setdefault(int(found[1]), found[2])
            elif not _FRAGMENT.fullmatch(line):
                raise AuditError(
                    "every line of the heads is a number and a digest",
                    value=line,
                    remedy="Restore the file from a backup; the log itself can still be shown.",
                )
        return heads


def _unwritable(path: Path) -> AuditError:
    return AuditError(
        "an action is on record only when its head is kept too",
        value=str(path),
        remedy="Make room, or make the file writable, and do it again.",
    )
