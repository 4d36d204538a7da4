"""The page of registering in each of its states, up to a patient who can be opened."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost
from streamlit.testing.v1 import AppTest

from explainers.workspace import Workspace
from tests.app.pages import OpenPage, texts

HOSTILE = "<img src=x onerror=alert(1)>[x](javascript:alert(1))"


def brought(*, odd_column: str = "", oldest: int = 80) -> tuple[bytes, bytes]:
    """A table and a model of its two measurements."""
    rng = np.random.default_rng(2)
    ages = rng.integers(30, oldest, 90)
    table = pd.DataFrame({"age_years": ages, "lactate": rng.gamma(2, 1, 90)})
    died = (rng.random(90) < table["age_years"] / 120).astype(int)
    train = xgboost.DMatrix(table.to_numpy(), died, feature_names=["age_years", "lactate"])
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, train, 5)
    table = table.assign(died=died, zip="90210")
    table.insert(0, "mrn", [f"M{at:05d}" for at in range(90)])
    if odd_column:
        table[odd_column] = rng.choice(["a", "b"], 90)
    return table.to_csv(index=False).encode(), bytes(booster.save_raw("ubj"))


def with_files(app: AppTest, table: bytes, model: bytes) -> AppTest:
    app.file_uploader(key="data_table").upload("ward.csv", table, "text/csv")
    app.file_uploader(key="data_model").upload("m.ubj", model, "application/octet-stream")
    return app.run()


def answer(app: AppTest, **values: str) -> AppTest:
    for key, value in values.items():
        kind = app.text_area if key in ("data_purpose", "data_reason") else app.text_input
        kind(key=key).set_value(value)
    return app.run()


def test_without_a_workspace_nothing_can_be_kept(open_page: OpenPage) -> None:
    assert "workspace" in texts(open_page("data"))


def test_from_files_to_a_patient_who_can_be_opened(open_page: OpenPage, tmp_path: Path) -> None:
    app = with_files(open_page("data", tmp_path), *brought(oldest=100))
    assert app.text_input(key="data_cohort").value == "ward"
    assert not app.exception
    dropped = next(one.value for one in app.caption if one.value.startswith("Dropped"))
    assert dropped.endswith(": zip."), "a model does not take it, and it may identify somebody"
    app = answer(app, data_attest="Dr A. Lee")
    keys = {button.key for button in app.button}
    assert "data_save" not in keys, "nothing is kept while an identifier is left"
    app.selectbox(key="data_treat_age_years").set_value("cap_age")
    app = app.run()
    app = answer(
        app, data_name="ward-model", data_purpose="For a test.", data_reason="Four to one."
    )
    app.number_input(key="data_threshold").set_value(20.0)
    app = app.run()
    assert not app.exception
    assert not app.error, texts(app)
    assert Workspace(tmp_path).model_names() == Workspace().model_names()
    app = app.button(key="data_save").click().run()
    assert not app.exception
    assert not app.error, texts(app)
    study = Workspace(tmp_path).open_study("ward-model")
    assert len(study.cohort) == 90
    assert study.cohort.frame["age_years"].max() == 90
    assert study.threshold == pytest.approx(0.2)
    shown = open_page("model", tmp_path, model="ward-model")
    assert not shown.exception
    assert "not provided" in texts(shown)


def test_hostile_names_stay_text(open_page: OpenPage, tmp_path: Path) -> None:
    """Prevents a column's name from becoming a picture or a link on the page."""
    app = with_files(open_page("data", tmp_path), *brought(odd_column=HOSTILE))
    app = answer(answer(app, data_cohort="ward"), data_attest="Dr A. Lee")
    assert not app.exception
    for element in (*app.markdown, *app.caption, *app.error, *app.warning):
        unescaped = re.sub(r"\\.", "", element.value)
        assert "<" not in unescaped
        assert "](" not in unescaped


@pytest.mark.parametrize("name", ["../up", "A B", "nhanes_2017_2018"])
def test_a_name_that_is_not_plain_or_taken_is_refused(
    open_page: OpenPage, tmp_path: Path, name: str
) -> None:
    app = answer(with_files(open_page("data", tmp_path), *brought()), data_cohort=name)
    assert len(app.error) == 1
    assert list(tmp_path.rglob("*.csv")) == []


def test_a_pickle_is_refused_on_the_page(open_page: OpenPage, tmp_path: Path) -> None:
    app = with_files(open_page("data", tmp_path), brought()[0], pickle.dumps([1]))
    assert "skops" in app.error[0].value
