"""The store of a study's own patients: same numbers, resumed, refused where it does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explainers.attribution.linear_shap import LinearShap
from explainers.attribution.store import StoreSettings, open_store, write_store
from explainers.attribution.store.study_store import (
    discard_store,
    read_study_store,
    write_study_store,
)
from explainers.core import Study
from explainers.errors import CancelledError, SettingsError, StoreError

SETTINGS = StoreSettings(chunk_rows=100)


@pytest.fixture
def few(logistic_study: Study) -> Study:
    ids = logistic_study.cohort.patient_ids[:250]
    return replace(logistic_study, cohort=logistic_study.cohort.select(ids))


def test_what_is_read_is_what_the_method_says(few: Study, tmp_path: Path) -> None:
    """Prevents contributions of one patient from standing under another's id."""
    store = write_study_store(few, tmp_path / "a", SETTINGS)
    rows = np.array([3, 99, 100, 249])
    found = read_study_store(store, few, rows)
    ids = tuple(few.cohort.patient_ids[row] for row in rows)
    expected = LinearShap().explain(few, few.matrix[rows], ids, "log-odds")
    assert found.patient_ids == ids
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_array_equal(found.prediction, expected.prediction)
    np.testing.assert_array_equal(found.feature_values, few.matrix[rows])
    assert np.abs(found.residual()).max() < 1e-9
    assert found.provenance.cohort_digest == few.cohort.digest


def test_a_stopped_store_goes_on_where_it_was(few: Study, tmp_path: Path) -> None:
    def stop_at_200(n_done: int, _n_all: int) -> None:
        if n_done >= 200:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        write_study_store(few, tmp_path / "a", SETTINGS, stop_at_200)
    with pytest.raises(StoreError, match="complete"):
        open_store(tmp_path / "a")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a").glob("part-*")}
    assert len(before) == 2
    store = write_study_store(few, tmp_path / "a", SETTINGS)
    assert len(store) == 250
    kept = {name: (tmp_path / "a" / name).stat().st_mtime_ns for name in before}
    assert kept == before


def test_a_damaged_part_is_noticed_and_made_again(few: Study, tmp_path: Path) -> None:
    """Prevents a page from showing what a failing disk made of the numbers."""
    store = write_study_store(few, tmp_path / "a", SETTINGS)
    part = tmp_path / "a" / "part-000001.parquet"
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(bytes(content))
    with pytest.raises(StoreError, match="not as they were written"):
        read_study_store(store, few, np.arange(250))
    again = write_study_store(few, tmp_path / "a", SETTINGS)
    assert len(read_study_store(again, few, np.arange(250)).values) == 250


def test_a_store_of_other_values_under_the_same_ids_is_refused(few: Study, tmp_path: Path) -> None:
    """Prevents reasons for last year's values from standing beside this year's."""
    store = write_study_store(few, tmp_path / "a", SETTINGS)
    changed = few.cohort.frame.copy()
    changed.loc[few.cohort.patient_ids[0], "age_years"] += 1
    cohort = type(few.cohort)(changed, few.cohort.schema)
    with pytest.raises(StoreError, match="predictions"):
        read_study_store(store, replace(few, cohort=cohort), np.arange(250))


def test_a_store_of_other_reference_patients_is_refused(few: Study, tmp_path: Path) -> None:
    store = write_study_store(few, tmp_path / "a", SETTINGS)
    other = replace(few, reference=few.cohort)
    with pytest.raises(StoreError, match="reference patients"):
        read_study_store(store, other, np.arange(250))


def test_patients_a_store_lacks_are_told(few: Study, logistic_study: Study, tmp_path: Path) -> None:
    store = write_study_store(few, tmp_path / "a", SETTINGS)
    with pytest.raises(StoreError, match="every patient"):
        read_study_store(store, logistic_study, np.arange(300))


def test_a_store_made_by_the_command_is_read_too(few: Study, tmp_path: Path) -> None:
    """The page tells a user to run explain-cohort: what that writes must be accepted."""
    path = tmp_path / "patients.csv"
    few.cohort.frame[list(few.model.feature_names)].to_csv(path, index_label="patient_id")
    name = few.cohort.schema.patient_id
    text = path.read_text("utf-8")
    path.write_text(text.replace("patient_id", name, 1), "utf-8")
    store = write_store(few, path, tmp_path / "b", SETTINGS)
    found = read_study_store(store, few, np.arange(250))
    own = write_study_store(few, tmp_path / "a", SETTINGS)
    np.testing.assert_allclose(
        found.values, read_study_store(own, few, np.arange(250)).values, atol=1e-9
    )


def test_only_the_files_of_a_store_are_removed(few: Study, tmp_path: Path) -> None:
    directory = tmp_path / "a"
    write_study_store(few, directory, SETTINGS)
    (directory / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"notes\.txt"):
        discard_store(directory)
    assert (directory / "manifest.json").exists()
    (directory / "notes.txt").unlink()
    discard_store(directory)
    assert not (directory / "manifest.json").exists()
    discard_store(tmp_path / "absent")


def test_a_store_needs_patients_and_a_size_of_its_parts(few: Study, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="size of its parts"):
        write_study_store(few, tmp_path / "a", StoreSettings())
