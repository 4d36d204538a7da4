"""Whether the log is whole and unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from explainers.audit.event import GENESIS, Action, Record
from explainers.errors import AuditError


@dataclass(frozen=True)
class Verification:
    """The answer.

    Attributes
    ----------
    n_records : int
        Records that were read and found sound, one after another from the first.
    first_bad : int or None
        Number of the first record that is missing, changed or out of place; None where none is.
    problem : str
        What is wrong with it; "" where nothing is.
    n_heads : int
        Heads kept outside that the records were compared with.
    """

    n_records: int
    first_bad: int | None
    problem: str
    n_heads: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing and nothing was changed."""
        return self.first_bad is None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "is_whole": self.is_whole}


def verify_records(
    records: Iterable[Record | AuditError], heads: Mapping[int, str]
) -> Verification:
    """Follow the chain from its first record and hold it against the heads kept outside.

    A log whose oldest records were removed when their time was over begins later than at 1: then a
    later record says which was the last to go, with its digest.

    Parameters
    ----------
    records : Iterable[Record or AuditError]
        In their order; an error stands for a row that holds no record.
    heads : Mapping[int, str]
        Digest by number of record.
    """
    chain = _Chain(heads)
    for record in records:
        problem = chain.check(record)
        if problem:
            return Verification(chain.n_sound, chain.expected_seq, problem, len(heads))
    first_bad, problem = chain.check_ends()
    return Verification(chain.n_sound, first_bad, problem, len(heads))


class _Chain:
    """How far the chain was followed."""

    def __init__(self, heads: Mapping[int, str]) -> None:
        self._heads = heads
        self._previous = GENESIS
        self._removed: tuple[int, str] | None = None
        self._removals: set[tuple[object, object]] = set()
        self.expected_seq = 1
        self.n_sound = 0

    def check(self, record: Record | AuditError) -> str:
        """What is wrong with the next record; "" where nothing is."""
        if isinstance(record, AuditError):
            return "it cannot be read"
        if self.n_sound == 0 and record.seq > 1:
            self._begin_after_removal(record)
        if record.seq != self.expected_seq:
            return f"it is missing: the next one has the number {record.seq}"
        if not record.is_sound:
            return "it was changed after it was written"
        if record.previous != self._previous:
            return "it does not follow from the record before it"
        if self._heads.get(record.seq, record.digest) != record.digest:
            return "it is not the record whose head was kept outside the log"
        if record.event.action is Action.PURGE:
            details = record.event.details
            self._removals.add((details.get("through"), details.get("digest")))
        self._previous = record.digest
        self.expected_seq += 1
        self.n_sound += 1
        return ""

    def check_ends(self) -> tuple[int | None, str]:
        """Number of a record missing at either end, and why; (None, "") where none is."""
        if self._removed is not None and self._removed not in self._removals:
            return self._removed[0], "it is missing, and no record says that its time was over"
        last = max(self._heads, default=0)
        if last >= self.expected_seq:
            return self.expected_seq, f"it is missing: heads up to number {last} were kept outside"
        return None, ""

    def _begin_after_removal(self, record: Record) -> None:
        self._removed = (record.seq - 1, record.previous)
        self._previous = record.previous
        self.expected_seq = record.seq
