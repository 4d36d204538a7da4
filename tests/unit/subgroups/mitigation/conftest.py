"""A model trained on patients of whom one group is ill more often than the inputs say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from explainers.core import Cohort, CohortFacts, Column, Condition, Grouping, Outcome, Schema, Study
from explainers.models import Recipe, train
from explainers.models.retraining import TrainingPart, out_of_fold_risk
from explainers.subgroups.mitigation import MitigationTask

GROUPS = ("North", "South", "Islands")
SHIFTS = np.array([0.0, 1.0, 0.0])
THRESHOLD = 0.2
SCHEMA = Schema(
    facts=CohortFacts("planted", "Planted", "Made-up patients."),
    patient_id="patient",
    columns=(
        Column("marker", "Marker", "number"),
        Column("age", "Age", "number"),
        Column("origin", "Origin", "category", "attribute", levels=GROUPS, sensitive=True),
        Column("ill", "Ill", "yes_no", "outcome"),
    ),
    outcomes=(Outcome("ill", "Illness", "are ill", "now", (Condition("ill", equals="yes"),)),),
    groups=(
        Grouping("origin", "Origin", "origin", "North", GROUPS),
        Grouping("age", "Age", "age", "low", ("low", "high"), (0.0,)),
    ),
)
RECIPE = Recipe(
    name="planted",
    version="1",
    title="Planted",
    purpose="For tests.",
    intended_users="Tests.",
    intended_patients="Made-up ones.",
    cohort="planted",
    outcome="ill",
    features=("marker", "age"),
    seed=0,
    family="logistic",
    parameters={},
    test_fraction=0.5,
    n_folds=5,
    threshold=THRESHOLD,
    threshold_reason="For tests.",
)


def planted_cohort(n: int = 12_000) -> Cohort:
    """The South is ill more often at the same marker and age."""
    rng = np.random.default_rng(4)
    group = rng.choice(3, n, p=[0.65, 0.25, 0.1])
    marker, age = rng.normal(size=(2, n))
    ill = rng.random(n) < expit(-1.9 + 1.1 * marker + 0.4 * age + SHIFTS[group])
    frame = pd.DataFrame(
        {
            "marker": marker,
            "age": age,
            "origin": pd.Categorical(np.array(GROUPS)[group], categories=GROUPS),
            "ill": pd.Categorical(np.where(ill, "yes", "no"), categories=["no", "yes"]),
        },
        index=pd.Index([f"p{at}" for at in range(n)], name="patient"),
    )
    return Cohort(frame, SCHEMA)


@pytest.fixture(scope="session")
def task(tmp_path_factory: pytest.TempPathFactory) -> MitigationTask:
    cohort = planted_cohort()
    bundle = train(RECIPE, cohort, Path(tmp_path_factory.mktemp("bundles")) / "planted")
    held_out = cohort.select(bundle.test_patient_ids)
    study = Study(bundle.model, held_out, held_out, "ill", THRESHOLD)
    part = TrainingPart.of(bundle, cohort)
    return MitigationTask(study, part, "origin", out_of_fold_risk(part))
