"""Made-up patients of realistic size with a known risk, and a schema that says what they are.

A drawn table has the schema's columns and ``log_odds``, the true log-odds of the outcome, so that a
fault can be planted in what was measured, in who is ill, or in what was written down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from explainers.core import Cohort, CohortFacts, Column, Condition, Grouping, Outcome, Schema
from explainers.core.arrays import BoolArray, FloatArray

RACES, SEXES, SITES = ("White", "Black", "Asian", "Other"), ("female", "male"), ("A", "B", "C")
RACE_SHARES, SITE_SHARES = (0.50, 0.22, 0.16, 0.12), (0.40, 0.35, 0.25)
# The group and the site in which faults are planted: a fifth and a quarter of the patients.
GROUP, SITE = "Black", "C"
# Log-odds without anything above or below its mean; about one in four is then ill.
INTERCEPT = -1.35
LABEL_IS_KEPT = 0.8
MISSING_BY_CHANCE = 0.04


@dataclass(frozen=True)
class _Measure:
    """One measured number: mean, spread, decimals, and log-odds for each spread."""

    label: str
    unit: str
    mean: float
    spread: float
    decimals: int
    weight: float
    is_expected: bool = True


MEASURES = {
    "age": _Measure("Age", "years", 58.0, 12.0, 0, 0.50),
    "pressure": _Measure("Blood pressure", "mmHg", 130.0, 16.0, 0, 0.25),
    "glucose": _Measure("Glucose", "mmol/L", 5.8, 1.2, 1, 0.45),
    "creatinine": _Measure("Creatinine", "umol/L", 85.0, 18.0, 0, 0.30),
    "bmi": _Measure("Body mass index", "kg/m2", 27.0, 4.5, 1, 0.20),
    "heart_rate": _Measure("Heart rate", "/min", 74.0, 11.0, 0, 0.15, is_expected=False),
    "marker": _Measure("Marker", "", 0.0, 1.0, 2, 0.30, is_expected=False),
}
ANSWERS = {"smoker": ("Smoker", 0.25, 0.4), "prior": ("Earlier event", 0.15, 0.6)}
FEATURES = (*MEASURES, "weight", *ANSWERS)


@dataclass(frozen=True)
class Nature:
    """What is true of the patients before any fault.

    Attributes
    ----------
    bend : float
        Weight of what no straight line describes: two inputs that act together, and one of which
        both ends are bad.
    case_mix : float
        Spreads by which age and glucose differ between groups and between sites. Risks stay right.
    pressure_weight : float
        Log-odds for each spread of blood pressure.
    discrimination : float
        Factor on everything that makes patients differ in risk.
    """

    bend: float = 0.0
    case_mix: float = 0.0
    pressure_weight: float = MEASURES["pressure"].weight
    discrimination: float = 1.0


def make_schema() -> Schema:
    """Ten features, three groupings, and two outcomes: being ill, and having been told so."""
    numbers = tuple(
        Column(
            name,
            one.label,
            "number",
            unit=one.unit,
            decimals=one.decimals,
            expected_direction="higher" if one.is_expected else "",
        )
        for name, one in MEASURES.items()
    )
    answers = tuple(
        Column(name, label, "yes_no", expected_direction="higher")
        for name, (label, _, _) in ANSWERS.items()
    )
    return Schema(
        facts=CohortFacts("planted", "Planted", "Made-up patients with a known fault."),
        patient_id="patient",
        columns=(
            *numbers,
            Column("weight", "Weight", "number", unit="kg", decimals=1),
            *answers,
            Column("race", "Race", "category", "attribute", levels=RACES, sensitive=True),
            Column("sex", "Sex", "category", "attribute", levels=SEXES, sensitive=True),
            Column("site", "Hospital", "category", "attribute", levels=SITES),
            Column("ill", "Ill", "yes_no", "outcome"),
            Column("told", "Told to be ill", "yes_no", "outcome"),
        ),
        outcomes=(
            Outcome("ill", "Illness", "are ill", "now", (Condition("ill", equals="yes"),)),
            Outcome("told", "Told", "were told", "now", (Condition("told", equals="yes"),)),
        ),
        groups=(
            Grouping("race", "Race", "race", RACES[0], RACES),
            Grouping("sex", "Sex", "sex", SEXES[0], SEXES),
            Grouping("site", "Hospital", "site", SITES[0], SITES),
        ),
    )


def draw_patients(n: int, nature: Nature, rng: np.random.Generator) -> pd.DataFrame:
    """``n`` patients whose outcome follows ``log_odds`` exactly, whatever their group or site."""
    race = rng.choice(len(RACES), n, p=RACE_SHARES)
    site = rng.choice(len(SITES), n, p=SITE_SHARES)
    away = {name: rng.normal(size=n) for name in MEASURES}
    shift = nature.case_mix * (np.array([0.0, 0.6, -0.6, 0.3])[race] + (site - 1.0) / 2.0)
    away["age"] += shift
    away["glucose"] += shift
    answers = {name: rng.random(n) < share for name, (_, share, _) in ANSWERS.items()}
    patients = pd.DataFrame(
        {
            name: (one.mean + one.spread * away[name]).round(one.decimals)
            for name, one in MEASURES.items()
        }
    )
    patients["weight"] = (2.85 * patients["bmi"] + rng.normal(0.0, 3.0, n)).round(1)
    for name, is_so in answers.items():
        patients[name] = yes_no(is_so)
    patients["race"] = pd.Categorical.from_codes(race, categories=pd.Index(RACES))
    patients["sex"] = pd.Categorical.from_codes(rng.integers(0, 2, n), categories=pd.Index(SEXES))
    patients["site"] = pd.Categorical.from_codes(site, categories=pd.Index(SITES))
    for name in ("glucose", "creatinine"):
        patients.loc[rng.random(n) < MISSING_BY_CHANCE, name] = np.nan
    return with_log_odds(patients, _log_odds(away, answers, nature), rng)


def with_log_odds(
    patients: pd.DataFrame, log_odds: FloatArray, rng: np.random.Generator
) -> pd.DataFrame:
    """The patients with these true log-odds (n,), and outcomes drawn anew from them."""
    is_ill = rng.random(len(patients)) < expit(log_odds)
    is_told = is_ill & (rng.random(len(patients)) < LABEL_IS_KEPT)
    return patients.assign(log_odds=log_odds, ill=yes_no(is_ill), told=yes_no(is_told))


def yes_no(is_so: BoolArray) -> pd.Categorical[str]:
    """Answers (n,) as a cohort holds them."""
    return pd.Categorical(np.where(is_so, "yes", "no"), categories=["no", "yes"])


def as_cohort(patients: pd.DataFrame, schema: Schema, prefix: str) -> Cohort:
    """A cohort whose patients are called by the prefix and their row."""
    frame = patients[[column.name for column in schema.columns]].copy()
    frame.index = pd.Index([f"{prefix}{row}" for row in range(len(frame))])
    return Cohort(frame, schema)


def _log_odds(
    away: dict[str, FloatArray],
    answers: dict[str, BoolArray],
    nature: Nature,
) -> FloatArray:
    weights = {name: one.weight for name, one in MEASURES.items()}
    weights["pressure"] = nature.pressure_weight
    terms: list[FloatArray] = [np.asarray(weights[name] * away[name]) for name in MEASURES]
    terms += [
        np.asarray(weight * (answers[name] - share)) for name, (_, share, weight) in ANSWERS.items()
    ]
    terms.append(nature.bend * away["glucose"] * away["marker"])
    terms.append(nature.bend * 0.6 * (away["heart_rate"] ** 2 - 1.0))
    return np.asarray(INTERCEPT + nature.discrimination * np.sum(terms, axis=0))
