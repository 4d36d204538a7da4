"""One function per fault: a good draft in, the same draft with the fault at a strength out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.faults.cohorts import (
    GROUP,
    MEASURES,
    SITE,
    SITES,
    with_log_odds,
    yes_no,
)
from benchmarks.faults.disguises import Jumpy, Relabelled, Scaffold
from benchmarks.faults.draft import Draft

Plant = Callable[[Draft, float, np.random.Generator], Draft]

MISSING_IF_WELL = 0.10
EVENTS_SHARE = 0.23
REPEATED_CODE = 999.0
AGE_CODE = 99.0


def misjudge_group(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """One group is ill more often, by log-odds that no input tells."""
    return draft.map_patients(lambda one: more_ill(one, strength, one["race"] == GROUP, rng))


def misjudge_site(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """At one site more patients are ill, by log-odds that no input tells."""
    return draft.map_patients(lambda one: more_ill(one, strength, one["site"] == SITE, rng))


def misjudge_crossing(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """Of the held-out patients the older with a low pressure are ill more often than was learnt."""
    patients = draft.held_out
    is_older = patients["age"] >= patients["age"].median()
    is_low = patients["pressure"] < patients["pressure"].median()
    return replace(draft, held_out=more_ill(patients, strength, is_older & is_low, rng))


def misjudge_everybody(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """Held-out patients are ill more often than training patients, by these log-odds."""
    everybody = pd.Series(data=True, index=draft.held_out.index)
    return replace(draft, held_out=more_ill(draft.held_out, strength, everybody, rng))


def find_group_less(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """Three measurements read low in one group, by so many spreads; its illness is as frequent."""
    return draft.map_patients(lambda one: read_low(one, strength))


def find_group_less_since(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """The same in held-out patients only: measured otherwise since the model was trained."""
    return replace(draft, held_out=read_low(draft.held_out, strength))


def never_train_group(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """Only so many patients of one group are among the training patients."""
    is_member = draft.training["race"] == GROUP
    members = draft.training[is_member].head(int(strength))
    return replace(draft, training=pd.concat([draft.training[~is_member], members]))


def leak(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """A feature lies this many spreads higher in the ill: recorded once the outcome was known."""
    return draft.map_patients(
        lambda one: one.assign(
            marker=((one["ill"] == "yes") * strength + rng.normal(size=len(one))).round(2)
        )
    )


def skip_question(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """A value is missing in this share of the ill, and in one of ten others."""

    def skip(patients: pd.DataFrame) -> pd.DataFrame:
        share = np.where(patients["ill"] == "yes", strength, MISSING_IF_WELL)
        return patients.assign(bmi=patients["bmi"].mask(rng.random(len(patients)) < share))

    return draft.map_patients(skip)


def write_code(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """999 stands for a blood pressure that this share of the patients never had measured."""
    return write_code_as(draft, "pressure", REPEATED_CODE, strength, rng)


def write_code_within_range(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """99 stands for an unknown age: a value that somebody may have."""
    return write_code_as(draft, "age", AGE_CODE, strength, rng)


def overlap(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """So many of the held-out patients, as a share, were trained on, under another id."""
    n = round(strength * len(draft.held_out))
    copies = draft.training.iloc[rng.choice(len(draft.training), n, replace=False)]
    return replace(draft, held_out=pd.concat([draft.held_out.iloc[n:], copies]))


def repeat_patients(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """So many of the held-out patients, as a share, are copies of others."""
    n = round(strength * len(draft.held_out))
    kept = draft.held_out.iloc[n:]
    copies = kept.iloc[rng.choice(len(kept), n, replace=False)]
    return replace(draft, held_out=pd.concat([kept, copies]))


def stand_in(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """A feature lies this many spreads higher in one protected group."""
    return draft.map_patients(
        lambda one: one.assign(
            marker=((one["race"] == GROUP) * strength + rng.normal(size=len(one))).round(2)
        )
    )


def take_shortcut(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """A device gives the site away, and sites differ in how many are ill, by these log-odds."""

    def mark(patients: pd.DataFrame) -> pd.DataFrame:
        site = patients["site"].cat.codes.to_numpy() - (len(SITES) - 1) / 2
        marked = (2.0 * site + rng.normal(0.0, 0.5, len(patients))).round(2)
        log_odds = patients["log_odds"].to_numpy() + strength * site
        return with_log_odds(patients.assign(marker=marked), log_odds, rng)

    return draft.map_patients(mark)


def drift(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """Glucose and blood pressure of the held-out patients lie this many spreads higher."""
    moved = {
        name: (draft.held_out[name] + strength * MEASURES[name].spread).round(
            MEASURES[name].decimals
        )
        for name in ("glucose", "pressure")
    }
    return replace(draft, held_out=draft.held_out.assign(**moved))


def overfit(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """Trees of this depth, as many as it takes to know the training patients by heart."""
    if strength <= draft.parameters["max_depth"]:
        return draft
    parameters = {"n_trees": 200, "max_depth": int(strength), "learning_rate": 0.3}
    return replace(draft, parameters=parameters, is_calibrated=False, has_comparator=False)


def set_threshold(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """A threshold at which nobody, or everybody, is decided about."""
    return replace(draft, threshold=strength)


def leave_few_events(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """So few training patients that there are about this many events for each of ten inputs."""
    n = round(strength * 10 / EVENTS_SHARE)
    return replace(draft, training=draft.training.head(n))


def hide_label(draft: Draft, strength: float, rng: np.random.Generator) -> Draft:
    """The model predicts what was written down, and one group's illness is, this much less."""

    def forget(patients: pd.DataFrame) -> pd.DataFrame:
        is_forgotten = (patients["race"] == GROUP) & (rng.random(len(patients)) < strength)
        return patients.assign(
            told=yes_no(((patients["told"] == "yes") & ~is_forgotten).to_numpy())
        )

    return replace(draft.map_patients(forget), outcome="told")


def hide_rule(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """Patients whose weight suits their body mass get another rule, mixed in by this share."""
    return replace(draft, disguise=lambda model: Scaffold(model, strength))


def jump(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """Log-odds jump up and down by this much between neighbouring values."""
    return replace(draft, disguise=lambda model: Jumpy(model, strength))


def exchange_model(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """Above 0, the model is not the one that its bundle holds."""
    return replace(draft, disguise=Relabelled) if strength > 0 else draft


def shrink_group(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """Only so many patients of one group are held out."""
    is_member = draft.held_out["race"] == GROUP
    members = draft.held_out[is_member].head(int(strength))
    return replace(draft, held_out=pd.concat([draft.held_out[~is_member], members]))


def compare_with_few(draft: Draft, strength: float, _rng: np.random.Generator) -> Draft:
    """Explanations compare with so many patients only, whoever these are."""
    return replace(draft, n_reference=int(strength))


def leave(draft: Draft, _strength: float, _rng: np.random.Generator) -> Draft:
    """The fault is in the nature of the patients already."""
    return draft


def more_ill(
    patients: pd.DataFrame, strength: float, is_hit: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """The patients, those hit ill more often by these log-odds."""
    log_odds = patients["log_odds"].to_numpy() + strength * is_hit.to_numpy()
    return with_log_odds(patients, log_odds, rng)


def read_low(patients: pd.DataFrame, strength: float) -> pd.DataFrame:
    """The patients, three measurements of one group so many spreads lower."""
    is_member = (patients["race"] == GROUP).to_numpy()
    lowered = {
        name: (patients[name] - strength * MEASURES[name].spread * is_member).round(
            MEASURES[name].decimals
        )
        for name in ("glucose", "creatinine", "marker")
    }
    return patients.assign(**lowered)


def write_code_as(
    draft: Draft, name: str, code: float, share: float, rng: np.random.Generator
) -> Draft:
    """The draft with a code in the place of this share of one feature's values."""
    return draft.map_patients(
        lambda one: one.assign(**{name: one[name].mask(rng.random(len(one)) < share, code)})
    )
