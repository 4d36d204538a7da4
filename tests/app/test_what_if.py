"""What would change it: editors, the answer to them, and answers put into the editors."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.pages import OpenPage

MODEL = "diabetes-xgboost"


@pytest.fixture
def patient(open_page: OpenPage) -> AppTest:
    app = open_page("patient", model=MODEL, own_first="false")
    assert not app.exception
    return app


def key_of(name: str) -> str:
    return f"what_if_0_{name}"


def enter(app: AppTest, name: str, value: float | None) -> AppTest:
    return app.number_input(key=key_of(name)).set_value(value).run()


def answer(app: AppTest) -> tuple[str, str, str]:
    before, after, change = (metric.value for metric in app.metric)
    return before, after, change


def curve(app: AppTest) -> str:
    return str(app.selectbox(key=key_of("_curve")).value)


def said(app: AppTest) -> str:
    kinds = (app.error, app.warning, app.caption, app.markdown)
    return "\n".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


def test_a_value_outside_its_range_has_no_risk_beside_it(patient: AppTest) -> None:
    """The risk of the value before once stayed on screen as if it were that of the new one."""
    before, usual, _ = answer(enter(patient, "waist_cm", 120))
    n_charts = len(patient.get("plotly_chart"))
    assert usual != before
    app = enter(patient, "waist_cm", 1200)
    assert not app.exception
    assert answer(app) == (before, "no answer", "no answer")
    assert "Waist circumference takes 50 to 200 cm; 1,200 cm was entered" in said(app)
    assert len(app.get("plotly_chart")) == n_charts - 1
    app = enter(app, "waist_cm", 120)
    assert answer(app)[1] == usual


def test_ranges_with_units_stand_beside_the_editors(patient: AppTest) -> None:
    assert "50 to 200 cm. Recorded: 89 cm." in said(patient)


def test_not_measured_is_a_value_where_some_patients_lack_it(patient: AppTest) -> None:
    app = enter(patient, "waist_cm", None)
    assert "not measured instead of 89 cm" in said(app)
    assert answer(app)[1] != "no answer"
    mood = app.selectbox(key=key_of("low_mood"))
    assert mood.options[-1] == "not measured"
    app = mood.select("not measured").run()
    assert "no answer" not in answer(app)
    moderate = app.selectbox(key=key_of("moderate_recreation"))
    assert "not measured" not in moderate.options
    app = moderate.set_value(None).run()
    assert "no answer" in answer(app)
    assert "cannot be left out" in said(app)


def test_the_curve_follows_the_input_changed_last_and_can_still_be_picked(
    patient: AppTest,
) -> None:
    app = enter(patient, "hdl_cholesterol_mg_dl", 80)
    assert curve(app) == "hdl_cholesterol_mg_dl"
    app = enter(app, "sleep_hours", 8)
    assert curve(app) == "sleep_hours"
    app = app.selectbox(key=key_of("_curve")).select("waist_cm").run()
    assert curve(app) == "waist_cm"
    assert "80 mg/dL instead of" in said(app)


def test_a_weight_changed_without_waist_is_called_extrapolation(patient: AppTest) -> None:
    app = enter(patient, "weight_kg", 140)
    told = said(app)
    assert "**Weight 140 kg** beside **Waist circumference 89 cm**, which was left" in told
    assert "extrapolation" in told
    told = said(enter(app, "weight_kg", 77))
    assert "Waist circumference 89 cm**, which was left" not in told
    assert "Body mass index follows from Weight and Height" in told
    assert "extrapolation" not in said(enter(app, "weight_kg", 73))


def patient_with_answers(app: AppTest) -> AppTest:
    """The first patients for whom the search finds changes; of others it says why it finds none."""
    for _ in range(8):
        if any(button.key == "try_A" for button in app.button):
            return app
        app = app.button(key="finder_next").click().run()
    pytest.fail("none of eight patients has an answer")


def test_every_answer_of_the_table_gives_its_risk_in_the_editors(patient: AppTest) -> None:
    """An answer put into the editors must be the one in the table, to its rounding."""
    app = patient_with_answers(patient)
    table = next(t.value for t in app.table if "Answer A" in t.value.columns)
    table = table.set_index(table.columns[0])
    names = [name for name in table.columns if name.startswith("Answer")]
    for name in names:
        app = app.button(key=f"try_{name.removeprefix('Answer ')}").click().run()
        told = str(table.loc["The model's risk", name]).replace("\\", "")
        assert answer(app)[1] in told
        changed = [label for label in table.index[:-2] if table.loc[label, name]]
        assert changed
        for label in changed:
            assert f"{label} " in said(app)
    back = next(button for button in app.button if button.label == "Back to the record")
    before, after, _ = answer(back.click().run())
    assert before == after
