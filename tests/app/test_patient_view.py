"""The patient screen in each of its states."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from tests.app.pages import OpenPage, add_cohort, add_model, texts

# Risk by outcome, SHAP, LIME, and the curve of one input.
WITH_OUTCOMES = 4


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
    assert n_charts(app) == WITH_OUTCOMES
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
    assert n_charts(app) == WITH_OUTCOMES
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
    assert n_charts(app) == WITH_OUTCOMES - 1


def test_no_held_out_patients(open_page: OpenPage, tmp_path: Path) -> None:
    add_cohort(tmp_path, "copied")
    add_model(tmp_path, "heart-empty", "copied", test_ids=())
    app = open_page("patient", tmp_path, model="heart-empty")
    assert not app.exception
    (error,) = app.error
    assert error.value.startswith("The model has no held-out patients")
    assert not app.metric


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


def button(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label == label)


def risks(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric]


def test_a_changed_input_is_scored_again_and_taken_back(open_page: OpenPage) -> None:
    app = open_page("patient", model="diabetes-xgboost", own_first="false")
    before, after, change = risks(app)
    assert (before, change) == (after, "0.0")
    waist = next(box for box in app.number_input if box.label.startswith("Waist"))
    app = waist.set_value(140.0).run()
    assert not app.exception
    assert risks(app)[0] == before
    assert risks(app)[1] != before
    assert "140 cm instead of" in texts(app)
    app = button(app, "Back to the record").click().run()
    assert risks(app) == [before, before, "0.0"]


def test_an_answer_put_into_the_editors_has_the_risk_that_the_table_says(
    open_page: OpenPage,
) -> None:
    """The table and the editors would otherwise be two models."""
    app = open_page("patient", model="diabetes-xgboost", own_first="false")
    table = next(t.value for t in app.table if "Answer A" in t.value.columns)
    told = table.loc[table.iloc[:, 0] == "The model's risk", "Answer A"].item()
    app = button(app, "Try A").click().run()
    assert not app.exception
    assert risks(app)[1] == told
    assert "crosses the threshold" in texts(app)


def test_changed_values_do_not_follow_to_the_next_patient(open_page: OpenPage) -> None:
    app = open_page("patient", model="diabetes-xgboost", own_first="false")
    waist = next(box for box in app.number_input if box.label.startswith("Waist"))
    app = waist.set_value(150.0).run()
    app = app.button(key="finder_next").click().run()
    assert risks(app)[2] == "0.0"


def test_model_without_actionable_inputs_says_so(open_page: OpenPage) -> None:
    app = open_page("patient", model="nmes-chronic-xgboost", own_first="false")
    assert not app.exception
    assert "None of this model's inputs" in texts(app)
    app = app.toggle(key="with_fixed").set_value(True).run()
    assert not app.exception
    assert len(risks(app)) == 3


def test_decision_is_kept_for_the_patient_and_override_needs_a_reason(open_page: OpenPage) -> None:
    app = open_page("patient", model="heart-xgboost", own_first="false")
    app = app.button(key="override").click().run()
    assert button(app, "Override the model").disabled
    app = button(app, "Agree").click().run()
    assert any("You agreed" in line.value for line in app.success)
    app = app.button(key="finder_next").click().run()
    assert not app.success


def test_a_concept_opens_into_its_inputs_and_the_sum_stays(open_page: OpenPage) -> None:
    app = open_page("patient", model="diabetes-xgboost", own_first="false")
    checks = [line.value for line in app.caption if "Sum check" in line.value]
    pills = next(group for group in app.pills if group.key == "opened_concept")
    app = pills.set_value(pills.options[0]).run()
    assert not app.exception
    assert [line.value for line in app.caption if "Sum check" in line.value] == checks
    reasons = next(t.value for t in app.table if "Contribution" in t.value.columns)
    assert any(
        label.startswith("\N{DOWNWARDS ARROW WITH TIP RIGHTWARDS}") for label in reasons.iloc[:, 0]
    )


def place(app: AppTest) -> str:
    return next(line.value for line in app.caption if "held-out patients" in line.value)


def test_the_address_asks_for_some_patients_and_steps_stay_among_them(
    open_page: OpenPage,
) -> None:
    app = open_page("patient", model="heart-xgboost", find="outcome=yes;model=missed")
    assert not app.exception
    assert place(app).split("·")[1].startswith(" 1 of ")
    app = app.button(key="finder_next").click().run()
    assert place(app).split("·")[1].startswith(" 2 of ")
    assert app.query_params["find"] == "outcome=yes;model=missed"
    assert "HD-" not in str(app.query_params)


def test_a_question_that_does_not_fit_is_refused_and_everybody_shown(open_page: OpenPage) -> None:
    app = open_page("patient", model="heart-xgboost", find="group.race=<b>x</b>")
    assert not app.exception
    (refused,) = (w.value for w in app.warning if "filter" in w.value)
    assert "not grouped by “race”" in refused
    assert refused.endswith("All patients are shown instead.")
    assert " 4 of 460 held-out" in place(app)


def test_nobody_found_says_so_and_the_open_patient_stays(open_page: OpenPage) -> None:
    app = open_page("patient", model="heart-xgboost", find="risk=0..0.0001")
    assert not app.exception
    assert any("No held-out patient meets" in warning.value for warning in app.warning)
    assert app.button(key="finder_next").disabled


def test_filter_set_on_screen_goes_into_the_address_and_can_be_taken_back(
    open_page: OpenPage,
) -> None:
    app = open_page("patient", model="heart-xgboost")
    app = app.selectbox(key="filter_call").set_value("wrong").run()
    assert app.query_params["find"] == "model=wrong"
    assert "found among" in place(app)
    app = button(app, "Show everybody").click().run()
    assert not app.exception
    assert "find" not in app.query_params
    assert "found among" not in place(app)


def test_next_disagreement_opens_a_patient_whose_methods_disagree(open_page: OpenPage) -> None:
    app = open_page("patient", model="heart-xgboost", own_first="false")
    app = app.button(key="finder_disagree").click().run()
    assert not app.exception
    said = [*app.warning, *app.info]
    assert any("methods disagree" in w.value or "methods agree on" in w.value for w in said)
