"""Registers cohorts and models until it is killed, again and again; says what was left each time.

Started by test_registration_crashes as a program of its own. It prepares everything once and lets
children write, which are killed with signal 9 after a random time.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from explainers.registration import (
    CohortDraft,
    ModelDraft,
    match_features,
    prepare_model,
    save_both,
    stage_cohort,
)
from explainers.workspace import Workspace
from tests.unit.registration.declared import DECLARED
from tests.unit.registration.test_registration import booster, kept, ward

# Registrations that a child comes to at most; it is killed during any of them, or between two.
N_AT_MOST = 3


def main(root: Path, n_kills: int) -> None:
    place, source = Workspace(root), ward()
    draft = kept(source)
    with stage_cohort(place, draft, source) as staged:
        outside = booster(["age_years", "lactate_mmol_l"])
        matches = match_features(outside, staged.cohort.schema)
        model = prepare_model(outside, staged.cohort, matches, DECLARED)
    began = time.perf_counter()
    _register(place, draft, model, "warm-up")
    longest = N_AT_MOST * (time.perf_counter() - began)
    rng = np.random.default_rng(11)
    for run in range(n_kills):
        child = os.fork()
        if not child:
            _register_forever(place, draft, model, run)
        time.sleep(float(rng.uniform(0, longest)))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        _tell(place, run, was_killed=os.WIFSIGNALED(status))


def _register_forever(place: Workspace, draft: CohortDraft, model: ModelDraft, run: int) -> None:
    for at in itertools.count():
        _register(place, draft, model, f"run-{run}-{at}")


def _register(place: Workspace, draft: CohortDraft, model: ModelDraft, name: str) -> None:
    facts = replace(draft.schema.facts, name=name)
    named = replace(draft, schema=replace(draft.schema, facts=facts))
    with stage_cohort(place, named, ward()) as staged:
        digest = staged.cohort.digest
        own = replace(model.facts, name=name, cohort=name, training_cohort_digest=digest)
        save_both(place, staged, replace(model, facts=own))


def _tell(place: Workspace, run: int, *, was_killed: bool) -> None:
    """Every cohort and model of this run is opened as the dashboard would; a half one raises."""
    mine = f"run-{run}-"
    cohorts = [name for name in place.cohort_names() if name.startswith(mine)]
    models = [name for name in place.model_names() if name.startswith(mine)]
    n_patients = {len(place.load_cohort(name)) for name in cohorts}
    n_patients |= {len(place.open_study(name).cohort) for name in models}
    drafts = len(list((place.root or Path()).glob("*/.draft-*")))
    told = {
        "was_killed": was_killed,
        "n_cohorts": len(cohorts),
        "n_models": len(models),
        "n_patients": sorted(n_patients),
        "n_drafts": drafts,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
