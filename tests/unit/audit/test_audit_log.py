from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from explainers.audit import Action, AuditLog, Event, Selection
from explainers.audit.database import writing
from explainers.audit.event import GENESIS, Record
from explainers.audit.export import read_record, read_records
from explainers.audit.tables import RECORDS, row_of
from explainers.audit.verification import verify_records
from explainers.errors import AuditError
from tests.unit.audit.conftest import OpenLog

LOCKS = ("records_are_not_changed", "records_are_kept")


def event(
    action: Action = Action.EXPLAIN, actor: str = "dr.a@example.org", **parts: object
) -> Event:
    return Event(action, actor=actor, role="clinician", **parts)


def fill(log: AuditLog, n: int = 5) -> list[Record]:
    return [log.append(event(details={"risk_percent": k})) for k in range(n)]


def tamper(log: AuditLog, *statements: str) -> None:
    """What somebody with the database's own password can do."""
    with writing(log._engine) as connection:
        for name in LOCKS:
            where = " ON records" if log._engine.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}{where}"))
        for statement in statements:
            connection.execute(text(statement))


def test_records_follow_one_another_and_the_log_is_whole(open_log: OpenLog) -> None:
    log = open_log()
    written = fill(log)
    assert [record.seq for record in written] == [1, 2, 3, 4, 5]
    assert written[0].previous == GENESIS
    assert all(after.previous == before.digest for before, after in pairwise(written))
    assert log.records() == tuple(reversed(written))
    found = log.verify()
    assert found.is_whole
    assert (found.n_records, found.n_heads) == (5, 5)


def test_a_second_start_goes_on_where_the_first_ended(open_log: OpenLog) -> None:
    """Prevents a restart, which runs the migrations again, from starting a new chain."""
    fill(open_log(), 2)
    again = open_log()
    assert again.append(event()).seq == 3
    assert again.verify().n_records == 3


def test_an_empty_log_is_whole(open_log: OpenLog) -> None:
    assert open_log().verify().is_whole


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        ("UPDATE records SET actor = 'dr.b@example.org' WHERE seq = 3", 3),
        ("UPDATE records SET details = '{\"risk_percent\": 9}' WHERE seq = 2", 2),
        ("UPDATE records SET at = '2020-01-01T00:00:00.000000' WHERE seq = 1", 1),
        ("UPDATE records SET action = 'nonsense' WHERE seq = 4", 4),
        ("UPDATE records SET details = '[' WHERE seq = 4", 4),
        ("UPDATE records SET previous = digest WHERE seq = 5", 5),
        ("DELETE FROM records WHERE seq = 3", 3),
        ("DELETE FROM records WHERE seq = 5", 5),
        ("DELETE FROM records WHERE seq <= 2", 2),
        ("DELETE FROM records", 1),
        ("UPDATE records SET seq = 99 WHERE seq = 4", 4),
    ],
)
def test_whatever_was_changed_the_first_bad_record_is_named(
    open_log: OpenLog, change: str, first_bad: int
) -> None:
    log = open_log()
    fill(log)
    tamper(log, change)
    assert log.verify().first_bad == first_bad


def test_a_chain_written_anew_is_found_by_the_heads_outside(open_log: OpenLog) -> None:
    """Prevents whoever owns the database from replacing history by another sound chain."""
    log = open_log()
    fill(log, 3)
    tamper(log, "DELETE FROM records")
    previous = GENESIS
    with writing(log._engine) as connection:
        for seq in (1, 2, 3):
            forged = Record.of(
                event(actor="nobody"), seq=seq, at="2026-01-01T00:00:00.000000", previous=previous
            )
            connection.execute(RECORDS.insert(), row_of(forged))
            previous = forged.digest
    found = log.verify()
    assert found.first_bad == 1
    assert "outside the log" in found.problem


def test_every_single_flipped_byte_of_a_record_is_found() -> None:
    """Each character of an exported record is changed in turn; none may pass."""
    chain = []
    previous = GENESIS
    for seq in (1, 2, 3):
        chain.append(
            Record.of(event(), seq=seq, at=f"2026-01-0{seq}T00:00:00.000000", previous=previous)
        )
        previous = chain[-1].digest
    line = json.dumps(chain[1].to_dict(), sort_keys=True)
    for position in range(len(line)):
        changed = line[:position] + ("0" if line[position] != "0" else "1") + line[position + 1 :]
        found = verify_records([chain[0], read_record(changed), chain[2]], {})
        assert found.first_bad == 2, changed


def test_the_database_itself_refuses_to_change_or_remove(open_log: OpenLog) -> None:
    log = open_log()
    fill(log)
    for statement in ("UPDATE records SET role = 'board'", "DELETE FROM records WHERE seq = 1"):
        with pytest.raises(Exception, match="audit log"), writing(log._engine) as connection:
            connection.execute(text(statement))
    assert log.verify().n_records == 5


def test_only_what_is_asked_for_is_returned_and_text_is_never_sql(open_log: OpenLog) -> None:
    log = open_log()
    hostile = "' OR 1=1; DROP TABLE records; --"
    log.append(event(actor=hostile))
    log.append(event(Action.DENIED))
    assert [one.event.action for one in log.records(Selection(actions=(Action.DENIED,)))] == [
        Action.DENIED
    ]
    assert log.count(Selection(actor=hostile)) == 1
    assert log.count(Selection(actor="' OR '1'='1")) == 0
    assert log.count(Selection(since="2000", until="2001")) == 0
    assert log.count() == 2
    assert len(log.records(newest=1)) == 1


def test_an_export_is_verified_without_the_database(open_log: OpenLog, tmp_path: Path) -> None:
    log = open_log()
    fill(log)
    target = tmp_path / "audit.jsonl"
    assert log.export(target) == 5
    assert verify_records(read_records(target), {}).n_records == 5
    target.write_text(target.read_text("ascii").replace('"risk_percent": 2', '"risk_percent": 7'))
    assert verify_records(read_records(target), {}).first_bad == 3
    with pytest.raises(AuditError, match="new file"):
        log.export(target)


def test_nothing_is_removed_before_its_time_and_the_attempt_is_on_record(open_log: OpenLog) -> None:
    log = open_log()
    fill(log, 2)
    with pytest.raises(AuditError, match="kept for 6 years"):
        log.purge(datetime.now(tz=UTC), actor="root", role="administrator")
    assert log.records(newest=1)[0].event.action is Action.PURGE_REFUSED
    assert (
        log.purge(
            datetime.now(tz=UTC) - timedelta(days=6 * 366 + 2), actor="root", role="administrator"
        )
        == 0
    )
    assert log.verify().n_records == 3


def test_after_their_time_old_records_go_and_the_rest_still_verifies(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log()
    then = datetime.now(tz=UTC) - timedelta(days=7 * 366)
    monkeypatch.setattr("explainers.audit.log.now_utc", lambda: then)
    fill(log, 3)
    monkeypatch.undo()
    fill(log, 2)
    limit = datetime.now(tz=UTC) - timedelta(days=6 * 366 + 2)
    assert log.purge(limit, actor="root", role="administrator") == 3
    assert [one.seq for one in log.records()] == [6, 5, 4]
    assert log.verify().is_whole
    tamper(log, "DELETE FROM records WHERE seq = 4")
    assert log.verify().first_bad == 4


def test_a_log_of_a_newer_version_is_refused_and_left_as_it_is(open_log: OpenLog) -> None:
    """Prevents an older program, run by mistake, from writing into a table it does not know."""
    log = open_log()
    fill(log, 2)
    tamper(log, "UPDATE alembic_version SET version_num = 'of_next_year'")
    with pytest.raises(AuditError, match="newer version"):
        open_log()
    assert log.count() == 2


def test_a_shorter_retention_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="six years"):
        AuditLog(f"sqlite:///{tmp_path}/a.db", tmp_path / "heads", retention_years=5)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite:////proc/no/such/place.db"])
def test_a_database_that_cannot_be_one_is_refused_without_its_password(
    tmp_path: Path, url: str
) -> None:
    with pytest.raises(AuditError, match=r"audit log|SQLite or PostgreSQL"):
        AuditLog(url, tmp_path / "heads")


@pytest.mark.parametrize(
    "parts",
    [
        {"actor": ""},
        {"actor": "a\nb"},
        {"actor": "a" * 256},
        {"patient": "NH-93705"},
        {"model_digest": "<script>"},
        {"details": {"bmi": 31.0}},
        {"details": {"reason": "the patient, Jane Doe, said no"}},
        {"details": {"risk_percent": float("nan")}},
        {"details": {"risk_percent": True}},
    ],
)
def test_nothing_of_a_patient_can_be_put_on_record(parts: dict[str, object]) -> None:
    with pytest.raises(AuditError):
        event(**parts)
