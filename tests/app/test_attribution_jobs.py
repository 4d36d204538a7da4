"""The reasons of all patients: made once, kept, read again, made anew where they cannot be used."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.auth import local_person
from dashboard.context import Context
from dashboard.services import attributions
from dashboard.services.attributions import (
    AttributionJob,
    attribution_job,
    command_for,
    is_made_in_background,
    shown_rows,
    store_directory,
    store_state,
    stored_attribution,
)
from explainers.attribution.linear_shap import LinearShap
from explainers.attribution.store import open_store
from explainers.core import Study
from explainers.workspace import Workspace

SECONDS = 60.0


@pytest.fixture
def few(logistic_study: Study) -> Study:
    ids = logistic_study.cohort.patient_ids[:1200]
    return replace(logistic_study, cohort=logistic_study.cohort.select(ids))


def expected(study: Study) -> np.ndarray:
    return LinearShap().explain(study, study.matrix, study.cohort.patient_ids, "log-odds").values


def test_the_answer_is_the_methods_with_and_without_a_store(few: Study, tmp_path: Path) -> None:
    """Prevents parts from being put together in another order than the patients'."""
    for directory in (None, tmp_path / "store"):
        progress = AttributionJob(few, directory).wait(SECONDS)
        assert progress.state == "done"
        assert progress.note == ""
        assert progress.answer is not None
        np.testing.assert_allclose(progress.answer.values, expected(few), atol=1e-12)
        assert progress.answer.patient_ids == few.cohort.patient_ids
        assert (progress.n_done, progress.n_all) == (1200, 1200)


def test_what_was_kept_is_read_and_not_computed_again(few: Study, tmp_path: Path) -> None:
    AttributionJob(few, tmp_path / "store").wait(SECONDS)
    state = store_state(tmp_path / "store")
    assert state
    again = AttributionJob(few, tmp_path / "store").wait(SECONDS)
    assert again.state == "done"
    assert store_state(tmp_path / "store") == state
    assert again.n_done == 0


@pytest.mark.parametrize("damage", ["part-000000.parquet", "manifest.json", "index.npy"])
def test_a_damaged_store_is_told_and_made_again(few: Study, tmp_path: Path, damage: str) -> None:
    AttributionJob(few, tmp_path / "store").wait(SECONDS)
    (tmp_path / "store" / damage).write_bytes(b"nonsense")
    progress = AttributionJob(few, tmp_path / "store").wait(SECONDS)
    assert progress.state == "done"
    assert progress.note
    assert progress.answer is not None
    np.testing.assert_allclose(progress.answer.values, expected(few), atol=1e-12)
    open_store(tmp_path / "store").verify()


def test_files_of_somebody_else_stay_and_the_answer_comes_all_the_same(
    few: Study, tmp_path: Path
) -> None:
    """Prevents the clean-up of a store from deleting a user's files."""
    directory = tmp_path / "store"
    directory.mkdir()
    (directory / "thesis.docx").write_text("years of work")
    progress = AttributionJob(few, directory).wait(SECONDS)
    assert progress.state == "done"
    assert "thesis.docx" in progress.note
    assert (directory / "thesis.docx").read_text() == "years of work"


def test_a_stop_ends_it_and_going_on_finishes_it(
    few: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, may_go = threading.Event(), threading.Event()
    explain = LinearShap.explain

    def slow(*arguments: object, **keywords: object) -> object:
        reached.set()
        may_go.wait(SECONDS)
        return explain(*arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(LinearShap, "explain", slow)
    job = AttributionJob(few, tmp_path / "store")
    assert reached.wait(SECONDS)
    assert job.wait(0.0).state == "running"
    job.stop()
    may_go.set()
    stopped = job.wait(SECONDS)
    assert stopped.state == "stopped"
    assert stopped.n_done < stopped.n_all
    job.start()
    assert job.wait(SECONDS).state == "done"


def test_two_sessions_at_once_share_one_job(few: Study, tmp_path: Path) -> None:
    """Prevents a class of thirty students from starting the same computation thirty times."""
    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(lambda _: attribution_job(few, str(tmp_path / "s")), range(8)))
    assert len({id(job) for job in jobs}) == 1
    assert jobs[0].wait(SECONDS).state == "done"


def test_a_defect_in_the_thread_is_told_and_does_not_hang(
    few: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents a progress bar that never ends."""

    def broken(*_arguments: object, **_keywords: object) -> object:
        raise ZeroDivisionError("a patient's value")

    monkeypatch.setattr(LinearShap, "explain", broken)
    progress = AttributionJob(few, None).wait(SECONDS)
    assert progress.state == "failed"
    assert "ZeroDivisionError" in str(progress.error)
    assert "patient's value" not in str(progress.error)


def test_memory_is_capped_by_a_seeded_sample(
    few: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(attributions, "MOST_SHOWN", 100)
    rows = shown_rows(few)
    assert len(rows) == len(np.unique(rows)) == 100
    np.testing.assert_array_equal(rows, shown_rows(few))
    for directory in (None, tmp_path / "store"):
        found = AttributionJob(few, directory).wait(SECONDS).answer
        assert found is not None
        np.testing.assert_allclose(found.values, expected(few)[rows], atol=1e-12)


def test_a_large_cohort_is_read_from_the_store_that_the_command_makes(
    few: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(attributions, "MOST_PATIENTS", 1000)
    assert not is_made_in_background(few)
    ctx = Context(tmp_path, local_person())
    directory = store_directory(ctx, few)
    assert directory is not None
    assert directory.is_relative_to(tmp_path)
    facts = Workspace().model_facts("diabetes-logistic")
    command = command_for(ctx, few, facts, directory)
    assert command.startswith("pellucid explain-cohort diabetes-logistic --workspace ")
    assert command.endswith(f"--out {directory}")
    AttributionJob(few, directory).wait(SECONDS)
    found = stored_attribution(few, str(directory), store_state(directory))
    np.testing.assert_allclose(found.values, expected(few), atol=1e-12)


def test_another_model_or_cohort_has_another_store(few: Study, logistic_study: Study) -> None:
    ctx = Context(Path("anywhere"), local_person())
    assert store_directory(ctx, few) != store_directory(ctx, logistic_study)
    assert store_directory(Context(None, local_person()), few) is None


def test_the_slow_method_is_waited_for_only_in_small_cohorts(forest_study: Study) -> None:
    assert is_made_in_background(forest_study)
    assert attributions.most_patients(forest_study) == (1 << 25) >> 13
