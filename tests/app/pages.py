"""Workspaces made for a state of a page, and what a page shows."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from streamlit.testing.v1 import AppTest

import sample_data
from explainers.workspace import Workspace

SAMPLE_DATA = Path(sample_data.__file__).parent
COHORT = "heart_four_hospitals"
OpenPage = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    """Everything a page says outside its tables."""
    kinds = (app.markdown, app.header, app.caption, app.info, app.warning, app.error, app.title)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def settled(app: AppTest) -> AppTest:
    """The page once what it computes in the background is there; AppTest does not ask again."""
    for _ in range(120):
        if not any(button.key == "behaviour_stop" for button in app.button):
            break
        app = app.run()
    assert not app.exception
    return app


def add_cohort(root: Path, name: str, *, drop_columns: tuple[str, ...] = ()) -> None:
    """Add the heart cohort under another name, without some of its columns."""
    source, target = SAMPLE_DATA / COHORT, root / "cohorts" / name
    target.mkdir(parents=True)
    schema = (source / "schema.toml").read_text("utf-8")
    (target / "schema.toml").write_text(
        schema.replace('name = "heart_four_hospitals"', f'name = "{name}"', 1), "utf-8"
    )
    table = pd.read_csv(source / "cohort.csv", dtype=str, keep_default_na=False)
    table.drop(columns=list(drop_columns)).to_csv(target / "cohort.csv", index=False)


def add_model(
    root: Path, name: str, cohort: str, *, test_ids: tuple[str, ...] | None = None
) -> Path:
    """Add the heart model under another name and cohort, with a manifest that fits."""
    target = root / "models" / name
    shutil.copytree(SAMPLE_DATA / "models" / "heart-xgboost", target)
    facts = (target / "bundle.toml").read_text("utf-8")
    facts = facts.replace('name = "heart-xgboost"', f'name = "{name}"', 1)
    facts = facts.replace(f'cohort = "{COHORT}"', f'cohort = "{cohort}"')
    digest = Workspace(root).load_cohort(cohort).digest
    facts = re.sub(r'cohort_digest = "[0-9a-f]+"', f'cohort_digest = "{digest}"', facts)
    (target / "bundle.toml").write_text(facts, "utf-8")
    if test_ids is not None:
        header = (target / "test_patients.csv").read_text("utf-8").splitlines()[0]
        (target / "test_patients.csv").write_text("\n".join([header, *test_ids]) + "\n", "utf-8")
    sign(target)
    return target


def sign(bundle: Path) -> None:
    """Write a manifest that fits the files as they are."""
    names = sorted(path.name for path in bundle.iterdir() if path.name != "SHA256SUMS")
    lines = [
        f"{hashlib.sha256((bundle / name).read_bytes()).hexdigest()}  {name}\n" for name in names
    ]
    (bundle / "SHA256SUMS").write_text("".join(lines), "utf-8")
