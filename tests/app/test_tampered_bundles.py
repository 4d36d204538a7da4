"""A bundle or cohort that was changed on disk: told in the app, never opened; others stay open."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.app.pages import OpenPage, add_cohort, add_model, texts

NAME, OTHER = "heart-copy", "heart-other"


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


def swap_patients(root: Path) -> None:
    """Another sound cohort under the same name: those trained on could pass for held-out ones."""
    path = root / "cohorts" / "copied" / "cohort.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.iloc[::-1].to_csv(path, index=False)


def change_value(root: Path) -> None:
    path = root / "cohorts" / "copied" / "cohort.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[3, "age_years"] = str(int(float(table.loc[3, "age_years"])) + 1)
    table.to_csv(path, index=False)


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "model": (
        lambda root: flip(root / "models" / NAME / "model.ubj", 100),
        "has changed since it was saved",
    ),
    "manifest": (
        lambda root: flip(root / "models" / NAME / "SHA256SUMS", 3),
        "has changed since it was saved",
    ),
    "declaration": (
        lambda root: flip(root / "models" / NAME / "bundle.toml", 20),
        "has changed since it was saved",
    ),
    "held-out patients": (
        lambda root: flip(root / "models" / NAME / "test_patients.csv", -3),
        "has changed since it was saved",
    ),
    "a value of a patient": (change_value, "must be those that the model's training"),
    "another cohort": (swap_patients, "must be those that the model's training"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    for name, cohort in ((NAME, "copied"), (OTHER, "untouched")):
        add_cohort(root, cohort)
        add_model(root, name, cohort)
    return root


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_told_and_never_opened(
    open_page: OpenPage, whole: Path, tmp_path: Path, change: str
) -> None:
    root = Path(shutil.copytree(whole, tmp_path / "kept"))
    alter, told = CHANGES[change]
    alter(root)
    app = open_page("patient", root, model=NAME)
    assert not app.exception
    assert told in texts(app).replace("\\", "")
    shows_patients = "patient_search" in {box.key for box in app.text_input}
    assert app.selectbox(key="model").value != NAME or not shows_patients
    other = open_page("patient", root, model=OTHER)
    assert not other.exception
    assert other.selectbox(key="model").value == OTHER
    assert "patient_search" in {box.key for box in other.text_input}
