"""Whom each of three labels selects, with intervals, once the patients have their scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.comparison import OURS, Aim, Comparison, Line
from benchmarks.measurement import Cost, in_fresh_process, measure_work
from benchmarks.sizes import Sizes
from explainers.core import Cohort, CohortFacts, Column, Condition, Grouping, Outcome, Schema
from explainers.models.bundle import Bundle
from explainers.models.recipe import Recipe
from explainers.models.training import train
from explainers.subgroups.candidate_labels import RankedPatients
from explainers.subgroups.label_choice import LabelSettings, compare_ranked

MOST_SECONDS = 60.0
N_TRAINED = 2_000
SEED = 0
LEVELS = tuple(f"Area {at + 1}" for at in range(5))
SHARES = (0.4, 0.25, 0.2, 0.1, 0.05)
NAMES = ("visits", "conditions", "admissions")
NOTE = (
    "Top 10% by three labels, five groups, 1,000 resamples: shares, rates, differences, overlaps,"
    " both corrections, curves of need by risk, and what may be shown of it. The scores are made"
    " up and in memory; training is not measured. No peer does this."
)


def compare_label_choices(sizes: Sizes) -> Iterator[Comparison]:
    """The whole answer at each size that growth is measured at, from 10,000 patients on."""
    for n in (n for n in sizes.growth_patients if n >= 10_000):
        cost, found = in_fresh_process(measure_label_choice, n, SEED)
        aim = Aim(f"at most {MOST_SECONDS:g} s", cost.cpu_seconds <= MOST_SECONDS)
        line = Line(OURS, cost, aim=aim, note=found)
        yield Comparison(f"Label choice, {n:,} held-out patients", (line,), note=NOTE)


def measure_label_choice(n: int, seed: int) -> tuple[Cost, str]:
    """What the answer costs, and how many shares it released."""
    settings = LabelSettings(seed=seed)
    with TemporaryDirectory() as directory:
        bundle = _trained(Path(directory))
    compare_ranked(bundle, make_patients(5_000, seed), replace(settings, n_resamples=100))
    patients = make_patients(n, seed)
    choice, cost = measure_work(lambda: compare_ranked(bundle, patients, settings))
    return cost, f"{len(choice.shares)} shares released"


def make_patients(n: int, seed: int) -> RankedPatients:
    """Made-up patients with three outcomes and a score for each."""
    rng = np.random.default_rng(seed)
    area = rng.choice(len(LEVELS), n, p=SHARES)
    illness = rng.normal(size=n)
    access = (-0.5 * (area > 2), 0.0, -0.2 * (area > 2))
    counts = [rng.poisson(np.exp(0.6 * illness + lower)).astype(np.float64) for lower in access]
    frame = pd.DataFrame(
        {
            "illness": illness,
            "area": pd.Categorical.from_codes(area, pd.Index(LEVELS)),
            **dict(zip(NAMES, counts, strict=True)),
        },
        index=pd.Index([f"P{at:07d}" for at in range(n)], name="patient"),
    )
    schema = _schema()
    return RankedPatients(
        cohort=Cohort(frame, schema),
        outcomes=schema.outcomes,
        labels=np.column_stack([own >= 3.0 for own in counts]).astype(np.float64),
        scores=np.column_stack([illness + lower + rng.normal(size=n) for lower in access]),
        n_train=N_TRAINED,
    )


def _trained(directory: Path) -> Bundle:
    """A small model: of it only the name, the threshold and the scale of its scores are used."""
    recipe = Recipe(
        name="made-up-logistic",
        version="1.0.0",
        title="Made up",
        purpose="Made up.",
        intended_users="Nobody.",
        intended_patients="Nobody.",
        cohort="made-up",
        outcome=NAMES[0],
        features=("illness",),
        seed=SEED,
        family="logistic",
        parameters={},
        test_fraction=0.5,
        n_folds=3,
        threshold=0.2,
        threshold_reason="Made up.",
    )
    return train(recipe, make_patients(N_TRAINED, SEED).cohort, directory / "made-up")


def _schema() -> Schema:
    return Schema(
        CohortFacts("made-up", "Made up", ""),
        "patient",
        (
            Column("illness", "Illness", "number"),
            Column("area", "Area", "category", role="attribute", levels=LEVELS),
            *(Column(name, name.title(), "number", role="outcome") for name in NAMES),
        ),
        tuple(
            Outcome(name, name.title(), f"have {name}", "now", (Condition(name, at_least=3.0),))
            for name in NAMES
        ),
        (Grouping("area", "Area", "area", LEVELS[0], LEVELS),),
    )
