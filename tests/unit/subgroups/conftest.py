"""A small cohort with a model that returns a column as the risk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

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

SCHEMA = Schema(
    facts=CohortFacts("small", "Small", "A few made-up patients."),
    patient_id="patient",
    columns=(
        Column("risk", "Risk", "number"),
        Column("ill", "Ill", "yes_no", role="outcome"),
        Column("sex", "Sex", "category", role="attribute", levels=("Female", "Male")),
        Column("site", "Site", "category", role="attribute", levels=("North", "South", "East")),
        Column("age", "Age", "integer", role="attribute"),
    ),
    outcomes=(Outcome("ill", "Ill", "are ill", "now", (Condition("ill", equals="yes"),)),),
    groups=(
        Grouping("sex", "Sex", "sex", "Male", ("Female", "Male")),
        Grouping("site", "Site", "site", "North", ("North", "South", "East")),
        Grouping("age", "Age", "age", "60 and over", ("Below 60", "60 and over"), (60.0,)),
    ),
)


LINK = Link("probability")


@dataclass(frozen=True)
class ColumnModel:
    """Its prediction is the column ``risk``."""

    name: str = "column"
    version: str = "1"
    family: str = "test"
    digest: str = "0"
    columns: tuple[Column, ...] = (SCHEMA.column("risk"),)
    link: Link = LINK

    @property
    def feature_names(self) -> tuple[str, ...]:
        return ("risk",)

    def score(self, matrix: np.ndarray) -> np.ndarray:
        return matrix[:, 0]

    def predict_risk(self, frame: pd.DataFrame) -> np.ndarray:
        return frame["risk"].to_numpy(dtype=np.float64)


@pytest.fixture
def make_study() -> Callable[..., Study]:
    """Build a study from a frame with the columns risk, ill, sex, site and age."""

    def make(patients: pd.DataFrame, threshold: float = 0.3) -> Study:
        typed = pd.DataFrame(
            {
                "risk": patients["risk"].to_numpy(dtype=np.float64),
                "ill": pd.Categorical(patients["ill"], categories=["no", "yes"]),
                "sex": pd.Categorical(patients["sex"], categories=["Female", "Male"]),
                "site": pd.Categorical(patients["site"], categories=["North", "South", "East"]),
                "age": patients["age"].to_numpy(dtype=np.float64),
            },
            index=pd.Index([f"p{row}" for row in range(len(patients))]),
        )
        cohort = Cohort(typed, SCHEMA)
        return Study(ColumnModel(), cohort, cohort.select(["p0"]), "ill", threshold)

    return make


@pytest.fixture
def patients() -> pd.DataFrame:
    """600 patients of whom some lack a label, a site or an age."""
    rng = np.random.default_rng(11)
    risk = rng.beta(2, 3, 600)
    ill = np.where(rng.random(600) < risk, "yes", "no").astype(object)
    ill[:20] = None
    site = rng.choice(["North", "South"], 600, p=[0.7, 0.3]).astype(object)
    site[100:160] = None
    age = rng.integers(30, 90, 600).astype(float)
    return pd.DataFrame(
        {
            "risk": risk,
            "ill": ill,
            "sex": rng.choice(["Female", "Male"], 600),
            "site": site,
            "age": age,
        }
    )
