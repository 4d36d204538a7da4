"""The built-in cohorts are those of the stories told about them.

Counts and prevalences are pinned; figures that depend on a fit must fall into the intervals that an
independent analysis of the same files gave.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import rankdata

import sample_data
from explainers.core import Cohort, Link
from explainers.core.encoding import encode, format_value
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity
from explainers.models.split import assign_folds
from explainers.workspace import Workspace

ROOT = Path(sample_data.__file__).parent
Labels = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def nhanes(workspace: Workspace) -> Cohort:
    return workspace.load_cohort("nhanes_2017_2018")


@pytest.fixture(scope="module")
def heart(workspace: Workspace) -> Cohort:
    return workspace.load_cohort("heart_four_hospitals")


@pytest.fixture(scope="module")
def nmes(workspace: Workspace) -> Cohort:
    return workspace.load_cohort("nmes_1988")


def share(labels: Labels) -> float:
    return round(float(100 * np.nanmean(labels)), 1)


def by_group(cohort: Cohort, group: str) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    labels = cohort.group_labels(group)
    for name in cohort.schema.group(group).labels:
        yield name, np.asarray(labels == name)


def auroc(labels: Labels, risk: Labels) -> float:
    n_events = labels.sum()
    ranks = rankdata(risk)[labels == 1].sum()
    return float((ranks - n_events * (n_events + 1) / 2) / (n_events * (len(labels) - n_events)))


def out_of_fold_risk(cohort: Cohort, outcome: str, parameters: dict[str, float]) -> Labels:
    """Risk of every patient by boosted trees that did not see the patient; uncalibrated."""
    family = FAMILIES["xgboost"]
    identity = Identity("story", "1", "", cohort.schema.features, Link("log-odds"))
    matrix, labels = encode(cohort.frame, identity.columns), cohort.outcome_labels(outcome)
    folds = assign_folds(labels, n_folds=5, seed=0)
    risk = np.empty(len(labels))
    for fold in range(5):
        inside = folds == fold
        content = family.fit(matrix[~inside], labels[~inside], identity, parameters, 0)
        risk[inside] = identity.link.risk(family.load(content, identity).score(matrix[inside]))
    return risk


def test_the_files_are_those_that_were_published() -> None:
    """Prevents a cohort from changing without anybody saying so."""
    for line in (ROOT / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split(maxsplit=1)
        content = (ROOT / name.lstrip("*")).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, name


def test_nhanes_counts_and_prevalences(nhanes: Cohort) -> None:
    labels = nhanes.outcome_labels("diabetes")
    assert len(nhanes) == 5014
    assert share(labels) == 19.8
    found = {name: (int(at.sum()), share(labels[at])) for name, at in by_group(nhanes, "race")}
    assert found["White"] == (1746, 17.9)
    assert found["Black"] == (1149, 20.8)
    assert found["Asian"] == (708, 20.2)
    assert found["Mexican American"] == (680, 22.2)
    assert found["Other Hispanic"] == (478, 19.2)
    assert {name: int(at.sum()) for name, at in by_group(nhanes, "age")} == {
        "20-39": 1493,
        "40-59": 1586,
        "60 and over": 1935,
    }
    assert {name: share(labels[at]) for name, at in by_group(nhanes, "sex")} == {
        "Female": 18.0,
        "Male": 21.8,
    }


def test_nhanes_label_choice(nhanes: Cohort) -> None:
    """A quarter of those with a high HbA1c were never told, the uninsured most often."""
    high, told = nhanes.outcome_labels("hba1c") == 1, nhanes.outcome_labels("told") == 1
    assert high.sum() == 745
    assert told.sum() == 804
    assert share(~told[high]) == 25.5
    untold = {name: share(~told[high & at]) for name, at in by_group(nhanes, "race")}
    assert (untold["White"], untold["Black"], untold["Asian"]) == (15.0, 31.6, 33.6)
    by_insurance = {name: share(~told[high & at]) for name, at in by_group(nhanes, "insurance")}
    assert by_insurance == {"Insured": 23.7, "Uninsured": 37.0}


def test_nhanes_leak_is_excluded(nhanes: Cohort) -> None:
    """Prevents a feature whose being missing gives the outcome away."""
    told = nhanes.outcome_labels("told") == 1
    assert nhanes.frame.loc[told, "family_history"].isna().all()
    for name in ("family_history", "told_prediabetes", "told_at_risk", "takes_insulin"):
        assert nhanes.schema.column(name).role == "excluded"
    assert {column.name for column in nhanes.schema.features}.isdisjoint(
        {"race_ethnicity", "insurance", "income_poverty_ratio", "education"}
    )
    assert len(nhanes.schema.features) == 20


def test_nobody_is_told_by_a_rare_age(nhanes: Cohort, heart: Cohort, nmes: Cohort) -> None:
    """Prevents an age above 89 on any screen other than as "90 or over"."""
    for cohort in (nhanes, heart, nmes):
        column = cohort.schema.column("age_years")
        ages = cohort.frame["age_years"].to_numpy(dtype=np.float64, na_value=np.nan)
        oldest = float(np.nanmax(ages))
        assert oldest <= 89 or oldest == column.capped_at == 90
    assert format_value(90.0, nmes.schema.column("age_years")) == "90 years or over"
    assert format_value(80.0, nhanes.schema.column("age_years")) == "80 years or over"


def test_nhanes_codes_are_missing_values(nhanes: Cohort) -> None:
    """Prevents 7777 minutes a day and a diastolic pressure of 0."""
    assert nhanes.frame["sedentary_minutes_per_day"].max() <= 1440
    assert nhanes.frame["diastolic_mmhg"].min() >= 20


def test_nhanes_story(nhanes: Cohort) -> None:
    """The AUROC hides it: half as many Asian cases are found, and their risk is too low."""
    labels = nhanes.outcome_labels("diabetes")
    parameters = {"n_trees": 100, "max_depth": 3, "learning_rate": 0.06}
    risk = out_of_fold_risk(nhanes, "diabetes", parameters)
    assert 0.809 <= auroc(labels, risk) <= 0.834
    flagged = risk >= np.quantile(risk, 0.8)
    groups = dict(by_group(nhanes, "race"))
    asian, white = groups["Asian"], groups["White"]
    found = {name: flagged[at & (labels == 1)].mean() for name, at in groups.items()}
    assert 0.224 <= found["Asian"] <= 0.388
    assert 0.573 <= found["White"] <= 0.681
    assert -0.410 <= found["Asian"] - found["White"] <= -0.229
    assert 1.25 <= labels[asian].sum() / risk[asian].sum() <= 1.70
    assert 0.75 <= labels[white].sum() / risk[white].sum() <= 0.90
    assert 0.804 <= auroc(labels[asian], risk[asian]) <= 0.868


def test_shipped_diabetes_model_shows_the_story(workspace: Workspace) -> None:
    """Prevents a retrained bundle in which the gap that the screens explain is gone."""
    study = workspace.open_study("diabetes-xgboost")
    groups = dict(by_group(study.cohort, "race"))
    expected = {name: study.labels[at].sum() / study.risk[at].sum() for name, at in groups.items()}
    assert expected["Asian"] > 1.25
    assert expected["White"] < 0.95
    assert 0.79 <= auroc(study.labels, study.risk) <= 0.84
    assert study.labels.sum() / study.risk.sum() == pytest.approx(1.0, abs=0.06)


def test_heart_counts_and_traps(heart: Cohort) -> None:
    labels = heart.outcome_labels("disease")
    assert len(heart) == 920
    assert share(labels) == 55.3
    hospitals = {
        name: (int(at.sum()), share(labels[at])) for name, at in by_group(heart, "hospital")
    }
    assert hospitals == {
        "Cleveland": (303, 45.9),
        "Hungary": (294, 36.1),
        "Switzerland": (123, 93.5),
        "VA Long Beach": (200, 74.5),
    }
    assert heart.frame["cholesterol_mg_dl"].min() > 0
    swiss = dict(by_group(heart, "hospital"))["Switzerland"]
    assert heart.frame.loc[swiss, "cholesterol_mg_dl"].isna().all()


def test_heart_story(heart: Cohort) -> None:
    labels = heart.outcome_labels("disease")
    parameters = {"n_trees": 80, "max_depth": 3, "learning_rate": 0.06}
    risk = out_of_fold_risk(heart, "disease", parameters)
    assert 0.877 <= auroc(labels, risk) <= 0.916


def test_nmes_counts(nmes: Cohort) -> None:
    assert len(nmes) == 4406
    groups = {name: int(at.sum()) for name, at in by_group(nmes, "race")}
    assert share(np.asarray(nmes.group_labels("race") == "Black", dtype=float)) == 11.7
    assert sum(groups.values()) == 4406
    assert nmes.frame["office_visits"].mean() == pytest.approx(5.8, abs=0.05)


def test_nmes_label_choice(nmes: Cohort) -> None:
    """Whom a programme takes depends on its label: use of care takes fewer Black people."""
    black = np.asarray(nmes.group_labels("race") == "Black")
    parameters = {"n_trees": 60, "max_depth": 3, "learning_rate": 0.05, "min_child_weight": 10}
    taken = {}
    for outcome in ("visits", "chronic", "need"):
        risk = out_of_fold_risk(nmes, outcome, parameters)
        top = np.argsort(-risk, kind="stable")[: len(risk) // 10]
        taken[outcome] = black[top].mean()
    assert taken["visits"] < 0.117
    assert taken["chronic"] > 1.5 * 0.117
    assert 0.20 <= taken["need"] <= 0.33
