"""The patient screen in each of its states."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.app.pages import OpenPage, add_cohort, add_model, texts


def reveal(app: AppTest, percent: int = 20) -> AppTest:
    next(box for box in app.number_input if "how many" in box.label).set_value(percent)
    return next(button for button in app.button if "Show the model" in button.label).click().run()


def n_charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def test_risk_is_hidden_until_own_estimate(open_page: OpenPage) -> None:
    app = open_page("patient", model="heart-xgboost")
    assert not app.exception
    assert n_charts(app) == 0
    assert "The model's risk: " not in texts(app)
    app = reveal(app)
    assert not app.exception
    assert n_charts(app) == 3
    assert "The model's risk: " in texts(app)
    assert "Your own estimate: 20%" in texts(app)


def test_no_estimate_is_recorded_that_nobody_gave(open_page: OpenPage) -> None:
    """A preset value would anchor, and would count as the clinician's own."""
    app = open_page("patient", model="heart-xgboost")
    show = next(button for button in app.button if "Show the model" in button.label)
    app = show.click().run()
    assert n_charts(app) == 0
    assert any("Enter a number" in warning.value for warning in app.warning)
    skip = next(button for button in app.button if button.label == "Skip")
    app = skip.click().run()
    assert n_charts(app) == 3
    assert "Your own estimate: " not in texts(app)


def test_next_patient_hides_the_risk_again(open_page: OpenPage) -> None:
    app = reveal(open_page("patient", model="heart-xgboost"))
    app = app.button(key="finder_next").click().run()
    assert n_charts(app) == 0
    assert app.button(key="finder_previous").click().run() is not None


def test_sum_check_is_printed_on_both_scales(open_page: OpenPage) -> None:
    for unit in ("risk", "log-odds"):
        app = open_page("patient", model="heart-xgboost", own_first="false", unit=unit)
        checks = [line.value for line in app.caption if "Sum check" in line.value]
        assert len(checks) == 2, unit
        assert "residual below 0.0001" in checks[0], unit


def test_unknown_patient_id_is_explained_and_nothing_is_lost(open_page: OpenPage) -> None:
    app = open_page("patient", model="heart-xgboost")
    before = next(line.value for line in app.caption if "held-out patients" in line.value)
    app = app.text_input(key="patient_search").input("<b>nobody</b>").run()
    assert any("No held-out patient has the id" in warning.value for warning in app.warning)
    assert before in [line.value for line in app.caption]


def test_training_patients_cannot_be_opened(open_page: OpenPage) -> None:
    """Explaining training rows would make the model look better than it is."""
    app = open_page("patient", model="heart-xgboost")
    app = app.text_input(key="patient_search").input("HD-002").run()
    assert any("No held-out patient has the id" in warning.value for warning in app.warning)


def test_patient_without_outcome_labels(open_page: OpenPage, tmp_path: Path) -> None:
    add_cohort(tmp_path, "unlabelled", drop_columns=("narrowing_grade",))
    add_model(tmp_path, "heart-unlabelled", "unlabelled")
    app = open_page("patient", tmp_path, model="heart-unlabelled", own_first="false")
    assert not app.exception
    assert "not tested" in texts(app)
    assert n_charts(app) == 2


def test_no_held_out_patients(open_page: OpenPage, tmp_path: Path) -> None:
    add_cohort(tmp_path, "copied")
    add_model(tmp_path, "heart-empty", "copied", test_ids=())
    app = open_page("patient", tmp_path, model="heart-empty")
    assert not app.exception
    assert app.error or app.info


def test_damaged_bundle_is_named_and_the_others_stay_open(
    open_page: OpenPage, tmp_path: Path
) -> None:
    add_cohort(tmp_path, "copied")
    bundle = add_model(tmp_path, "heart-copy", "copied")
    model_file = bundle / "model.ubj"
    content = bytearray(model_file.read_bytes())
    content[100] ^= 1
    model_file.write_bytes(bytes(content))
    app = open_page("patient", tmp_path, model="heart-copy")
    assert not app.exception
    assert any("heart-copy" in warning.value.replace("\\", "") for warning in app.warning)
    assert app.selectbox(key="model").value == "diabetes-xgboost"


def test_unknown_model_in_the_address_falls_back(open_page: OpenPage) -> None:
    app = open_page("patient", model="../../etc/passwd")
    assert not app.exception
    assert app.selectbox(key="model").value == "diabetes-xgboost"


def test_missing_inputs_are_named_above_the_score(open_page: OpenPage) -> None:
    app = open_page("patient", model="heart-xgboost")
    assert any("Not measured" in warning.value for warning in app.warning)
