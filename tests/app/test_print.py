"""The page to take away is offered where the risk was shown, and not before."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import print_page
from dashboard.view_models.print_page import printed
from explainers.reports import PatientPage
from tests.app.pages import OpenPage, texts

MODEL = "heart-xgboost"


def offer(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> tuple[AppTest, list[PatientPage]]:
    """Open the dialog; the pages whose PDF it would make."""
    made: list[PatientPage] = []
    build = print_page.patient_page

    def keep(*args: object, **settings: object) -> PatientPage:
        made.append(build(*args, **settings))
        return made[-1]

    monkeypatch.setattr(print_page, "patient_page", keep)
    return app.button(key="print").click().run(), made


def test_nothing_is_printed_before_the_risk_is_shown(open_page: OpenPage) -> None:
    app = open_page("patient", model=MODEL)
    assert not [button for button in app.button if button.key == "print"]


def test_the_page_is_in_the_unit_and_the_detail_of_the_screen(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record in another unit than was seen would be a record of something else."""
    app = open_page("patient", model=MODEL, own_first="false", unit="log-odds", detail="features")
    app, pages = offer(app, monkeypatch)
    assert not app.exception
    (page,) = pages
    assert page.reasons.scale == "log-odds"
    shown = {printed(line) for line in texts(app).splitlines()}
    for line in (*page.risk.lines, page.reasons.notes[0], page.reasons.notes[1]):
        assert line in shown
    labels = {row.label for row in page.reasons.rows}
    assert "Age and sex" not in labels


def test_the_id_is_left_out_until_it_is_asked_for(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("patient", model=MODEL, own_first="false")
    app, pages = offer(app, monkeypatch)
    place = next(line.value for line in app.caption if "held-out patients" in line.value)
    patient_id = re.search(r"Patient \*\*(\S+)\*\*", place)
    assert patient_id is not None
    assert patient_id[1] not in repr(pages[-1])
    assert app.checkbox(key="print_with_id").value is False
    names = [one.proto.label for one in app.get("download_button")]
    assert names == ["Print as PDF", "As HTML"]


def test_a_decision_is_on_the_page(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("patient", model=MODEL, own_first="false")
    app = next(button for button in app.button if button.label == "Set aside").click().run()
    app, pages = offer(app, monkeypatch)
    assert pages[-1].decision.lines[0] in [done.value for done in app.success]
