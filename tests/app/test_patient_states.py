"""States of the patient screen that a clinician must be told of in words."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explainers.core.cohort import Cohort
from explainers.errors import SettingsError
from explainers.workspace import Workspace
from tests.app.pages import OpenPage, add_cohort, add_model, texts

MODEL = "heart-xgboost"


def open_patient(open_page: OpenPage, patient_id: str, **address: str) -> AppTest:
    app = open_page("patient", model=MODEL, own_first="false", **address)
    return app.text_input(key="patient_search").input(patient_id).run()


def fails(*_args: object, **_settings: object) -> None:
    raise SettingsError("this cannot be worked out", remedy="Ask for something else.")


@pytest.mark.parametrize(
    ("component", "service"),
    [
        ("validity", "groups_of"),
        ("reasons", "explanation"),
        ("similar_patients", "similar_to"),
    ],
)
def test_a_part_that_fails_leaves_the_others(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, component: str, service: str
) -> None:
    """An error in one part took the risk, or the decision, from the screen."""
    monkeypatch.setattr(import_module(f"dashboard.components.{component}"), service, fails)
    app = open_page("patient", model=MODEL, own_first="false")
    assert not app.exception
    (error,) = app.error
    assert error.value.startswith("This cannot be worked out.")
    assert "The rest of the page is not affected." in error.value
    headings = [heading.value for heading in app.header]
    for other in (
        "Read this before the risk",
        "Reasons",
        "Patients like this one",
        "Your decision",
    ):
        assert other in headings
    assert any("Agree" in button.label for button in app.button)


def test_an_unusual_patient_is_told_above_the_risk_and_above_the_reasons(
    open_page: OpenPage,
) -> None:
    app = open_patient(open_page, "HD-058")
    warnings = [warning.value for warning in app.warning]
    assert any("**very unusual** among the" in line for line in warnings)
    assert any("hardly anybody like this patient" in line for line in warnings)


@pytest.mark.parametrize(
    ("patient_id", "rule"),
    [
        ("HD-007", "Of the 5 largest single inputs, at least 3 must be the same"),
        ("HD-050", "three largest clinical concepts must point in the same direction"),
    ],
)
def test_reasons_are_withheld_with_the_rule_that_was_broken(
    open_page: OpenPage, patient_id: str, rule: str
) -> None:
    """A sentence of reasons beside a chart that contradicts it is worse than none."""
    app = open_patient(open_page, patient_id)
    (withheld,) = (w.value for w in app.warning if "methods disagree" in w.value)
    assert rule in withheld
    assert "raises the risk most" not in texts(app)


def test_the_words_for_patients_tell_learnt_from_and_never_seen_apart(
    open_page: OpenPage,
) -> None:
    """Both can be 2,507 people: the same number with no word for whom looks like one group."""
    app = open_page("patient", model="diabetes-xgboost", own_first="false")
    app = app.button(key="finder_previous").click().run()
    said = texts(app)
    assert "2,507 patients the model learnt from" in said
    assert "2,507 held-out patients, whom the model has never seen" in said


def test_what_an_address_asks_in_vain_is_named_until_something_else_is_chosen(
    open_page: OpenPage,
) -> None:
    """A shared address that silently shows something else misleads whoever opens it."""
    app = open_page("patient", model="acre", own_first="false", unit="furlong", detail="rod")
    refused = {word: refusal_of(app, word) for word in ("acre", "furlong", "rod")}
    assert refused["acre"].endswith("“Model”, which is not on offer here. Shown instead: Diabetes,"
                                    " boosted trees.")  # fmt: skip
    assert "under “Unit”" in refused["furlong"]
    assert refused["furlong"].endswith("Shown instead: Risk.")
    assert refused["rod"].endswith("Shown instead: Clinical concepts.")
    units = next(group for group in app.segmented_control if group.key == "unit")
    app = units.set_value("log-odds").run()
    assert not refusal_of(app, "furlong")
    assert refusal_of(app, "rod")


def refusal_of(app: AppTest, word: str) -> str:
    return next((w.value for w in app.warning if f"“{word}”" in w.value), "")


def test_every_condition_that_was_not_understood_is_named_in_words_of_the_screen(
    open_page: OpenPage,
) -> None:
    app = open_page("patient", model=MODEL, find="outcome=maybe;risk=high;foo;model=missed")
    (refused,) = (w.value for w in app.warning if "filter" in w.value)
    assert "“maybe” is not on offer under “Recorded outcome”" in refused
    assert "“Has the outcome”" in refused
    assert "“high” is no range for “The model's risk”" in refused
    assert "“foo”" in refused
    assert "missed" not in refused
    assert re.search(r"\.\.(?!\d)", refused) is None
    assert "find" not in app.query_params


def test_a_model_without_known_training_patients_reads_its_cohort_once(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a million patients each click took 19 s: that there are none was found out each time."""
    add_cohort(tmp_path, "ward")
    everybody = Workspace(tmp_path).load_cohort("ward").patient_ids
    add_model(tmp_path, "ward-model", "ward", test_ids=tuple(everybody))
    read: list[str] = []
    load = Workspace.load_cohort

    def counted(workspace: Workspace, name: str) -> Cohort:
        read.append(name)
        return load(workspace, name)

    monkeypatch.setattr(Workspace, "load_cohort", counted)
    app = open_page("patient", tmp_path, model="ward-model", own_first="false")
    assert read
    assert "the patients the model learnt from are not at hand" in texts(app)
    read.clear()
    for _ in range(2):
        app = app.button(key="finder_next").click().run()
        assert not app.exception
    assert not read
