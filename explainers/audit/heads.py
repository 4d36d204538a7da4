"""The heads of the log, kept outside it: what finds a tail that was cut off."""

from __future__ import annotations

import os
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from explainers.audit.event import Record
from explainers.errors import AuditError

_LINE = re.compile(r"([1-9][0-9]{0,17}) ([0-9a-f]{64})")
# What a full disk or a crash may leave of a line.
_FRAGMENT = re.compile(r"([1-9][0-9]{0,17}( [0-9a-f]{0,63})?)?")
_DIGEST_BYTES = 32


class Heads(Mapping[int, str]):
    """Digest by number of record, in 40 bytes each: a log of years has millions.

    Parameters
    ----------
    seqs : array of int64
        Numbers in the order in which they were kept; of a number kept twice the first stands.
    digests : bytes
        32 for each.
    """

    def __init__(self, seqs: array[int], digests: bytes) -> None:
        # The first stands: a record appended after the tail was cut off bears a number that was
        # kept before, and its head would cover up what is missing.
        found, places = np.unique(np.frombuffer(seqs, dtype=np.int64), return_index=True)
        self._seqs = array("q", found.tobytes())
        self._places = array("q", places.astype(np.int64).tobytes())
        self._digests = digests

    def __getitem__(self, seq: int) -> str:
        at = bisect_left(self._seqs, seq)
        if at == len(self._seqs) or self._seqs[at] != seq:
            raise KeyError(seq)
        start = self._places[at] * _DIGEST_BYTES
        return self._digests[start : start + _DIGEST_BYTES].hex()

    def __iter__(self) -> Iterator[int]:
        return iter(self._seqs)

    def __len__(self) -> int:
        return len(self._seqs)


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

    def append(self, *records: Record) -> None:
        """Add the heads of records; AuditError where that is not possible.

        One short write to a file opened for appending: writers at once do not mix their lines. A
        line begins with its line break, so that the rest of a torn one stays by itself.
        """
        lines = "".join(f"\n{one.seq} {one.digest}" for one in records).encode("ascii")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                written = os.write(descriptor, lines)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _unwritable(self.path) from error
        if written != len(lines):
            raise _unwritable(self.path)

    def read(self) -> Heads:
        """Digest by number of record, line by line; of one cut short by a crash nothing is taken.

        Raises
        ------
        AuditError
            When the file cannot be read, or a line in it is none.
        """
        seqs, digests = array("q"), bytearray()
        try:
            if self.path.exists():
                with self.path.open(encoding="ascii", newline="\n") as file:
                    for line in file:
                        _add(line.removesuffix("\n"), seqs, digests)
        except (OSError, ValueError) as error:
            raise AuditError("the heads of the log must be readable") from error
        return Heads(seqs, bytes(digests))


def _add(line: str, seqs: array[int], digests: bytearray) -> None:
    found = _LINE.fullmatch(line)
    if found is not None:
        seqs.append(int(found[1]))
        digests += bytes.fromhex(found[2])
    elif not _FRAGMENT.fullmatch(line):
        raise AuditError(
            "every line of the heads is a number and a digest",
            value=line[:80],
            remedy="Restore the file from a backup; the log itself can still be shown.",
        )


def _unwritable(path: Path) -> AuditError:
    return AuditError(
        "an action is on record only when its head is kept too",
        value=str(path),
        remedy="Make room, or make the file writable, and do it again.",
    )
