"""The model screen in each of its states."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.pages import OpenPage, add_cohort, add_model, texts


@pytest.mark.parametrize(
    "model", ["diabetes-xgboost", "diabetes-logistic", "heart-forest", "nmes-visits-xgboost"]
)
def test_facts_performance_and_importance(open_page: OpenPage, model: str) -> None:
    app = open_page("model", model=model)
    assert not app.exception
    assert not app.error
    assert len(app.get("plotly_chart")) == 1
    shown = texts(app)
    for words in ("Intended users", "Declared threshold", "Never an input", "Terms of use"):
        assert words in shown, words


def test_simple_comparator_stands_beside_the_model(open_page: OpenPage) -> None:
    app = open_page("model", model="diabetes-xgboost")
    columns = [column for table in app.table for column in table.value.columns]
    assert any("Simple comparator" in column for column in columns)


def test_model_without_outcome_labels(open_page: OpenPage, tmp_path: Path) -> None:
    add_cohort(tmp_path, "unlabelled", drop_columns=("narrowing_grade",))
    add_model(tmp_path, "heart-unlabelled", "unlabelled")
    app = open_page("model", tmp_path, model="heart-unlabelled")
    assert not app.exception
    assert "not tested" in texts(app)
