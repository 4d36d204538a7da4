"""Counts of the record, on SQLite and on PostgreSQL, and the end of its chain."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from explainers.audit import Action, AuditLog, Event, Selection
from explainers.audit.summary import (
    count_activity,
    count_by_actor,
    find_cohort_names,
    find_head,
    find_last_check,
    standing_by_month,
    start_of,
)
from tests.unit.audit.conftest import OpenLog
from tests.unit.audit.test_audit_log import tamper

MODEL = "a" * 64
PATIENTS = tuple(digit * 32 for digit in "123")


def write(
    log: AuditLog, action: Action, patient: str = "", actor: str = "dr.a", **details: object
) -> None:
    log.append(
        Event(action, actor, "clinician", patient=patient, model_digest=MODEL, details=details)
    )


@pytest.fixture
def log(open_log: OpenLog, monkeypatch: pytest.MonkeyPatch) -> AuditLog:
    """Two looks on a Sunday, the rest on the Monday after, in another month."""
    found = open_log()
    monkeypatch.setattr(
        "explainers.audit.log.now_utc", lambda: datetime(2026, 5, 31, 23, 59, tzinfo=UTC)
    )
    write(found, Action.OPEN_PATIENT, PATIENTS[0])
    write(found, Action.OPEN_PATIENT, PATIENTS[0])
    monkeypatch.setattr(
        "explainers.audit.log.now_utc", lambda: datetime(2026, 6, 1, 0, 1, tzinfo=UTC)
    )
    write(found, Action.OPEN_PATIENT, PATIENTS[1], actor="dr.b")
    write(found, Action.OVERRIDE, PATIENTS[0], reason="wrong_input")
    write(found, Action.AGREE, PATIENTS[1])
    write(found, Action.SET_ASIDE, PATIENTS[2])
    write(found, Action.TAKE_BACK, PATIENTS[2])
    return found


@pytest.mark.parametrize(
    ("step", "starts"),
    [
        ("day", {"2026-05-31": 2, "2026-06-01": 1}),
        ("week", {"2026-05-25": 2, "2026-06-01": 1}),
        ("month", {"2026-05-01": 2, "2026-06-01": 1}),
    ],
)
def test_looks_are_counted_in_the_period_they_lie_in(
    log: AuditLog, step: str, starts: dict[str, int]
) -> None:
    """Prevents a week that begins on Sunday, and a look around midnight in two periods."""
    counts = log.ask(partial(count_activity, wanted=Selection(), step=step))
    looks = {one.start: one.n for one in counts if one.action == Action.OPEN_PATIENT}
    assert looks == starts
    assert sum(one.n or 0 for one in counts) == 7


def test_a_patient_opened_twice_is_one_patient(log: AuditLog) -> None:
    counts = log.ask(partial(count_by_actor, wanted=Selection()))
    opened = {one.actor: one for one in counts if one.action == Action.OPEN_PATIENT}
    assert {name: (one.n, one.n_patients) for name, one in opened.items()} == {
        "dr.a": (2, 1),
        "dr.b": (1, 1),
    }
    assert opened["dr.a"].last.startswith("2026-05-31")


def test_the_last_decision_stands_unless_it_was_taken_back(log: AuditLog) -> None:
    """Prevents a decision that was taken back, or replaced, from counting as made."""
    asked = partial(standing_by_month, wanted=Selection(model_digest=MODEL))
    (june,) = log.ask(asked)
    assert june.start == "2026-06-01"
    assert {(one.patient, one.action, one.reason) for one in june.decisions} == {
        (PATIENTS[0], Action.OVERRIDE, "wrong_input"),
        (PATIENTS[1], Action.AGREE, ""),
    }
    write(log, Action.AGREE, PATIENTS[0])
    assert {one.action for one in log.ask(asked)[-1].decisions} == {Action.AGREE}
    none = partial(standing_by_month, wanted=Selection(model_digest="b" * 64))
    assert log.ask(none) == ()


def test_what_stood_at_the_end_of_a_month_is_not_changed_by_later_ones(
    log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents a month from being told with decisions that were made after it."""
    later = datetime(2026, 8, 3, 8, 0, tzinfo=UTC)
    monkeypatch.setattr("explainers.audit.log.now_utc", lambda: later)
    write(log, Action.TAKE_BACK, PATIENTS[1])
    june, august = log.ask(partial(standing_by_month, wanted=Selection(model_digest=MODEL)))
    assert (june.start, august.start) == ("2026-06-01", "2026-08-01")
    assert {one.patient for one in june.decisions} == set(PATIENTS[:2])
    assert {one.patient for one in august.decisions} == {PATIENTS[0]}


def test_the_end_of_the_chain_and_the_last_check(log: AuditLog) -> None:
    assert log.ask(find_last_check) is None
    head = log.ask(find_head)
    assert (head.n_records, head.seq) == (7, 7)
    write(log, Action.VERIFY, through=7, reason="whole")
    checked = log.ask(find_last_check)
    assert checked is not None
    assert (checked.through, checked.first_bad) == (7, None)
    write(log, Action.VERIFY, through=3, reason="broken")
    checked = log.ask(find_last_check)
    assert checked is not None
    assert checked.first_bad == 4


def test_pages_follow_one_another_without_gap_or_repetition(log: AuditLog) -> None:
    first = log.records(newest=3)
    second = log.records(Selection(below=first[-1].seq), newest=10)
    assert [one.seq for one in (*first, *second)] == [7, 6, 5, 4, 3, 2, 1]
    assert log.count(Selection(model_digest="b" * 64)) == 0


def test_entries_after_a_cut_tail_do_not_cover_it_up(log: AuditLog) -> None:
    """Prevents as many new records as were cut off from hiding the cut: they bear their numbers."""
    tamper(log, "DELETE FROM records WHERE seq > 4")
    for _ in range(4):
        write(log, Action.LOAD)
    assert log.verify().first_bad == 5


def test_what_was_done_about_one_patient_is_found_by_key(log: AuditLog) -> None:
    asked = Selection(patient=PATIENTS[0])
    assert {one.event.action for one in log.records(asked)} == {
        Action.OPEN_PATIENT,
        Action.OVERRIDE,
    }
    assert log.count(asked) == 3
    assert log.count(Selection(patient="9" * 32)) == 0


def test_cohorts_that_are_gone_can_still_be_asked_for(log: AuditLog) -> None:
    """Prevents a cohort's removal from hiding who looked at its patients."""
    assert log.ask(find_cohort_names) == ()
    for name in ("ward-2", "ward-1", "ward-2"):
        write(log, Action.LOAD, model_name="m", cohort_name=name)
    write(log, Action.REGISTER, model_name="second")
    write(log, Action.REGISTER, cohort_name="new")
    assert log.ask(find_cohort_names) == ("new", "ward-1", "ward-2")


def test_a_month_begins_on_its_first_day() -> None:
    assert start_of("2026-05", "month") == "2026-05-01"
    assert start_of("2026-06-07", "week") == "2026-06-01"
