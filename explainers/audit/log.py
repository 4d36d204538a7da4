"""The append-only, hash-chained record of who saw and did what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select

from explainers.audit.database import open_engine, said_plainly, writing
from explainers.audit.event import GENESIS, Action, Detail, Event, Record
from explainers.audit.export import write_records
from explainers.audit.heads import HeadFile
from explainers.audit.tables import RECORDS, record_of, row_of
from explainers.audit.verification import Verification, verify_records
from explainers.errors import AuditError

LEAST_YEARS = 6
_AT_ONCE = 1000
_NEWEST = select(RECORDS.c.seq, RECORDS.c.digest).order_by(RECORDS.c.seq.desc()).limit(1)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Selection:
    """Which records are asked for; every part narrows, and empty parts do not.

    Attributes
    ----------
    since, until : str
        UTC as ISO 8601; from the first included to the second excluded.
    actor : str
    actions : tuple[Action, ...]
    model_digest : str
    patient : str
        Key of one patient.
    below : int
        Only records with a smaller number; 0 for all.
    """

    since: str = ""
    until: str = ""
    actor: str = ""
    actions: tuple[Action, ...] = ()
    model_digest: str = ""
    patient: str = ""
    below: int = 0

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """What the database has to hold against each record; values are bound, none is SQL."""
        asked = (
            (self.since, RECORDS.c.at >= self.since),
            (self.until, RECORDS.c.at < self.until),
            (self.actor, RECORDS.c.actor == self.actor),
            (self.actions, RECORDS.c.action.in_([str(one) for one in self.actions])),
            (self.model_digest, RECORDS.c.model_digest == self.model_digest),
            (self.patient, RECORDS.c.patient == self.patient),
            (self.below, RECORDS.c.seq < self.below),
        )
        return tuple(condition for value, condition in asked if value)


class AuditLog:
    """A log that can be added to and read, never changed.

    Many threads, processes and servers may write at once; each append waits for its turn.

    Parameters
    ----------
    url : str
        SQLite or PostgreSQL, as :func:`~explainers.audit.database.open_engine` takes them.
    heads : Path
        File of the heads, outside the database.
    retention_years : int
        How long records are kept, 6 or more: 45 CFR 164.316(b)(2)(i).

    Raises
    ------
    AuditError
        When the database cannot be opened or the retention is shorter.
    """

    def __init__(self, url: str, heads: Path, *, retention_years: int = LEAST_YEARS) -> None:
        if retention_years < LEAST_YEARS:
            raise AuditError("records are kept for six years or longer", value=retention_years)
        self.retention_years = retention_years
        self._heads = HeadFile(heads)
        self._engine: Engine = open_engine(url)

    def append(self, event: Event) -> Record:
        """Put an event on record; once this returns, a crash does not lose it.

        Raises
        ------
        AuditError
            When it could not be kept; then what was to be recorded must not happen.
        """
        return self.append_all((event,))[0]

    def append_all(self, events: Sequence[Event]) -> tuple[Record, ...]:
        """Put events on record in this order, all of them or none; else as :meth:`append`.

        What happens at once waits for the disk once.
        """
        if not events:
            return ()
        with said_plainly("an action must be put on record"), writing(self._engine) as connection:
            records = _append(connection, events)
        self._heads.append(*records)
        return records

    def records(self, wanted: Selection | None = None, *, newest: int = 100) -> tuple[Record, ...]:
        """The newest records that are wanted, newest first; AuditError where one is damaged."""
        conditions = (wanted or Selection()).conditions()
        statement = select(RECORDS).where(*conditions).order_by(RECORDS.c.seq.desc()).limit(newest)
        with said_plainly("the audit log must be readable"), self._reading() as connection:
            return tuple(record_of(row) for row in connection.execute(statement).mappings())

    def count(self, wanted: Selection | None = None) -> int:
        """How many records are wanted."""
        conditions = (wanted or Selection()).conditions()
        statement = select(func.count()).select_from(RECORDS).where(*conditions)
        with said_plainly("the audit log must be readable"), self._reading() as connection:
            return int(connection.execute(statement).scalar_one())

    def ask(self, question: Callable[[Connection], Answer]) -> Answer:
        """The answer to a question of :mod:`explainers.audit.summary`; AuditError where none is."""
        with said_plainly("the audit log must be readable"), self._reading() as connection:
            return question(connection)

    def verify(self) -> Verification:
        """Whether the log is whole and unchanged; of its records only the heads are in memory."""
        heads = self._heads.read()
        with said_plainly("the audit log must be readable"), self._reading() as connection:
            return verify_records(_stream(connection), heads)

    def export(self, path: Path) -> int:
        """Write every record into a new file, oldest first; how many there were."""
        with said_plainly("the audit log must be readable"), self._reading() as connection:
            return write_records(_stream(connection), path)

    def purge(self, before: datetime, *, actor: str, role: str) -> int:
        """Remove records whose time is over; how many went. The removal is on record itself.

        Parameters
        ----------
        before : datetime
            With its time zone; older records go.
        actor, role : str
            Who asks.

        Raises
        ------
        AuditError
            When that would remove a record too early; the attempt is on record then.
        """
        limit = _years_ago(self.retention_years)
        if before > limit:
            self.append(Event(Action.PURGE_REFUSED, actor=actor, role=role))
            raise AuditError(
                f"records are kept for {self.retention_years} years",
                value=before.date().isoformat(),
                remedy=f"Remove none that is younger than {limit.date().isoformat()}.",
            )
        with said_plainly("old records must be removable"), writing(self._engine) as connection:
            last = _last_before(connection, _iso(before))
            if last is None:
                return 0
            statement = delete(RECORDS).where(RECORDS.c.seq <= last.seq)
            n = int(connection.execute(statement).rowcount)
            details: dict[str, Detail] = {
                "through": last.seq,
                "digest": last.digest,
                "n_records": n,
            }
            purge = Event(Action.PURGE, actor=actor, role=role, details=details)
            records = _append(connection, (purge,))
        self._heads.append(*records)
        return n

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(only_read=True)


def _append(connection: Connection, events: Sequence[Event]) -> tuple[Record, ...]:
    last = connection.execute(_NEWEST).first()
    seq, previous = (1, GENESIS) if last is None else (last.seq + 1, last.digest)
    at, records = _iso(now_utc()), []
    for place, event in enumerate(events):
        records.append(Record.of(event, seq=seq + place, at=at, previous=previous))
        previous = records[-1].digest
    connection.execute(insert(RECORDS), [row_of(record) for record in records])
    return tuple(records)


def _stream(connection: Connection) -> Iterator[Record | AuditError]:
    last = 0
    while True:
        page = select(RECORDS).where(RECORDS.c.seq > last).order_by(RECORDS.c.seq).limit(_AT_ONCE)
        rows = connection.execute(page).mappings().all()
        for row in rows:
            last = row["seq"]
            try:
                yield record_of(row)
            except AuditError as error:
                yield error
        if len(rows) < _AT_ONCE:
            return


def _last_before(connection: Connection, before: str) -> Record | None:
    """The last of the records that all are older; the very last record always stays."""
    kept = select(func.min(RECORDS.c.seq)).where(RECORDS.c.at >= before)
    first_kept = connection.execute(kept).scalar()
    older = select(RECORDS).order_by(RECORDS.c.seq.desc()).limit(1)
    if first_kept is not None:
        older = older.where(RECORDS.c.seq < first_kept)
    row = connection.execute(older).mappings().first()
    return None if row is None else record_of(row)


def _years_ago(years: int) -> datetime:
    now = now_utc()
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        # The 29th of February.
        return now.replace(year=now.year - years, day=28)


def now_utc() -> datetime:
    """The present time."""
    return datetime.now(tz=UTC)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
