"""What goes on record on the way through the patient screen, and that no value goes with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explainers.audit import Action, AuditLog, Event, Record
from explainers.audit.place import AuditPlace
from explainers.core import Study
from explainers.errors import AuditError
from tests.app.pages import OpenPage, texts

MODEL = "heart-xgboost"


def records(root: Path) -> list[Record]:
    log = AuditPlace.of_workspace(root).open_log()
    try:
        assert log.verify().is_whole
        return list(reversed(log.records()))
    finally:
        log.close()


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if label in button.label).click().run()


def look_at_a_patient(open_page: OpenPage, root: Path) -> AppTest:
    """Estimate, reveal, override with a reason, look again, go to the next."""
    app = open_page("patient", root, model=MODEL)
    next(box for box in app.number_input if "how many" in box.label).set_value(37)
    app = press(app, "Show the model")
    app = app.button(key="override").click().run()
    reason = next(radio for radio in app.radio if radio.key.startswith("override_reason"))
    reason.set_value("not_in_model").run()
    app = press(app, "Override the model").run()
    return app.button(key="finder_next").click().run()


def test_the_way_through_a_patient_is_on_record_once_each_and_without_a_value(
    open_page: OpenPage, tmp_path: Path, heart_study: Study
) -> None:
    """P8: what was done, on which model and patient; a search for every value finds nothing."""
    app = look_at_a_patient(open_page, tmp_path)
    assert not app.exception
    found = records(tmp_path)
    assert [str(record.event.action) for record in found] == [
        "load",
        "open_patient",
        "estimate",
        "reveal",
        "explain",
        "override",
        "open_patient",
    ]
    patients = {record.event.patient for record in found[1:]}
    assert len(patients) == 2
    assert found[5].event.details == {"reason": "not_in_model"}
    assert found[2].event.details == {"estimate_percent": 37}
    assert {record.event.model_digest for record in found} == {heart_study.model.digest}
    assert_no_value(found, heart_study)


def assert_no_value(found: list[Record], study: Study) -> None:
    """No id, and no value as a table or a page would write it, among the words of any record."""
    told = {
        str(value)
        for record in found
        for name, value in record.event.details.items()
        if name not in {"model_name", "cohort_name", "estimate_percent", "reason"}
    }
    told |= {record.event.patient for record in found}
    assert not told & {str(value) for value in study.cohort.frame.to_numpy().ravel()}
    everything = " ".join(str(record.to_dict()) for record in found)
    assert [one for one in study.cohort.patient_ids if one in everything] == []


def test_a_decision_taken_back_stays_on_record_beside_that_it_was(
    open_page: OpenPage, tmp_path: Path
) -> None:
    app = press(open_page("patient", tmp_path, model=MODEL, own_first="false"), "Agree")
    app = press(app, "Take it back")
    assert not app.exception
    assert not app.success
    assert "Nothing is decided yet" in texts(app)
    agreed, taken_back = records(tmp_path)[-2:]
    assert [str(one.event.action) for one in (agreed, taken_back)] == ["agree", "take_back"]
    assert agreed.event.patient == taken_back.event.patient != ""


def test_nothing_is_shown_of_a_patient_who_cannot_be_put_on_record(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk must not open a time in which nobody knows who looked."""

    def refuse(_: AuditLog, event: Event) -> Record:
        raise AuditError("an action must be put on record", value=str(event.action))

    monkeypatch.setattr(AuditLog, "append", refuse)
    app = open_page("patient", tmp_path, model=MODEL, own_first="false")
    assert not app.exception
    assert "an action must be put on record" in texts(app).lower()
    assert not app.get("plotly_chart")
    assert not app.table


def test_a_decision_that_cannot_be_put_on_record_is_not_made(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("patient", tmp_path, model=MODEL, own_first="false")
    append = AuditLog.append

    def refuse(log: AuditLog, event: Event) -> Record:
        if event.action is Action.AGREE:
            raise AuditError("an action must be put on record", value=str(event.action))
        return append(log, event)

    monkeypatch.setattr(AuditLog, "append", refuse)
    app = press(app, "Agree")
    assert "an action must be put on record" in texts(app).lower()
    assert not app.success
    assert "agree" not in [str(record.event.action) for record in records(tmp_path)]
