"""The fault benchmark plants what it says, and counts what the checks make of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.faults import __main__ as command
from benchmarks.faults.catalogue import FAULTS, Fault
from benchmarks.faults.cohorts import Nature
from benchmarks.faults.draft import Sizes, draw_draft
from benchmarks.faults.judgement import Clean, judge_clean, judge_fault
from benchmarks.faults.survey import SURVEY_FAULTS, draw_survey
from explainers.checks import find_check

TINY = Sizes(training=400, held_out=400)
QUICK_CHECKS = tuple(map(find_check, ("poor-ranking", "duplicates", "group-never-trained")))


@pytest.fixture(scope="module")
def clean() -> list[Clean]:
    return judge_clean(TINY, 1, QUICK_CHECKS)


def fault_of(code: str) -> Fault:
    return next(fault for fault in FAULTS if fault.code == code)


@pytest.mark.parametrize("code", ["duplicates", "group-never-trained", "poor-ranking"])
def test_a_strong_fault_is_found_and_a_faint_one_is_no_miss(code: str) -> None:
    """Prevents a fault planted in name only, and silence about trifles from being a miss."""
    fault = fault_of(code)
    faint, *_, strongest = (judge_fault(fault, one, TINY, 1) for one in fault.strengths)
    assert (strongest.n_found, strongest.n_missed) == (1, 0)
    assert sum(strongest.severities.values()) == 1
    assert faint.n_missed == 0


def test_a_finding_about_another_group_is_a_miss() -> None:
    """Prevents a check that blames somebody in every model from passing as one that finds all."""
    fault = fault_of("group-never-trained")
    strongest = fault.strengths[-1]
    assert judge_fault(fault, strongest, TINY, 1).n_found == 1
    elsewhere = replace(fault, about="Race: Asian")
    assert judge_fault(elsewhere, strongest, TINY, 1).n_missed == 1


def test_each_fault_has_one_strength_that_does_not_matter() -> None:
    """Prevents figures that only say that loud faults are loud."""
    for fault in FAULTS:
        assert [one.matters for one in fault.strengths].count(False) == 1, fault.name
        assert find_check(fault.code).code == fault.code


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_planting_leaves_the_good_draft_as_it_was(fault: Fault) -> None:
    """Prevents a fault from leaking into the next strength or the sound models."""
    good = draw_draft(fault.family, Nature(), TINY, np.random.default_rng(0))
    before = good.training.copy(), good.held_out.copy()
    fault.plant(good, fault.strengths[-1].value, np.random.default_rng(1))
    assert good.training.equals(before[0])
    assert good.held_out.equals(before[1])


def test_sound_models_are_counted_by_their_worst_finding(clean: list[Clean]) -> None:
    """Prevents false alarms from being counted per finding rather than per model."""
    assert [one.n for one in clean] == [1, 1, 1, 1]
    assert all(one.n_high <= one.n_medium <= one.n for one in clean)
    assert clean[0].applicable["poor-ranking"] == 1


def test_the_command_prints_and_writes_the_same_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    clean: list[Clean],
) -> None:
    """Prevents a table that the record does not bear out."""
    monkeypatch.setattr(command, "judge_clean", lambda *_sizes_and_seeds, **_trial: clean)
    monkeypatch.setattr(command, "QUICK", TINY)
    out, page = tmp_path / "faults.json", tmp_path / "faults.md"
    arguments = ["--quick", "--seeds", "1", "--only", "poor-ranking"]
    assert command.main([*arguments, "--out", str(out), "--markdown", str(page)]) == 0
    record: dict[str, Any] = json.loads(out.read_text("utf-8"))
    assert {one["code"] for one in record["faults"]} == {"poor-ranking"}
    assert record["clean_with_high_finding"]["of"] == 4
    found = sum(one["n_found"] for one in record["faults"] if one["matters"])
    said = f"Found {found} of 2 planted faults"
    assert said in capsys.readouterr().out
    assert said in page.read_text("utf-8")


def test_held_out_models_share_no_patient_between_training_and_judging() -> None:
    """Prevents optimism from patients drawn twice, and weights that are the same in every model."""
    first, second = (draw_survey(TINY, Nature(), np.random.default_rng(seed)) for seed in (1, 1))
    assert first[0].equals(second[0])
    training, held_out = first
    assert not set(training.index) & set(held_out.index)
    assert 0.05 < float((training["ill"] == "yes").mean()) < 0.6
    other = draw_survey(TINY, Nature(), np.random.default_rng(2))[0]
    assert not other["log_odds"].equals(training["log_odds"])


def test_held_out_faults_are_those_of_the_catalogue_planted_otherwise_where_limits_were_set() -> (
    None
):
    """Prevents a held-out figure from being one on the crossing and the code designed on."""
    assert [one.name for one in SURVEY_FAULTS] == [one.name for one in FAULTS]
    differing = [
        one.name for one, old in zip(SURVEY_FAULTS, FAULTS, strict=True) if one.plant != old.plant
    ]
    assert differing == [
        "a crossing nobody named is misjudged",
        "a group is found less often",
        "a code among true values",
    ]
