"""Whatever interrupts a run: every patient exactly once, and the same bytes as without it."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from explainers.attribution.store import StoreSettings, open_store, write_store
from explainers.attribution.store.lock import exclusive_lock
from explainers.core import Study
from explainers.errors import CohortError, StoreError

Maker = Callable[..., Any]

# Explains a file in children that it forks, so that the imports are paid for once.
RUNNER = """
import os, sys, time
from pathlib import Path
from explainers.attribution.store import StoreSettings, write_store
from explainers.workspace import Workspace

study = Workspace().open_study("diabetes-logistic")
path, directory, chunk_rows = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
study.reference_matrix
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        write_store(study, path, directory, StoreSettings(chunk_rows=chunk_rows))
        os._exit(0)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print(status, flush=True)
"""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks its children")


class Runner:
    """A process that writes a store in one child after another."""

    def __init__(self, path: Path, directory: Path, chunk_rows: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(path), str(directory), str(chunk_rows)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> int:
        """Begin a child; its process number."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return int(self._line())

    def wait(self) -> int:
        """Exit status of the child."""
        return int(self._line())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def parts_of(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.glob("part-*")}


@needs_fork
def test_killed_at_random_points_it_ends_with_every_patient_once(
    make_cohort: Maker, make_store: Maker, tmp_path: Path
) -> None:
    """Prevents patients who are lost, doubled or half-written after kill -9."""
    path = make_cohort(1_500)
    whole = make_store(path, chunk_rows=20, name="whole")
    directory = tmp_path / "killed"
    draw = random.Random(5)  # noqa: S311 - chooses moments
    counts = []
    runner = Runner(path, directory, 20)
    for _ in range(8):
        process = runner.start()
        # Kills before the first part of a process are wanted too.
        target = len(list(directory.glob("part-*.parquet"))) + draw.randrange(9)
        deadline = time.monotonic() + 10
        while len(list(directory.glob("part-*.parquet"))) < target:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        time.sleep(draw.random() * 0.02)
        os.kill(process, signal.SIGKILL)
        assert runner.wait() == signal.SIGKILL
        counts.append(len(list(directory.glob("part-*.parquet"))))
    runner.start()
    assert runner.wait() == 0
    runner.close()
    assert len(set(counts)) >= 4, "the kills must fall at different points"
    assert max(counts) < 75, "the last run must have something left to do"
    store = open_store(directory)
    store.verify()
    ids = [name for chunk in store.iter_chunks() for name in chunk.patient_ids]
    assert ids == [f"p{at}" for at in range(1_500)]
    assert parts_of(directory) == parts_of(whole.directory)
    assert (directory / "index.npy").read_bytes() == (whole.directory / "index.npy").read_bytes()
    assert store.manifest.parts == whole.manifest.parts
    assert not list(directory.glob("*.draft"))


def test_memory_does_not_grow_with_the_cohort(
    make_cohort: Maker,
    tmp_path: Path,
    logistic_study: Study,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prevents a cohort that is gathered: 30,000 more patients have 5 MB of reasons alone.

    What grows is the index, by some 40 bytes for each patient.
    """
    monkeypatch.setattr("explainers.intake.chunks.CHECKED_ROWS", 2_000)
    monkeypatch.setattr("explainers.intake.row_files.CSV_BLOCK_BYTES", 1 << 14)
    peaks = []
    for n in (10_000, 40_000):
        path = make_cohort(n)
        in_tables = [0]
        tracemalloc.start()
        write_store(
            logistic_study,
            path,
            tmp_path / str(n),
            StoreSettings(chunk_rows=2_000),
            lambda *_, seen=in_tables: seen.append(pa.total_allocated_bytes()),
        )
        peaks.append((tracemalloc.get_traced_memory()[1], max(in_tables)))
        tracemalloc.stop()
    assert peaks[1][0] - peaks[0][0] < 2.5e6
    assert peaks[1][1] - peaks[0][1] < 2.5e6


def test_what_is_left_of_an_interrupted_run_is_used_and_repaired(
    make_cohort: Maker, make_store: Maker, logistic_study: Study
) -> None:
    """Prevents a damaged or half-written part from being taken for a whole one."""
    path = make_cohort(500)
    store = make_store(path)
    expected = parts_of(store.directory)
    kept = (store.directory / "part-000000.parquet").stat().st_mtime_ns
    damaged = bytearray(expected["part-000001.parquet"])
    damaged[200:260] = bytes(60)
    (store.directory / "part-000001.parquet").write_bytes(damaged)
    (store.directory / "part-000002.parquet").write_bytes(expected["part-000002.parquet"][:500])
    (store.directory / "part-000003.parquet").write_bytes(expected["part-000004.parquet"])
    (store.directory / "part-000004.parquet").unlink()
    (store.directory / "part-000005.parquet").write_bytes(expected["part-000004.parquet"])
    (store.directory / "part-000006.parquet.draft").write_bytes(b"half")
    told: list[tuple[str, int, int | None]] = []
    write_store(
        logistic_study, path, store.directory, on_progress=lambda *entry: told.append(entry)
    ).verify()
    assert parts_of(store.directory) == expected
    assert (store.directory / "part-000000.parquet").stat().st_mtime_ns == kept
    assert told[0] == ("explaining", 100, 500)
    assert told[-1] == ("explaining", 500, 500)


def test_a_changed_input_model_or_setting_is_refused_by_name(
    make_cohort: Maker, make_store: Maker, logistic_study: Study, nhanes_study: Study
) -> None:
    """Prevents one store from holding answers to two questions."""
    path = make_cohort(50)
    store = make_store(path)
    before = parts_of(store.directory)
    cases: list[tuple[str, Study, StoreSettings]] = [
        ("model name", nhanes_study, StoreSettings()),
        ("settings scale", logistic_study, StoreSettings(scale="risk")),
        ("settings chunk_rows was 100 and is 7", logistic_study, StoreSettings(chunk_rows=7)),
    ]
    for difference, study, settings in cases:
        with pytest.raises(StoreError, match=difference):
            write_store(study, path, store.directory, settings)
    path.write_text(path.read_text().replace("p7,", "p7777,", 1))
    with pytest.raises(StoreError, match="input sha256"):
        make_store(path)
    assert parts_of(store.directory) == before


def test_another_release_of_a_library_is_refused(
    make_cohort: Maker, make_store: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents a store whose provenance names one version and whose parts were made by two."""
    path = make_cohort(50)
    make_store(path)
    monkeypatch.setattr(
        "explainers.attribution.store.settings.installed_versions", lambda _: {"numpy": "1.0"}
    )
    with pytest.raises(StoreError, match=r"versions numpy was .* and is 1\.0"):
        make_store(path)


def test_a_file_that_changes_while_it_is_read_is_refused(
    make_cohort: Maker, tmp_path: Path, logistic_study: Study
) -> None:
    """Prevents parts of two versions of a file in one store."""
    path = make_cohort(300)

    def change(stage: str, n_done: int, _n_all: int | None) -> None:
        if (stage, n_done) == ("explaining", 100):
            with path.open("a") as handle:
                handle.write("\n")

    with pytest.raises(CohortError, match="may not change"):
        write_store(logistic_study, path, tmp_path / "store", StoreSettings(chunk_rows=100), change)
    assert len(parts_of(tmp_path / "store")) == 1


def test_a_second_process_is_refused_and_a_killed_one_leaves_no_lock(
    make_cohort: Maker, make_store: Maker, tmp_path: Path
) -> None:
    path = make_cohort(20)
    directory = tmp_path / "store"
    code = (
        "import sys, time; from pathlib import Path\n"
        "from explainers.attribution.store.lock import exclusive_lock\n"
        "with exclusive_lock(Path(sys.argv[1])):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(directory)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=f"Process {holder.pid} is writing it"):
            make_store(path)
        holder.kill()
    assert len(make_store(path)) == 20


def test_a_lock_is_let_go_of_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), exclusive_lock(tmp_path):
        raise KeyError
    with (
        exclusive_lock(tmp_path),
        pytest.raises(StoreError, match=str(os.getpid())),
        exclusive_lock(tmp_path),
    ):
        pass


def test_a_full_disk_loses_nothing(
    make_cohort: Maker, make_store: Maker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Prevents a half-written part from counting, and a traceback instead of a remedy."""
    path = make_cohort(500)
    real, calls = os.fsync, iter(range(1000))

    def fail_later(descriptor: int) -> None:
        if next(calls) == 7:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail_later)
        with pytest.raises(StoreError, match=r"No space left on device.*run the same again"):
            make_store(path)
    directory = tmp_path / "store"
    assert 1 <= len(parts_of(directory)) < 5
    assert not list(directory.glob("*.draft"))
    store = make_store(path)
    store.verify()
    assert parts_of(directory) == parts_of(make_store(path, name="whole").directory)


def test_a_place_that_cannot_be_written_is_said(
    make_cohort: Maker, make_store: Maker, tmp_path: Path
) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(StoreError, match="must be writable"):
        make_store(make_cohort(3))


def test_a_directory_with_other_files_is_left_alone(
    make_cohort: Maker, make_store: Maker, tmp_path: Path
) -> None:
    """Prevents somebody's files from being mixed with a store, or removed."""
    directory = tmp_path / "store"
    directory.mkdir()
    (directory / "part-000000.parquet").write_text("mine")
    with pytest.raises(StoreError, match="new or empty directory"):
        make_store(make_cohort(3))
    assert (directory / "part-000000.parquet").read_text() == "mine"


def test_an_incomplete_store_is_not_read(
    make_cohort: Maker, tmp_path: Path, logistic_study: Study
) -> None:
    """Prevents importance over the first half of a cohort from passing for that of all."""

    def interrupt(stage: str, n_done: int, _n_all: int | None) -> None:
        if (stage, n_done) == ("explaining", 100):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_store(
            logistic_study,
            make_cohort(300),
            tmp_path / "store",
            StoreSettings(chunk_rows=100),
            interrupt,
        )
    with pytest.raises(StoreError, match="must be complete"):
        open_store(tmp_path / "store")
