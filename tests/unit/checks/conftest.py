"""Made-up patients with a known model, in which a fault can be planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest

from explainers.checks import Inspection
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
from explainers.core.encoding import encode

GROUPS, SITES = ("North", "South", "East"), ("A", "B", "C")
SCHEMA = Schema(
    facts=CohortFacts("made_up", "Made up", "Made-up patients."),
    patient_id="patient",
    columns=(
        Column("age", "Age", "integer", unit="years", valid_range=(18, 100)),
        Column("pressure", "Blood pressure", "number", unit="mmHg"),
        Column("marker", "Marker", "number"),
        Column("smoker", "Smoker", "yes_no"),
        Column("origin", "Origin", "category", "attribute", levels=GROUPS, sensitive=True),
        Column("site", "Hospital", "category", "attribute", levels=SITES),
        Column("ill", "Ill", "yes_no", "outcome"),
    ),
    outcomes=(Outcome("ill", "Illness", "are ill", "now", (Condition("ill", equals="yes"),)),),
    groups=(
        Grouping("origin", "Origin", "origin", "North", GROUPS),
        Grouping("site", "Hospital", "site", "A", SITES),
    ),
)
# Log-odds per year over 50, per mmHg over 130, per unit of the marker, and for smoking.
TRUE_WEIGHTS = (0.05, 0.02, 0.8, 0.5)
CENTRES = (50.0, 130.0, 0.0, 0.0)
TRUE_INTERCEPT = -1.2


@dataclass(frozen=True)
class KnownModel:
    """Log-odds as a sum over columns; a missing value counts as the centre."""

    columns: tuple[Column, ...] = SCHEMA.columns[:4]
    weights: tuple[float, ...] = TRUE_WEIGHTS
    centres: tuple[float, ...] = CENTRES
    intercept: float = TRUE_INTERCEPT
    name: str = "known"
    version: str = "1"
    family: str = "test"
    digest: str = "0"
    link: Link = field(default_factory=lambda: Link("log-odds"))

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def terms(self, matrix: np.ndarray) -> np.ndarray:
        away = np.where(np.isnan(matrix), 0.0, matrix - np.array(self.centres))
        return away * np.array(self.weights)

    def score(self, matrix: np.ndarray) -> np.ndarray:
        return self.intercept + self.terms(matrix).sum(axis=1)

    def predict_risk(self, frame: pd.DataFrame) -> np.ndarray:
        return self.link.risk(self.score(encode(frame, self.columns)))


def draw_patients(n: int = 4000, seed: int = 0) -> pd.DataFrame:
    """Patients whose outcome follows :class:`KnownModel` exactly, whatever their group or site."""
    rng = np.random.default_rng(seed)
    drawn = pd.DataFrame(
        {
            "age": np.clip(rng.normal(50, 12, n), 18, 95).round(),
            "pressure": rng.normal(130, 15, n).round(1),
            "marker": rng.normal(0, 1, n).round(3),
            "smoker": rng.choice(["no", "yes"], n, p=[0.7, 0.3]),
            "origin": rng.choice(GROUPS, n, p=[0.5, 0.3, 0.2]),
            "site": rng.choice(SITES, n, p=[0.4, 0.3, 0.3]),
        }
    )
    risk = KnownModel().predict_risk(typed(drawn, SCHEMA))
    drawn["ill"] = np.where(rng.random(n) < risk, "yes", "no")
    return drawn


def typed(patients: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The schema's columns, typed as a cohort holds them."""
    frame = pd.DataFrame(index=patients.index)
    for column in schema.columns:
        if column.name not in patients:
            continue
        values = patients[column.name]
        frame[column.name] = (
            values.astype(np.float64)
            if column.is_numeric
            else pd.Categorical(values, categories=list(column.levels))
        )
    return frame


def to_cohort(patients: pd.DataFrame, schema: Schema, prefix: str) -> Cohort:
    """A cohort whose patients are called by the prefix and their row."""
    frame = typed(patients.reset_index(drop=True), schema)
    frame.index = pd.Index([f"{prefix}{row}" for row in range(len(patients))])
    return Cohort(frame, schema)


@pytest.fixture
def schema() -> Schema:
    return SCHEMA


@pytest.fixture
def known_model() -> KnownModel:
    return KnownModel()


@pytest.fixture
def draw() -> Callable[..., pd.DataFrame]:
    """``draw(n, seed)``: patients as a plain table, to plant a fault in."""
    return draw_patients


@pytest.fixture
def make_inspection() -> Callable[..., Inspection]:
    """Build an inspection from tables of held-out and training patients."""

    def make(
        held_out: pd.DataFrame,
        training: pd.DataFrame | None = None,
        *,
        schema: Schema = SCHEMA,
        model: KnownModel | None = None,
        threshold: float = 0.3,
        outcome: str = "ill",
    ) -> Inspection:
        used = KnownModel() if model is None else model
        own = replace(used, columns=tuple(schema.column(name) for name in used.feature_names))
        cohort = to_cohort(held_out, schema, "h")
        reference = cohort.select(cohort.patient_ids[:20])
        study = Study(own, cohort, reference, outcome, threshold)
        learnt = None if training is None else to_cohort(training, schema, "t")
        return Inspection(study, training=learnt)

    return make
