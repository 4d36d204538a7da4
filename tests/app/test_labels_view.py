"""The label choice screen in each of its states."""

from __future__ import annotations

from pathlib import Path

from tests.app.pages import OpenPage, add_cohort, add_model, texts

NMES = {"model": "nmes-visits-xgboost"}


def tables(app: object) -> str:
    return "\n".join(table.value.to_string() for table in app.table)  # type: ignore[attr-defined]


def test_the_finding_stands_first_and_both_corrections_apart(open_page: OpenPage) -> None:
    app = open_page("labels", **NMES)
    assert not app.exception
    first = app.info[0].value
    assert "**Black**" in first
    assert "points" in first
    said = texts(app)
    for words in ("One-way swap", "Ranking everybody by need", "46.5%", "59%", "AUROC"):
        assert words in said, words
    shown = tables(app)
    assert "One-way swap" in shown
    assert "not available in practice" in shown


def test_a_difference_that_is_not_clear_is_not_claimed(open_page: OpenPage) -> None:
    app = open_page("labels", model="diabetes-xgboost", label_by_nhanes_2017_2018="income")
    assert not app.exception
    assert "no difference between the two labels is clear" in app.info[0].value
    assert "picked after looking at" in texts(app)


def test_choices_live_in_the_address(open_page: OpenPage) -> None:
    address = {"label_nmes_1988": "chronic", "need_nmes_1988": "need", "label_by_nmes_1988": "sex"}
    app = open_page("labels", **NMES, **address)
    assert not app.exception
    assert app.selectbox(key="label_nmes_1988").value == "chronic"
    assert "Female" in tables(app)


def test_a_label_is_never_held_against_itself(open_page: OpenPage) -> None:
    address = {"label_nmes_1988": "need", "need_nmes_1988": "need"}
    app = open_page("labels", **NMES, **address)
    assert not app.exception
    assert app.selectbox(key="need_nmes_1988").value != "need"


def test_the_share_that_is_shown_is_said_where_another_one_was_asked_for(
    open_page: OpenPage,
) -> None:
    app = open_page("labels", **NMES)
    assert "Shown at" not in texts(app)
    app = app.number_input(key="top").set_value(11.0).run()
    assert not app.exception
    assert "Shown at **10%**, not at 11%" in texts(app)
    assert "Of the 10% selected" in app.info[0].value


def test_groups_with_few_selected_are_withheld(open_page: OpenPage) -> None:
    app = open_page("labels", **NMES, label_by_nmes_1988="income")
    assert not app.exception
    assert "withheld" in tables(app)


def test_groups_shown_as_one_are_said_to_be(open_page: OpenPage) -> None:
    """Asked for the top tenth by age the answer is of the top tenth, in coarser groups."""
    app = open_page("labels", model="diabetes-xgboost", label_by_nhanes_2017_2018="age")
    assert not app.exception
    assert "Shown at" not in texts(app)
    assert "Shown as one group" in texts(app)
    assert "20-39 or 40-59" in tables(app)


def test_a_cohort_with_one_outcome_is_untested(open_page: OpenPage) -> None:
    app = open_page("labels", model="heart-xgboost")
    assert not app.exception
    assert app.info[0].value.startswith("The cohort has one outcome only")
    assert not app.table


def test_a_workspace_of_ones_own(open_page: OpenPage, tmp_path: Path) -> None:
    add_cohort(tmp_path, "unlabelled", drop_columns=("narrowing_grade",))
    add_model(tmp_path, "heart-unlabelled", "unlabelled")
    app = open_page("labels", tmp_path, model="heart-unlabelled")
    assert not app.exception
    assert "one outcome only" in app.info[0].value
