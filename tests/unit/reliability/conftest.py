"""Invented patients with a known rule, and the built-in studies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from explainers.core.arrays import FloatArray
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.link import Link
from explainers.core.schema import CohortFacts, Column, Condition, Outcome, Schema
from explainers.core.study import Study
from explainers.models.bundle import Bundle
from explainers.reliability.training_patients import TrainingPatients
from explainers.workspace import Workspace

LOG_ODDS = Link("log-odds")

Rule = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class RuleModel:
    """A model that follows a rule written down in a test."""

    rule: Rule
    columns: tuple[Column, ...]
    link: Link = LOG_ODDS
    name: str = "rule"
    version: str = "1"
    family: str = "rule"
    digest: str = "rule"

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def score(self, matrix: FloatArray) -> FloatArray:
        return self.rule(matrix)

    def predict_risk(self, frame: pd.DataFrame) -> FloatArray:
        return self.link.risk(self.score(encode(frame, self.columns)))


@pytest.fixture(scope="session")
def numbers() -> tuple[Column, ...]:
    return tuple(Column(f"input_{at}", f"Input {at}", "number", decimals=3) for at in range(5))


@pytest.fixture(scope="session")
def rule_study(numbers: tuple[Column, ...]) -> Callable[..., Study]:
    """Builds a study of 300 independent standard normal patients, 20 of them references."""

    def build(rule: Rule, *, seed: int = 0) -> Study:
        values = np.random.default_rng(42).standard_normal((300, len(numbers)))
        frame = pd.DataFrame(values, columns=[column.name for column in numbers])
        frame.index = pd.Index([f"p{at}" for at in range(300)])
        schema = Schema(
            facts=CohortFacts("invented", "Invented", "Invented patients"),
            patient_id="id",
            columns=numbers,
            outcomes=(
                Outcome("high", "High", "are high", "now", (Condition("input_0", at_least=0.0),)),
            ),
        )
        cohort = Cohort(frame, schema)
        return Study(
            model=RuleModel(rule, numbers),
            cohort=cohort,
            reference=cohort.select([f"p{at}" for at in range(20)]),
            outcome="high",
            threshold=0.5,
            seed=seed,
        )

    return build


@pytest.fixture(scope="session")
def rule_model() -> type[RuleModel]:
    return RuleModel


@pytest.fixture(scope="session")
def diabetes() -> Study:
    return Workspace().open_study("diabetes-xgboost", n_reference=30)


@pytest.fixture(scope="session")
def heart() -> Study:
    return Workspace().open_study("heart-xgboost", n_reference=30)


@pytest.fixture(scope="session")
def diabetes_bundle() -> Bundle:
    return Workspace().load_bundle("diabetes-xgboost")


@pytest.fixture(scope="session")
def nhanes() -> Cohort:
    return Workspace().load_cohort("nhanes_2017_2018")


@pytest.fixture(scope="session")
def training(diabetes_bundle: Bundle, nhanes: Cohort) -> TrainingPatients:
    return TrainingPatients.of(diabetes_bundle, nhanes)
