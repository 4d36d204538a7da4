"""Running a command as a user does, and a small workspace of the user's own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.__main__ import main

SCHEMA = """
format = 1
[cohort]
name = "ward"
title = "A ward"
description = "Made-up patients."
patient_id = "id"
[[columns]]
name = "age_years"
label = "Age"
unit = "years"
kind = "number"
concept = "Age"
[[columns]]
name = "pulse_bpm"
label = "Pulse"
unit = "/min"
kind = "number"
missing_codes = [999]
[[columns]]
name = "sex"
label = "Sex"
kind = "category"
levels = ["female", "male"]
role = "attribute"
[[columns]]
name = "ill"
label = "Ill"
kind = "yes_no"
role = "outcome"
[[outcomes]]
name = "illness"
label = "Illness"
noun = "be ill"
horizon = "today"
any_of = [{ column = "ill", equals = "yes" }]
[[groups]]
name = "sex"
label = "Sex"
column = "sex"
reference = "male"
"""

RECIPE = """
format = 1
name = "ward-logistic"
version = "0.1.0"
title = "Illness on the ward"
purpose = "Tests."
intended_users = "Nobody."
intended_patients = "Made-up ones."
limits = ["Made up."]
cohort = "ward"
outcome = "illness"
features = ["age_years", "pulse_bpm"]
seed = 1
[model]
family = "logistic"
[split]
test_fraction = 0.5
[calibration]
method = "logistic"
folds = 3
[threshold]
value = 0.3
reason = "A made-up weighing."
"""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture
def pellucid(capsys: pytest.CaptureFixture[str], ward: Path) -> Callable[..., Answer]:
    """Run a command in the ward's workspace; errors of argparse become exit codes."""

    def run(*arguments: str, workspace: Path = ward) -> Answer:
        capsys.readouterr()
        try:
            code = main([*arguments, "--workspace", str(workspace)])
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def trained_ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one cohort of 240 patients and one model trained on it."""
    root = tmp_path_factory.mktemp("workspace")
    cohort = root / "cohorts" / "ward"
    cohort.mkdir(parents=True)
    (cohort / "schema.toml").write_text(SCHEMA)
    (cohort / "cohort.csv").write_text(ward_table())
    (root / "recipe.toml").write_text(RECIPE)
    assert main(["train", str(root / "recipe.toml"), "--workspace", str(root)]) == 0
    return root


@pytest.fixture
def ward(trained_ward: Path, tmp_path: Path) -> Path:
    """A copy of the workspace that a test may spoil."""
    return Path(shutil.copytree(trained_ward, tmp_path / "ward"))


def ward_table() -> str:
    """Older patients are ill more often; every seventh pulse was not measured."""
    draw = np.random.default_rng(7)
    lines = ["id,age_years,pulse_bpm,sex,ill"]
    for number in range(240):
        age = draw.integers(20, 90)
        pulse = 999 if number % 7 == 0 else draw.integers(50, 110)
        ill = "yes" if draw.random() < age / 120 else "no"
        lines.append(f"p{number:03d},{age},{pulse},{'female' if number % 2 else 'male'},{ill}")
    return "\n".join(lines) + "\n"
