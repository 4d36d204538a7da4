"""What the server keeps open, and when it reads anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.auth import local_person
from dashboard.context import Context
from dashboard.services.library import model_facts, schema_of, study_of
from explainers.errors import BundleError
from tests.app.pages import add_cohort, add_model


def test_a_cohort_changed_on_disk_is_noticed_at_once(tmp_path: Path) -> None:
    """Prevents a server from showing a patient's old values until it is started again."""
    add_cohort(tmp_path, "corrected")
    add_model(tmp_path, "corrected-model", "corrected")
    ctx = Context(tmp_path, local_person())
    facts = model_facts(ctx, "corrected-model")
    before = study_of(ctx, facts)
    assert study_of(ctx, facts) is before

    patient, path = before.cohort.patient_ids[0], tmp_path / "cohorts" / "corrected" / "cohort.csv"
    age = float(before.cohort.frame.loc[patient, "age_years"])
    lines = path.read_text("utf-8").splitlines(keepends=True)
    at = next(row for row, line in enumerate(lines) if line.startswith(f"{patient},"))
    cells = lines[at].split(",")
    cells[1] = f"{age + 1:g}"
    path.write_text("".join([*lines[:at], ",".join(cells), *lines[at + 1 :]]), "utf-8")
    with pytest.raises(BundleError, match="drawn from"):
        study_of(ctx, facts)


def test_a_label_corrected_in_the_schema_is_read_anew(tmp_path: Path) -> None:
    add_cohort(tmp_path, "relabelled")
    add_model(tmp_path, "relabelled-model", "relabelled")
    ctx = Context(tmp_path, local_person())
    facts = model_facts(ctx, "relabelled-model")
    assert schema_of(ctx, facts).column("age_years").label == "Age"
    path = tmp_path / "cohorts" / "relabelled" / "schema.toml"
    path.write_text(path.read_text("utf-8").replace('label = "Age"', 'label = "Age now"', 1))
    assert schema_of(ctx, facts).column("age_years").label == "Age now"
