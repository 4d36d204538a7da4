"""A program that is killed while it registers leaves whole cohorts and models, or none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from explainers.registration import match_features, prepare_model, save_model
from explainers.workspace import Workspace
from tests.unit.registration.declared import DECLARED
from tests.unit.registration.test_registration import booster, saved, ward

SAVER = Path(__file__).with_name("saver.py")
ROOT = Path(__file__).parents[3]
N_KILLS = 20


@pytest.mark.skipif(sys.platform == "win32", reason="signal 9 is of POSIX")
def test_kill_9_in_the_middle_leaves_nothing_half_and_the_next_registration_works(
    tmp_path: Path,
) -> None:
    """Prevents half a bundle from being listed, and what was left from staying for ever."""
    done = subprocess.run(
        [sys.executable, str(SAVER), str(tmp_path), str(N_KILLS)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == N_KILLS
    assert all(one["was_killed"] for one in told)
    assert all(one["n_patients"] in ([], [120]) for one in told)
    # Patients go first: at most one cohort of a run is without its model.
    assert all(one["n_cohorts"] - one["n_models"] in (0, 1) for one in told)
    assert sum(one["n_models"] for one in told) > 0, "some registrations came to their end"
    left = list(tmp_path.glob("*/.draft-*"))
    assert left, "some were killed in the middle"
    for draft in left:
        os.utime(draft, (0, 0))
    place = Workspace(tmp_path)
    cohort, _ = saved(place, ward())
    outside = booster(["age_years", "lactate_mmol_l"])
    matches = match_features(outside, cohort.schema)
    save_model(place, prepare_model(outside, cohort, matches, DECLARED))
    assert len(place.open_study("ward-model").cohort) == 120
    assert list(tmp_path.glob("*/.draft-*")) == []
