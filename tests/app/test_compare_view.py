"""The screen of two patients in each of its states."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.app.pages import OpenPage, add_cohort, add_model, texts


def n_charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def skip(app: AppTest) -> AppTest:
    return next(button for button in app.button if button.label == "Skip").click().run()


def open_ids(app: AppTest) -> list[str]:
    places = (line.value for line in app.caption if "held-out patients" in line.value)
    return [place.split("**")[1].replace("\\", "") for place in places if "**" in place]


def test_no_risk_of_either_is_shown_before_its_own_estimate(open_page: OpenPage) -> None:
    """The chart of one patient would give away the other's risk by the difference."""
    app = open_page("compare", model="heart-xgboost")
    assert not app.exception
    assert "The model's risk: " not in texts(app)
    app = skip(app)
    assert texts(app).count("The model's risk: ") == 1
    assert n_charts(app) == 0
    assert "A minus B" not in texts(app)
    app = skip(app)
    assert texts(app).count("The model's risk: ") == 2
    assert n_charts(app) == 1
    assert "Sum check: A minus B is" in texts(app)
    assert "residual below 0.0001" in texts(app)


def test_the_table_of_inputs_ends_at_both_risks(open_page: OpenPage) -> None:
    app = open_page("compare", model="heart-xgboost", own_first="false")
    table = next(t.value for t in app.table if t.value.columns[-1] == "A minus B")
    *_, first, second, _ = table.iloc[-1]
    for risk in (first, second):
        assert f"The model's risk: **{risk}**" in texts(app)


def test_each_is_found_by_id_and_the_same_one_twice_is_not_compared(open_page: OpenPage) -> None:
    app = open_page("compare", model="heart-xgboost", own_first="false")
    first, second = open_ids(app)
    assert first != second
    app = app.text_input(key="compare_search_1").input(first.lower()).run()
    assert open_ids(app) == [first, first]
    assert n_charts(app) == 0
    assert any("the same patient" in info.value for info in app.info)
    app = app.button(key="compare_next_1").click().run()
    assert n_charts(app) == 1
    app = app.text_input(key="compare_search_0").input("<b>nobody</b>").run()
    assert any("No held-out patient has the id" in warning.value for warning in app.warning)


def test_log_odds_and_single_inputs_add_up_too(open_page: OpenPage) -> None:
    app = open_page(
        "compare", model="heart-xgboost", own_first="false", unit="log-odds", detail="features"
    )
    assert not app.exception
    assert "residual below 0.0001" in texts(app)
    assert "points" not in next(c.value for c in app.caption if "Sum check" in c.value)


def test_patients_without_outcomes_are_compared_too(open_page: OpenPage, tmp_path: Path) -> None:
    add_cohort(tmp_path, "unlabelled", drop_columns=("narrowing_grade",))
    add_model(tmp_path, "heart-unlabelled", "unlabelled")
    app = open_page("compare", tmp_path, model="heart-unlabelled", own_first="false")
    assert not app.exception
    assert "not tested" in texts(app)
    assert n_charts(app) == 1


def test_one_patient_alone_cannot_be_compared(open_page: OpenPage, tmp_path: Path) -> None:
    add_cohort(tmp_path, "copied")
    add_model(tmp_path, "heart-one", "copied", test_ids=("HD-001",))
    app = open_page("compare", tmp_path, model="heart-one", own_first="false")
    assert not app.exception
    assert any("Two patients are needed" in info.value for info in app.info) or app.error


def two_models(open_page: OpenPage, model: str, root: Path | None = None, **more: str) -> AppTest:
    return open_page("compare", root, model=model, side_by_side="models", **more)


def test_both_models_stay_hidden_until_one_estimate_of_the_patient(open_page: OpenPage) -> None:
    """The second model's risk would give away the first's."""
    app = two_models(open_page, "heart-xgboost")
    assert not app.exception
    assert "The model's risk: " not in texts(app)
    next(box for box in app.number_input if "how many" in box.label).set_value(30)
    app = next(button for button in app.button if "Show the model" in button.label).click().run()
    assert not app.exception
    assert texts(app).count("The model's risk: ") == 2
    assert texts(app).count("Your own estimate: 30%") == 2
    assert n_charts(app) == 1


def test_one_patient_under_two_models_adds_up_and_ends_at_both_risks(open_page: OpenPage) -> None:
    for unit in ("risk", "log-odds"):
        app = two_models(open_page, "heart-xgboost", own_first="false", unit=unit)
        assert not app.exception
        assert "residual below 0.0001" in texts(app)
        assert "Both models predict the same outcome" in texts(app)
        assert "against the same 100" in texts(app)
    table = next(t.value for t in app.table if "Recorded" in t.value.columns)
    assert table.iloc[-1, 0] == "The model's prediction"


def test_a_model_of_another_outcome_is_not_held_against_this_one(open_page: OpenPage) -> None:
    app = two_models(open_page, "nmes-visits-xgboost", own_first="false")
    assert not app.exception
    told = "\n".join(info.value for info in app.info)
    assert "no second model of the same outcome" in told
    assert "predicts “Many chronic conditions" in told
    assert n_charts(app) == 0
