"""The Audit page in each of its states, for each role that has it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.context import Context
from dashboard.services import auditing
from dashboard.services.library import model_facts
from explainers.audit import Action, Event, Record, Selection
from explainers.audit.place import AuditPlace
from explainers.core import Study
from explainers.disclosure.roles import Person, Role
from explainers.errors import NotPermittedError
from tests.app.pages import texts

MODEL = "heart-xgboost"
ADMINISTRATOR, BOARD = Role.ADMINISTRATOR, Role.BOARD


def _run_page(role: str, root: str | None) -> None:
    """Body of the page under test, reached by its address."""
    from pathlib import Path  # noqa: PLC0415

    from dashboard import navigation, state  # noqa: PLC0415
    from dashboard.context import Context  # noqa: PLC0415
    from explainers.disclosure.roles import Person, Role  # noqa: PLC0415

    ctx = Context(Path(root) if root else None, Person("sub-1", "Somebody", Role(role)))
    state.set_context(ctx)
    state.begin_page()
    entry = next(entry for entry in navigation.PAGES if entry.name == "audit")
    navigation._render(ctx, entry)
    state.end_page()


def reach(role: Role, root: Path | None, **address: str) -> AppTest:
    where = None if root is None else str(root)
    app = AppTest.from_function(_run_page, args=(str(role), where), default_timeout=90)
    for name, value in address.items():
        app.query_params[name] = value
    app = app.run()
    assert not app.exception
    return app


def on_record(root: Path) -> list[Record]:
    log = AuditPlace.of_workspace(root).open_log()
    try:
        return list(reversed(log.records()))
    finally:
        log.close()


def sent(app: AppTest) -> str:
    """All that goes to the browser."""
    return "\n".join(str(element.proto) for element in app.main if hasattr(element, "proto"))


@pytest.fixture
def recorded(tmp_path: Path, heart_study: Study, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of last month: 60 patients opened and decided on, and a refusal; three looks today."""
    place = AuditPlace.of_workspace(tmp_path)
    log, keys = place.open_log(), place.open_patient_keys()
    name = heart_study.cohort.schema.facts.name
    digests = {"model_digest": heart_study.model.digest, "cohort_digest": heart_study.cohort.digest}

    def write(action: Action, at: int | None = None, **details: str) -> None:
        patient = "" if at is None else keys.key(name, heart_study.cohort.patient_ids[at])
        event = Event(
            action, "dr.a", "clinician", patient=patient, details=details,
            **(digests if patient else {}),
        )  # fmt: skip
        log.append(event)

    last_month = auditing.this_month().replace(day=1).toordinal() - 3
    then = datetime.fromordinal(last_month).replace(tzinfo=UTC)
    monkeypatch.setattr("explainers.audit.log.now_utc", lambda: then)
    for at in range(60):
        write(Action.OPEN_PATIENT, at)
        write(*((Action.OVERRIDE, at) if at % 3 == 0 else (Action.AGREE, at)))
    write(Action.DENIED, permission="patient", view="compare")
    monkeypatch.undo()
    for at in range(3):
        write(Action.OPEN_PATIENT, at)
    log.close()
    return tmp_path


def test_without_a_workspace_it_says_loudly_that_nothing_is_kept() -> None:
    app = reach(ADMINISTRATOR, None)
    assert "so nobody's looks and decisions are kept" in texts(app)
    assert app.error
    assert not app.button


def test_before_the_first_look_it_says_that_nothing_is_on_record(tmp_path: Path) -> None:
    app = reach(ADMINISTRATOR, tmp_path)
    assert "Nothing is on record yet" in texts(app)
    assert on_record(tmp_path) == []


def test_an_administrator_sees_who_looked_and_how_many_patients(recorded: Path) -> None:
    app = reach(ADMINISTRATOR, recorded, audit_period="quarter")
    (people,) = [table.value for table in app.table if "Different patients opened" in table.value]
    assert people["Who"].tolist() == ["dr\\.a"] or people["Who"].tolist() == ["dr.a"]
    # Longer times are counted up to midnight: the three looks of today are not in it.
    assert people["Different patients opened"].tolist() == ["60"]
    live = reach(ADMINISTRATOR, recorded, audit_period="week")
    (people,) = [table.value for table in live.table if "Different patients opened" in table.value]
    assert "3" in people["Different patients opened"].tolist()
    assert on_record(recorded)[-1].event.action is Action.INSPECT


def test_small_numbers_of_acts_about_patients_are_withheld_from_a_board(recorded: Path) -> None:
    """P11: also where somebody was busy with three patients only."""
    ctx = Context(recorded, Person("sub-1", "Somebody", BOARD))
    counts = auditing.activity(ctx, Selection(), "day")
    assert 3 not in {one.n for one in counts if one.action == Action.OPEN_PATIENT}
    assert None in {one.n for one in counts}
    assert auditing.released(Action.DENIED, 3) == 3
    assert [auditing.released(Action.EXPLAIN, n) for n in (0, 1, 10, 11)] == [0, None, None, 11]
    app = reach(BOARD, recorded, audit_period="week")
    assert "not on offer" in texts(app)


def test_overrides_by_group_are_counted_from_the_keys_and_small_ones_withheld(
    recorded: Path,
) -> None:
    """Prevents a join on the wrong cohort, and today's decisions from being told."""
    ctx = Context(recorded, Person("sub-1", "Somebody", BOARD))
    found = auditing.decisions_by_group(ctx, model_facts(ctx, MODEL), "sex")
    assert (found.n_decided, found.n_elsewhere) == (60, 0)
    assert found.tables.overridden.overall.value == 20 / 60
    app = reach(BOARD, recorded, audit_part="decisions", audit_of=MODEL)
    assert "one for each patient" in texts(app)
    assert app.get("plotly_chart")


@pytest.mark.parametrize("role", [BOARD, ADMINISTRATOR])
def test_no_page_of_it_holds_a_patient_or_a_key(
    role: Role, recorded: Path, heart_study: Study
) -> None:
    keys = {one.event.patient for one in on_record(recorded)} - {""}
    assert len(keys) > 50
    for part in ("activity", "decisions", "refusals", "records"):
        told = sent(reach(role, recorded, audit_part=part, audit_of=MODEL, audit_kind="all"))
        assert [key for key in keys if key in told] == []
        assert [one for one in heart_study.cohort.patient_ids if one in told] == []


def test_a_board_cannot_reach_single_entries_by_address(recorded: Path) -> None:
    for part in ("records", "patient"):
        app = reach(BOARD, recorded, audit_part=part)
        assert "Not for your role" in texts(app)
        assert not app.table
        assert not app.text_input
        denied = on_record(recorded)[-1].event
        assert denied.action is Action.DENIED
        assert denied.details == {"permission": "records", "view": f"audit-{part}"}
    ctx = Context(recorded, Person("sub-1", "Somebody", BOARD))
    for asked in (auditing.records, auditing.records_to_export):
        with pytest.raises(NotPermittedError):
            asked(ctx, Selection())
    with pytest.raises(NotPermittedError):
        auditing.seek_patient(ctx, "heart", "HD-1")
    with pytest.raises(NotPermittedError):
        auditing.cohorts_on_record(ctx)


def test_who_opened_a_patient_is_found_by_id_and_the_question_is_on_record(
    recorded: Path, heart_study: Study
) -> None:
    """The typed id must stand in no address and in no record, and its key must not leave."""
    app = reach(ADMINISTRATOR, recorded, audit_part="patient")
    cohort, patient = heart_study.cohort.schema.facts.name, heart_study.cohort.patient_ids[0]
    app.selectbox(key="audit_cohort").set_value(cohort)
    app = app.text_input(key="audit_patient_id").set_value(f" {patient} ").run()
    assert not app.exception
    assert "Times opened: 2. Different people who did: 1." in texts(app)
    (table,) = [one.value for one in app.table]
    assert table["What"].tolist() == [
        "Looked at this record", "Opened a patient", "Overrode", "Opened a patient",
    ]  # fmt: skip
    asked = on_record(recorded)[-1]
    key = AuditPlace.of_workspace(recorded).open_patient_keys().key(cohort, patient)
    assert (asked.event.action, asked.event.patient) == (Action.INSPECT, key)
    assert patient not in str(asked.to_dict())
    assert key not in sent(app)
    assert patient not in str(dict(app.query_params))
    app = app.text_input(key="audit_patient_id").set_value("nobody").run()
    assert "Nobody has opened a patient of this id" in texts(app)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.TEACHER])
def test_nobody_else_reads_any_of_it_wherever_they_ask(role: Role, recorded: Path) -> None:
    ctx = Context(recorded, Person("sub-1", "Somebody", role))
    facts = model_facts(ctx, MODEL)
    asked = (
        lambda: auditing.chain_state(ctx),
        lambda: auditing.verify_now(ctx),
        lambda: auditing.activity(ctx, Selection(), "day"),
        lambda: auditing.actors(ctx, Selection(), "day"),
        lambda: auditing.denied(ctx, Selection()),
        lambda: auditing.decisions_by_group(ctx, facts, "sex"),
    )
    for ask in asked:
        with pytest.raises(NotPermittedError):
            ask()


def test_a_board_sees_who_was_refused_what(recorded: Path) -> None:
    app = reach(BOARD, recorded, audit_part="refusals", audit_period="all")
    (table,) = [one.value for one in app.table]
    assert (
        "asked for Compare, which needs permission to see single patients"
        in (table["Details"].tolist()[0])
    )


def test_pages_of_entries_and_the_file_of_them(recorded: Path) -> None:
    app = reach(ADMINISTRATOR, recorded, audit_part="records", audit_kind="reads")
    app = app.selectbox(key="audit_period").set_value("all").run()
    assert len(app.table[0].value) == auditing.AT_ONCE
    app = app.button(key="audit_older").click().run()
    assert len(app.table[0].value) == 63 - auditing.AT_ONCE
    app = app.button(key="audit_newest").click().run()
    assert len(app.table[0].value) == auditing.AT_ONCE
    assert not app.exception


def test_verifying_is_on_record_and_a_changed_entry_is_named(recorded: Path) -> None:
    app = reach(ADMINISTRATOR, recorded).button(key="audit_verify").click().run()
    assert "Whole and unchanged up to entry" in app.success[0].value
    assert Action.VERIFY in {one.event.action for one in on_record(recorded)}
    with sqlite3.connect(recorded / "audit" / "audit.db") as connection:
        connection.execute("DROP TRIGGER records_are_not_changed")
        connection.execute("UPDATE records SET actor = 'nobody' WHERE seq = 7")
    connection.close()
    app = app.button(key="audit_verify").click().run()
    assert "Up to entry 6 it is sound" in app.error[0].value
    assert "it was changed after it was written" in texts(app)
    later = reach(BOARD, recorded)
    assert "Up to entry 6 it is sound" in later.error[0].value
