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
    for words in ("AUROC", "Observed / expected", "Sensitivity", "Asian", "suppressed"):
        assert words in shown, words


def test_the_story_of_the_asian_group_is_on_screen(open_page: OpenPage) -> None:
    """AUROC alone would hide that this group's risk is set too low."""
    app = open_page("groups", model="diabetes-xgboost")
    main = next(
        t.value for t in app.table if "AUROC" in t.value and "Observed / expected" in t.value
    )
    asian = main[main.iloc[:, 0] == "Asian"].iloc[0]
    ratio = float(asian["Observed / expected"].split("\N{NO-BREAK SPACE}")[0])
    assert 1.24 <= ratio <= 1.9


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
    assert any("30.0%" in line.value and "17.0%" in line.value for line in app.caption)


def test_groups_without_outcome_labels(open_page: OpenPage, tmp_path: Path) -> None:
    add_cohort(tmp_path, "unlabelled", drop_columns=("narrowing_grade",))
    add_model(tmp_path, "heart-unlabelled", "unlabelled")
    app = open_page("groups", tmp_path, model="heart-unlabelled")
    assert not app.exception
    assert "not tested" in texts(app)
