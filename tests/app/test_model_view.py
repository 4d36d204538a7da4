"""The model screen in each of its states."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.app.pages import OpenPage, add_cohort, add_model, settled, sign, texts


@pytest.mark.parametrize(
    "model", ["diabetes-xgboost", "diabetes-logistic", "heart-forest", "nmes-visits-xgboost"]
)
def test_facts_performance_and_importance(open_page: OpenPage, model: str) -> None:
    app = settled(open_page("model", model=model))
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


def test_an_absent_comparator_leaves_the_models_own_figures(
    open_page: OpenPage, tmp_path: Path
) -> None:
    """Prevents a model without its simple comparator from showing no performance at all."""
    add_cohort(tmp_path, "ward")
    bundle = add_model(tmp_path, "ward-model", "ward")
    facts = (bundle / "bundle.toml").read_text("utf-8")
    (bundle / "bundle.toml").write_text(
        re.sub(r'^comparator = ".*"$', 'comparator = "gone"', facts, count=1, flags=re.MULTILINE)
    )
    sign(bundle)
    page = open_page("model", tmp_path, model="ward-model")
    assert "gone" in texts(page)
    assert any("AUROC" in str(table.value) for table in page.table)
