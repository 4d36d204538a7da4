"""The section on the model's behaviour in each of its views and states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.services import attributions
from explainers.attribution.importance import global_importance
from explainers.attribution.linear_shap import LinearShap
from explainers.core import Study
from explainers.disclosure import SMALLEST_CELL
from tests.app.pages import OpenPage, settled, texts

BY = "behaviour_by_nhanes_2017_2018"
FAST = "diabetes-logistic"


def table_with(app: AppTest, column: str) -> object:
    return next(t.value for t in app.table if any(column in name for name in t.value.columns))


@pytest.mark.parametrize("view", ["importance", "beeswarm", "dependence", "effects", "compare"])
def test_every_view_has_a_finding_its_chart_and_its_numbers(open_page: OpenPage, view: str) -> None:
    app = settled(open_page("model", model=FAST, behaviour=view))
    assert not app.error
    assert len(app.get("plotly_chart")) == (2 if view == "compare" else 1)
    assert app.subheader
    assert len(app.table) >= 2
    assert any(button.label == "Method" for button in app.button)
    assert "Method: " in texts(app)


def test_importance_on_screen_is_that_of_all_patients(
    open_page: OpenPage, logistic_study: Study
) -> None:
    """Prevents a sample's figure from standing where all held-out patients are named."""
    app = settled(open_page("model", model=FAST, model_detail="features"))
    study = logistic_study
    attribution = LinearShap().explain(study, study.matrix, study.cohort.patient_ids, "log-odds")
    largest = global_importance(attribution)
    value = max(estimate.value or 0 for estimate in largest.estimates)
    shown = table_with(app, "Mean absolute contribution")
    first = shown.iloc[0, 2].replace("\\", "")  # type: ignore[attr-defined]
    assert first.startswith(f"{value:.2f} [")
    assert f"{len(study.cohort):,} held-out patients" in texts(app)


def test_groups_stand_side_by_side_with_their_sizes(
    open_page: OpenPage, logistic_study: Study
) -> None:
    app = settled(open_page("model", model=FAST, **{BY: "sex"}))
    shown = table_with(app, "Female")
    recorded = logistic_study.cohort.frame["sex"].astype(str)
    names = list(shown.columns)  # type: ignore[attr-defined]
    assert any(f"Female (n {(recorded == 'Female').sum():,})" in name for name in names)
    assert any("Largest difference from" in line.value for line in app.subheader)
    assert "differences from the reference group" in texts(app)


def test_withheld_groups_are_named_and_have_no_figure(open_page: OpenPage) -> None:
    app = settled(open_page("model", model=FAST, **{BY: "insurance"}))
    assert "Withheld" in texts(app)
    shown = table_with(app, "Insured")
    assert not any("Uninsured" in name for name in shown.columns)  # type: ignore[attr-defined]


def test_no_row_of_the_dependence_is_of_fewer_than_eleven(open_page: OpenPage) -> None:
    app = settled(
        open_page(
            "model",
            model="heart-xgboost",
            behaviour="dependence",
            dependence_of="age_years",
            dependence_with="sex",
        )
    )
    shown = table_with(app, "Patients with")
    people = shown["Patients"].str.extract(r"(\d+)")[0].astype(int)  # type: ignore[index]
    assert people.min() >= SMALLEST_CELL - 1


def test_correlated_inputs_are_warned_of(open_page: OpenPage) -> None:
    app = settled(open_page("model", model=FAST, behaviour="effects", effect_of="bmi_kg_m2"))
    assert any("Rely on ALE" in warning.value for warning in app.warning)
    app = settled(open_page("model", model=FAST, behaviour="effects", effect_of="sleep_hours"))
    assert not any("Rely on ALE" in warning.value for warning in app.warning)


def test_effects_by_group_name_the_groups(open_page: OpenPage) -> None:
    app = settled(open_page("model", model=FAST, behaviour="effects", **{BY: "sex"}))
    shown = table_with(app, "ALE, difference")
    assert set(shown["Patients"]) == {"Female", "Male"}  # type: ignore[index]


def test_a_model_without_a_partner_for_comparison_says_so(open_page: OpenPage) -> None:
    app = settled(open_page("model", model="nmes-visits-xgboost", behaviour="compare"))
    assert any("no second model" in info.value for info in app.info)


def test_a_large_cohort_gets_the_command_and_the_rest_of_the_page(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(attributions, "MOST_PATIENTS", 100)
    app = open_page("model", tmp_path, model=FAST)
    assert not app.exception
    assert any("explain-cohort diabetes-logistic" in block.value for block in app.code)
    assert any("AUROC" in str(table.value) for table in app.table)
    assert len(app.get("plotly_chart")) == 0


def test_an_unknown_view_falls_back(open_page: OpenPage) -> None:
    app = settled(open_page("model", model=FAST, behaviour="../etc", **{BY: "nothing"}))
    assert len(app.get("plotly_chart")) == 1


def test_the_page_of_the_method_opens(open_page: OpenPage) -> None:
    app = settled(open_page("model", model=FAST))
    button = next(each for each in app.button if each.key == "method_importance")
    app = button.click().run()
    assert not app.exception
    assert "percentile bootstrap over patients" in texts(app)


def test_reasons_kept_in_the_workspace_are_read_at_the_next_start(
    open_page: OpenPage, tmp_path: Path
) -> None:
    app = settled(open_page("model", tmp_path, model=FAST))
    stores = list((tmp_path / "attributions").iterdir())
    assert len(stores) == 1
    before = table_with(app, "Mean absolute contribution").iloc[:, 2].tolist()  # type: ignore[attr-defined]
    attributions.attribution_job.clear()
    again = settled(open_page("model", tmp_path, model=FAST))
    after = table_with(again, "Mean absolute contribution").iloc[:, 2].tolist()  # type: ignore[attr-defined]
    assert np.array_equal(before, after)
