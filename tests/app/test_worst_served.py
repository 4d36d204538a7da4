"""The part of the groups screen that searches for badly served groups, in each of its states."""

from __future__ import annotations

from pathlib import Path

from tests.app.pages import OpenPage, add_cohort, add_model, texts

PART = {"groups_part": "worst_served"}


def test_a_confirmed_group_is_told_with_both_halves(open_page: OpenPage) -> None:
    """The figure of the half searched alone is too bad by an unknown amount."""
    app = open_page("groups", model="diabetes-logistic", **PART)
    assert not app.exception
    assert not app.error
    shown = texts(app)
    assert "Race or ethnicity\\: Asian" in "\n".join(one.value for one in app.subheader)
    assert "In the half that was searched it was 1.77" in shown
    assert "that the search did not see, 1.46" in shown
    assert "were looked at in 1,253 patients" in shown
    assert "withheld, in whole or in part, for 5 of the 6 groups" in shown
    (chart, figures) = app.table
    assert "Group 1, as searched" in chart.value.to_string()
    assert "Group 1, other patients" in chart.value.to_string()
    assert set(figures.value.iloc[:, 1]) == {"yes", "no"}


def test_where_nothing_is_confirmed_what_could_have_been_is_told(open_page: OpenPage) -> None:
    """Silence of a small cohort would read like a clean bill."""
    app = open_page("groups", model="nmes-visits-xgboost", **PART)
    assert not app.exception
    told = "\n".join(info.value for info in app.info)
    assert "No group is confirmed" in told
    assert "no proof" in told
    assert "four times in five" in told
    assert "in a group of 25%" in told


def test_a_moved_threshold_is_not_searched(open_page: OpenPage) -> None:
    """Figures at two thresholds a few people apart would give these people away."""
    address = {"model": "diabetes-logistic", "threshold_diabetes-logistic": "17.4", **PART}
    app = open_page("groups", **address)
    assert not app.exception
    assert "At the threshold of 17.4%" not in texts(app)


def test_without_outcomes_nothing_is_searched(open_page: OpenPage, tmp_path: Path) -> None:
    add_cohort(tmp_path, "unlabelled", drop_columns=("narrowing_grade",))
    add_model(tmp_path, "heart-unlabelled", "unlabelled")
    app = open_page("groups", tmp_path, model="heart-unlabelled", **PART)
    assert not app.exception
    assert "not tested" in texts(app)
