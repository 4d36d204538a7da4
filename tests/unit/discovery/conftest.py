"""Made-up patients of many attributes with a model that is right, until a fault is planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from explainers.core import (
    Cohort,
    CohortFacts,
    Column,
    Condition,
    Grouping,
    Link,
    Outcome,
    Schema,
    Study,
)

SEXES, RACES = ("Female", "Male"), ("White", "Black", "Asian", "Other")
MEASURES = ("bmi", "pressure", "glucose")
SCHEMA = Schema(
    facts=CohortFacts("many", "Many", "Made-up patients."),
    patient_id="patient",
    columns=(
        Column("risk", "Risk", "number", decimals=3, role="attribute"),
        Column("bmi", "Body mass index", "number", unit="kg/m²", decimals=1),
        Column("pressure", "Blood pressure", "integer", unit="mmHg"),
        Column("glucose", "Glucose", "number", decimals=1),
        Column("smoker", "Smoker", "yes_no"),
        Column("sex", "Sex", "category", "attribute", levels=SEXES, sensitive=True),
        Column("race", "Race", "category", "attribute", levels=RACES, sensitive=True),
        Column("age", "Age", "integer", "attribute", unit="years"),
        Column("ill", "Ill", "yes_no", role="outcome"),
    ),
    outcomes=(Outcome("ill", "Ill", "are ill", "now", (Condition("ill", equals="yes"),)),),
    groups=(
        Grouping("sex", "Sex", "sex", "Male", SEXES),
        Grouping("race", "Race", "race", "White", RACES),
        Grouping("age", "Age", "age", "40-59", ("Under 40", "40-59", "60 and over"), (40, 60)),
    ),
)


@dataclass(frozen=True)
class GivenRisk:
    """Its risk is a column that no search looks at."""

    name: str = "given"
    version: str = "1"
    family: str = "test"
    digest: str = "0"
    columns: tuple[Column, ...] = SCHEMA.columns[1:5]
    link: Link = Link("probability")  # noqa: RUF009 (frozen)

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def predict_risk(self, frame: pd.DataFrame) -> np.ndarray:
        return frame["risk"].to_numpy(dtype=np.float64)


def draw_patients(n: int, seed: int) -> pd.DataFrame:
    """Patients as a cohort holds them, with their true risk; one in 25 has no body mass index."""
    rng = np.random.default_rng(seed)
    drawn = pd.DataFrame(index=pd.Index([f"p{row}" for row in range(n)]))
    drawn["bmi"] = rng.normal(28, 5, n).round(1)
    drawn["pressure"] = rng.normal(130, 15, n).round()
    drawn["glucose"] = rng.normal(5.5, 1, n).round(1)
    drawn["smoker"] = pd.Categorical(rng.choice(["no", "yes"], n), categories=["no", "yes"])
    drawn["sex"] = pd.Categorical(rng.choice(SEXES, n), categories=list(SEXES))
    drawn["race"] = pd.Categorical(
        rng.choice(RACES, n, p=[0.5, 0.2, 0.2, 0.1]), categories=list(RACES)
    )
    drawn["age"] = rng.integers(20, 90, n).astype(np.float64)
    log_odds = -1.2 + 0.6 * (drawn["glucose"] - 5.5) + 0.02 * (drawn["age"] - 55)
    drawn["risk"] = expit(log_odds.to_numpy())
    drawn["bmi"] = drawn["bmi"].mask(rng.random(n) < 0.04)
    return drawn


def build_study(patients: pd.DataFrame, shift: np.ndarray, seed: int) -> Study:
    """A study in which the outcome follows the risk moved by ``shift`` (n,) log-odds."""
    rng = np.random.default_rng([seed, 1])
    risk = patients["risk"].to_numpy()
    truth = expit(np.log(risk / (1 - risk)) + shift)
    ill = np.where(rng.random(len(patients)) < truth, "yes", "no")
    frame = patients.assign(ill=pd.Categorical(ill, categories=["no", "yes"]))
    cohort = Cohort(frame[[column.name for column in SCHEMA.columns]], SCHEMA)
    return Study(GivenRisk(), cohort, cohort.select(["p0"]), "ill", 0.3, seed=seed)


@pytest.fixture
def draw_study() -> Callable[..., Study]:
    """``draw_study(n, seed, shift)``; ``shift(patients)`` is the planted fault in log-odds."""

    def make(
        n: int = 3000,
        seed: int = 0,
        shift: Callable[[pd.DataFrame], np.ndarray | float] = lambda _: 0.0,
    ) -> Study:
        patients = draw_patients(n, seed)
        return build_study(patients, np.asarray(shift(patients), dtype=np.float64), seed)

    return make
