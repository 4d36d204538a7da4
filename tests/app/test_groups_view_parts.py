"""The parts of the groups screen, each in its states."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.pages import OpenPage, add_cohort, add_model, texts

BY_SEX = {"model": "diabetes-xgboost", "by_nhanes_2017_2018": "sex"}


def columns(app: AppTest) -> str:
    return "\n".join(", ".join(map(str, table.value.columns)) for table in app.table)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("calibration", "Predicted risk, Observed"),
        ("decision", "Above the better default"),
        ("representation", "Share / target"),
        ("arithmetic", "missed"),
    ],
)
def test_a_part_opens_from_its_address(open_page: OpenPage, part: str, words: str) -> None:
    app = open_page("groups", groups_part=part, **BY_SEX)
    assert not app.exception
    assert not app.error
    assert words in columns(app)


def test_all_figures_state_the_reference_and_the_number_of_contrasts(open_page: OpenPage) -> None:
    """A gap without its reference group, or one of many taken for the only one, misleads."""
    app = open_page("groups", groups_part="figures", **BY_SEX)
    assert not app.exception
    assert not app.error
    for words in ("Calibration slope", "Negative predictive value", "Standardised net benefit"):
        assert words in columns(app)
    assert "Differences from Male" in texts(app)
    assert "There are 3 contrasts" in texts(app)


def test_crossed_groups_are_shown_raw_and_shrunk(open_page: OpenPage) -> None:
    address = {**BY_SEX, "by_nhanes_2017_2018": "race,sex"}
    app = open_page("groups", groups_part="figures", **address)
    assert not app.exception
    assert not app.error
    assert "Its own weight" in columns(app)
    assert "As counted" in columns(app)


def test_moving_the_threshold_says_what_changes(open_page: OpenPage) -> None:
    app = open_page("groups", groups_part="thresholds", **BY_SEX)
    assert not app.exception
    slider = app.select_slider(key="laboratory_diabetes-xgboost_sex")
    assert slider.value == "0.1700"
    app = slider.set_value("0.2250").run()
    assert not app.exception
    assert "fewer found" in texts(app)


def test_thresholds_by_group_are_marked(open_page: OpenPage) -> None:
    """A rule that treats people by their group must never look like a plain setting."""
    app = open_page("groups", groups_part="thresholds", laboratory_rule="each", **BY_SEX)
    assert not app.exception
    assert len(app.select_slider) == 2
    assert any("unlawful" in warning.value for warning in app.warning)


def test_where_every_group_is_withheld_everybody_remains(open_page: OpenPage) -> None:
    app = open_page("groups", groups_part="thresholds", model="heart-xgboost")
    assert not app.exception
    assert "Female, Male: Withheld" in texts(app).replace("\\", "").replace("\N{WORD JOINER}", "")
    app = open_page("groups", groups_part="arithmetic", model="heart-xgboost")
    assert not app.exception
    assert any("Fewer than two groups" in info.value for info in app.info)


def test_a_target_population_is_compared_once_it_is_whole(open_page: OpenPage) -> None:
    """Shares of half a population would make every group look too common."""
    address = {**BY_SEX, "groups_part": "representation", "representation_target": "target"}
    app = open_page("groups", **address)
    assert any("add up to 0.0%" in info.value for info in app.info)
    shares = {"shares_nhanes_2017_2018_sex": "50,50"}
    app = open_page("groups", **address, **shares)
    assert not app.exception
    assert "Target population" in columns(app)


def test_parity_is_hidden_until_asked_for_and_marked(open_page: OpenPage) -> None:
    app = open_page("groups", groups_part="arithmetic", **BY_SEX)
    assert "Over the highest group" not in columns(app)
    app = open_page("groups", groups_part="arithmetic", parity="show", **BY_SEX)
    assert "Over the highest group" in columns(app)
    assert any("equally many of every group" in warning.value for warning in app.warning)


def test_a_moved_threshold_does_not_move_the_counted_ones(open_page: OpenPage) -> None:
    """Counts around two thresholds a few people apart could be subtracted."""
    address = {**BY_SEX, "groups_part": "thresholds", "threshold_diabetes-xgboost": "17.4"}
    app = open_page("groups", **address)
    assert not app.exception
    assert app.select_slider(key="laboratory_diabetes-xgboost_sex").value == "0.1700"
    assert "Counted around" not in texts(app), "nothing is moved: no other one may be shown near it"
    app = open_page("groups", **{**address, "threshold_diabetes-xgboost": "30"})
    assert app.select_slider(key="laboratory_diabetes-xgboost_sex").value == "0.1700"
    assert "Counted around the declared threshold of 17.0%" in texts(app)


def test_without_outcomes_who_is_in_the_data_is_still_told(
    open_page: OpenPage, tmp_path: Path
) -> None:
    add_cohort(tmp_path, "unlabelled", drop_columns=("narrowing_grade",))
    add_model(tmp_path, "heart-unlabelled", "unlabelled")
    app = open_page("groups", tmp_path, model="heart-unlabelled")
    assert not app.exception
    assert "not tested" in texts(app)
    assert "Share / target" in columns(app)
