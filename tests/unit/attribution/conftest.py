"""Small real models on invented patients, with numbers, levels and missing values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from explainers.core import Cohort, CohortFacts, Column, Condition, Link, Outcome, Schema, Study
from explainers.core.encoding import encode
from explainers.models import forest_model, logistic_model, xgboost_model
from explainers.models.fitted import Identity

COLUMNS = (
    Column("age", "Age", "number", concept="Demography"),
    Column("bmi", "Body mass index", "number", concept="Body"),
    Column("waist", "Waist", "number", concept="Body"),
    Column("glucose", "Glucose", "number"),
    Column("smoker", "Smoker", "yes_no"),
    Column("chest_pain", "Chest pain", "category", levels=("none", "typical", "atypical")),
)
SCHEMA = Schema(
    facts=CohortFacts("invented", "Invented", "Invented patients"),
    patient_id="id",
    columns=(*COLUMNS, Column("ill", "Ill", "yes_no", role="outcome")),
    outcomes=(Outcome("illness", "Illness", "be ill", "now", (Condition("ill", equals="yes"),)),),
)
FAMILIES: dict[str, tuple[Any, dict[str, Any], str]] = {
    "xgboost": (xgboost_model, {"n_trees": 20, "max_depth": 3, "eta": 0.3}, "log-odds"),
    "forest": (forest_model, {"n_trees": 20, "max_depth": 4}, "probability"),
    "logistic": (logistic_model, {}, "log-odds"),
}


def invented_patients(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 4)).round(2)
    values[:, 2] += values[:, 1]
    smoker, pain = rng.integers(0, 2, n), rng.integers(0, 3, n)
    log_odds = values[:, 0] + values[:, 1] * values[:, 3] + smoker * (pain == 1)
    ill = rng.random(n) < 1 / (1 + np.exp(-log_odds))
    values[rng.random(values.shape) < 0.1] = np.nan
    frame = pd.DataFrame(values, columns=[column.name for column in COLUMNS[:4]])
    frame["smoker"] = pd.Categorical(np.array(["no", "yes"])[smoker], ["no", "yes"])
    frame["chest_pain"] = pd.Categorical(np.array(COLUMNS[5].levels)[pain], list(COLUMNS[5].levels))
    frame["ill"] = pd.Categorical(np.where(ill, "yes", "no"), ["no", "yes"])
    frame.index = pd.Index([f"p{at:04d}" for at in range(n)], name="id")
    return frame


def train(family: str, columns: tuple[Column, ...], matrix: Any, labels: Any) -> Any:
    module, parameters, score_kind = FAMILIES[family]
    content = module.fit(matrix, labels, columns, parameters, 0)
    link = Link(score_kind, intercept=-0.2, slope=0.8)
    return module.load(content, Identity(family, "1", "digest", columns, link))


@pytest.fixture(scope="session")
def make_study() -> Callable[..., Study]:
    """Study of a family of models on invented patients; the same one for the same arguments."""
    studies: dict[tuple[object, ...], Study] = {}

    def make(family: str, *, n_reference: int = 30, seed: int = 0) -> Study:
        key = (family, n_reference, seed)
        if key not in studies:
            training = Cohort(invented_patients(400), SCHEMA)
            cohort = Cohort(invented_patients(120, seed=1), SCHEMA)
            matrix = encode(training.frame, COLUMNS)
            model = train(family, COLUMNS, matrix, training.outcome_labels("illness"))
            reference = Cohort(cohort.frame.iloc[-n_reference:], SCHEMA)
            studies[key] = Study(model, cohort, reference, "illness", 0.2, seed)
        return studies[key]

    return make
