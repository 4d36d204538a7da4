"""Real answers and measurements with made-up outcomes: patients that no check was designed on.

The rows are those of the built-in NHANES cohort, with its skewed, rounded, capped, correlated and
missing values and its groups' own case mix. Only the outcome is drawn, from log-odds whose weights
are drawn anew for every model, so that what is true stays known.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.faults.catalogue import FAULTS, Fault
from benchmarks.faults.cohorts import (
    ANSWERS,
    INTERCEPT,
    MEASURES,
    RACES,
    SEXES,
    SITE_SHARES,
    SITES,
    Nature,
    with_log_odds,
)
from benchmarks.faults.draft import Draft, Sizes
from benchmarks.faults.planting import find_group_less_since, more_ill, write_code_as
from explainers.core.arrays import FloatArray
from explainers.workspace import Workspace

COHORT = "nhanes_2017_2018"
# Which column stands in the place of which made-up one, rescaled to its mean and spread.
PLACES = {
    "age": "age_years",
    "pressure": "systolic_mmhg",
    "glucose": "waist_cm",
    "creatinine": "total_cholesterol_mg_dl",
    "bmi": "bmi_kg_m2",
    "heart_rate": "pulse_bpm",
    "marker": "height_cm",
    "weight": "weight_kg",
}
ANSWER_PLACES = {"smoker": "smoked_100_cigarettes", "prior": "moderate_recreation"}
WEIGHT_MEAN, WEIGHT_SPREAD = 77.0, 13.0
LEAST_WEIGHT, MOST_WEIGHT = 0.5, 1.5
# Another code, and another crossing, than those that the checks were designed on.
HELD_OUT_CODE = 88.0
CUT = 0.6


def draw_survey(
    sizes: Sizes, nature: Nature, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and held-out patients, all of them different, of at most 5,014."""
    chosen = rng.permutation(len(_rows()))[: sizes.training + sizes.held_out]
    patients = _rows().iloc[chosen].reset_index(drop=True)
    site = rng.choice(len(SITES), len(patients), p=SITE_SHARES)
    patients["site"] = pd.Categorical.from_codes(site, categories=pd.Index(SITES))
    drawn = with_log_odds(patients, _log_odds(patients, nature, rng), rng)
    return drawn.iloc[: sizes.training], drawn.iloc[sizes.training :]


@cache
def _rows() -> pd.DataFrame:
    """Every patient of the cohort, under the names of the made-up columns."""
    frame = Workspace().load_cohort(COHORT).frame
    found = pd.DataFrame(index=range(len(frame)))
    for name, source in PLACES.items():
        values = frame[source].to_numpy(dtype=np.float64)
        away = (values - np.nanmean(values)) / np.nanstd(values)
        one = MEASURES.get(name)
        mean, spread, decimals = (
            (WEIGHT_MEAN, WEIGHT_SPREAD, 1) if one is None else (one.mean, one.spread, one.decimals)
        )
        found[name] = (mean + spread * away).round(decimals)
    for name, source in ANSWER_PLACES.items():
        found[name] = pd.Categorical(frame[source].to_numpy(), categories=["no", "yes"])
    race, sex = (frame[name].astype(str).to_numpy() for name in ("race_ethnicity", "sex"))
    found["race"] = pd.Categorical(
        np.where(np.isin(race, RACES), race, RACES[-1]), categories=list(RACES)
    )
    found["sex"] = pd.Categorical(np.char.lower(sex.astype(str)), categories=list(SEXES))
    return found


def _log_odds(patients: pd.DataFrame, nature: Nature, rng: np.random.Generator) -> FloatArray:
    """As for made-up patients, with other weights; what is not recorded adds nothing."""
    away = {
        name: np.nan_to_num((patients[name].to_numpy() - one.mean) / one.spread)
        for name, one in MEASURES.items()
    }
    factors = rng.uniform(LEAST_WEIGHT, MOST_WEIGHT, len(MEASURES) + len(ANSWERS))
    weights = [one.weight for one in MEASURES.values()] + [one[2] for one in ANSWERS.values()]
    weights[list(MEASURES).index("pressure")] = nature.pressure_weight
    factors[list(MEASURES).index("pressure")] = 1.0
    columns = [*away.values(), *((patients[name] == "yes").to_numpy() - 0.4 for name in ANSWERS)]
    total = np.column_stack(columns) @ (factors * weights)
    total += nature.bend * away["glucose"] * away["marker"]
    total += nature.bend * 0.6 * (np.clip(away["heart_rate"], -3.0, 3.0) ** 2 - 1.0)
    return np.asarray(INTERCEPT + nature.discrimination * total)


def _misjudge_other_crossing(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """Held-out patients of a quick pulse and a low body mass are ill more often than was learnt."""
    patients = draft.held_out
    is_quick = patients["heart_rate"] >= patients["heart_rate"].quantile(1.0 - CUT)
    is_light = patients["bmi"] < patients["bmi"].quantile(CUT)
    return replace(draft, held_out=more_ill(patients, strength, is_quick & is_light, rng))


def _write_other_code(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """88 stands for an unknown blood pressure: a value that somebody may have."""
    return write_code_as(draft, "pressure", HELD_OUT_CODE, strength, rng)


_OTHERWISE: dict[str, dict[str, Any]] = {
    "a crossing nobody named is misjudged": {"plant": _misjudge_other_crossing},
    "a code among true values": {
        "plant": _write_other_code,
        "about": MEASURES["pressure"].label,
    },
    # Height, waist and weight give the group away here, so that a model trained on low readings
    # puts them right and nobody is found less often: they must come after training.
    "a group is found less often": {"plant": find_group_less_since},
}
SURVEY_FAULTS: tuple[Fault, ...] = tuple(
    replace(fault, **_OTHERWISE.get(fault.name, {})) for fault in FAULTS
)
