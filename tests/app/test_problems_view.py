"""The problem list in each of its states."""

from __future__ import annotations

import re
from pathlib import Path

from tests.app.pages import OpenPage, add_cohort, add_model, texts


def test_the_story_of_the_built_in_model_is_on_the_list(open_page: OpenPage) -> None:
    """Its AUROC is the same for every group; the list has to say for whom it is wrong."""
    app = open_page("problems", model="diabetes-xgboost")
    assert not app.exception
    titles = [element.value for element in app.subheader]
    assert any("Risks are too low for Asian patients" in title for title in titles)
    assert "of high severity" in texts(app)


def test_a_finding_has_the_same_figure_above_a_patients_risk(open_page: OpenPage) -> None:
    """Two intervals of one ratio at two levels looked like two contradicting findings."""
    figures = re.compile(r"(?:Observed / expected|Sensitivity): [^;]+ interval")
    app = open_page("problems", model="diabetes-xgboost")
    listed = figures.findall(texts(app))
    app = open_page("patient", model="diabetes-xgboost", find="group.race=Asian")
    above = [line for line in app.warning if "Asian" in line.value]
    shown = figures.findall(above[0].value)
    assert len(shown) == 2
    assert "99.76% interval" in shown[0]
    assert set(shown) <= set(listed)


def test_model_without_outcome_labels_says_what_could_not_be_checked(
    open_page: OpenPage, tmp_path: Path
) -> None:
    add_cohort(tmp_path, "unlabelled", drop_columns=("narrowing_grade",))
    add_model(tmp_path, "heart-unlabelled", "unlabelled")
    app = open_page("problems", tmp_path, model="heart-unlabelled")
    assert not app.exception
    assert "do not apply" in texts(app)
