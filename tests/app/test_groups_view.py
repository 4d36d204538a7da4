"""The groups screen in each of its states."""

from __future__ import annotations

from pathlib import Path

from tests.app.pages import OpenPage, add_cohort, add_model, texts

NHANES_BY = "by_nhanes_2017_2018"


def table_text(app: object) -> str:
    return "\n".join(table.value.to_string() for table in app.table)  # type: ignore[attr-defined]


def test_groups_show_three_statistics_with_intervals(open_page: OpenPage) -> None:
    app = open_page("groups", model="diabetes-xgboost")
    assert not app.exception
    shown = table_text(app).replace("\N{NO-BREAK SPACE}", " ")
    for words in ("AUROC", "Observed / expected", "Sensitivity", "Asian", "withheld"):
        assert words in shown, words


def test_the_story_of_the_asian_group_is_on_screen(open_page: OpenPage) -> None:
    """AUROC alone would hide that this group's risk is set too low."""
    app = open_page("groups", model="diabetes-xgboost")
    table = next(t.value for t in app.table if "Group" in t.value)
    asian = table[table["Group"] == "Asian"].iloc[0]
    ratio = float(
        str(asian[table.columns.str.startswith("Observed / expected")].iloc[0]).split()[0]
    )
    assert 1.24 <= ratio <= 1.9


def test_each_figure_is_on_screen_once(open_page: OpenPage) -> None:
    """A second table of the same figures is one more place to read, and to read wrongly."""
    app = open_page("groups", model="diabetes-xgboost")
    assert sum("Asian" in table.value.to_string() for table in app.table) == 1
    withheld = [line.value for line in app.caption if "withheld" in line.value.lower()]
    assert len(withheld) == 1
    assert any(
        "**[AUROC](" in line.value and "**[Sensitivity](" in line.value for line in app.caption
    )


def test_two_attributes_are_crossed(open_page: OpenPage) -> None:
    app = open_page("groups", model="diabetes-xgboost", **{NHANES_BY: "race,sex"})
    assert not app.exception
    assert "White, Female" in table_text(app)


def test_no_attribute_chosen(open_page: OpenPage) -> None:
    app = open_page("groups", model="diabetes-xgboost", **{NHANES_BY: "nothing"})
    assert not app.exception
    assert any("Pick at least one attribute" in info.value for info in app.info)


def test_moved_threshold_is_marked_beside_the_declared_one(open_page: OpenPage) -> None:
    app = open_page("groups", model="diabetes-xgboost")
    app = app.number_input(key="threshold_diabetes-xgboost").set_value(30.0).run()
    assert not app.exception
    assert any("27.3%" in line.value and "17.0%" in line.value for line in app.caption)
    assert any("nearest to the 30.0%" in line.value for line in app.caption)
    assert "Decisions at a threshold of 30.0%" not in texts(app)


def test_crossed_groups_at_a_moved_threshold_are_withheld(open_page: OpenPage) -> None:
    """Prevents the few people of a crossed group between two thresholds from being told."""
    address = {NHANES_BY: "race,sex", "threshold_diabetes-xgboost": "30"}
    app = open_page("groups", model="diabetes-xgboost", **address)
    assert not app.exception
    assert any("declared threshold of 17.0% only" in line.value for line in app.caption)


def test_groups_without_outcome_labels(open_page: OpenPage, tmp_path: Path) -> None:
    add_cohort(tmp_path, "unlabelled", drop_columns=("narrowing_grade",))
    add_model(tmp_path, "heart-unlabelled", "unlabelled")
    app = open_page("groups", tmp_path, model="heart-unlabelled")
    assert not app.exception
    assert "not tested" in texts(app)
