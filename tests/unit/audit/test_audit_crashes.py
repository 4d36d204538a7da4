"""What was acknowledged is still there after a crash, a full disk, or a crowd of writers."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from explainers.audit import Action, AuditLog, Event
from explainers.errors import AuditError
from tests.unit.audit.conftest import OpenLog

WRITER = Path(__file__).with_name("writer.py")
ROOT = Path(__file__).parents[3]
FOREVER = 1_000_000


def start_writer(
    url: str, heads: Path, name: str = "dr.a", n: int = FOREVER, **options: Any
) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), url, str(heads), name, str(n)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def acknowledged(output: str) -> dict[int, str]:
    """Records that the writer was told were kept; a line cut short was not read by anybody."""
    lines = output.split("\n")[:-1]
    return {int(line.split()[0]): line.split()[1] for line in lines}


@pytest.mark.parametrize("n_before", [1, 7, 40])
def test_no_acknowledged_record_is_lost_by_kill_9(
    url: str, heads: Path, open_log: OpenLog, n_before: int
) -> None:
    writer = start_writer(url, heads)
    assert writer.stdout is not None
    first = [writer.stdout.readline() for _ in range(n_before)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate()
    kept = acknowledged("".join(first) + rest)
    assert len(kept) >= n_before
    log = open_log()
    found = log.verify()
    assert found.is_whole, found
    digests = {record.seq: record.digest for record in log.records(newest=10_000)}
    assert {seq: digests.get(seq) for seq in kept} == kept
    assert log.append(Event(Action.SIGN_IN, actor="dr.b", role="board")).seq == len(digests) + 1


def test_many_writers_at_once_make_one_chain(url: str, heads: Path, open_log: OpenLog) -> None:
    """Prevents two servers from making the table, or giving the same number, twice."""
    writers = [start_writer(url, heads, name, 15) for name in ("a", "b", "c")]
    outputs = [writer.communicate(timeout=90) for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0], outputs
    kept = [acknowledged(output) for output, _ in outputs]
    assert sorted(seq for one in kept for seq in one) == list(range(1, 46))
    found = open_log().verify()
    assert found.is_whole
    assert (found.n_records, found.n_heads) == (45, 45)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are Linux's here")
def test_a_full_disk_refuses_the_action_and_loses_nothing(tmp_path: Path, heads: Path) -> None:
    """The system itself refuses to let the files grow, as a full disk does."""
    url = f"sqlite:///{tmp_path}/audit.db"
    AuditLog(url, heads).close()

    def fill_up() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (160_000, 160_000))

    writer = start_writer(url, heads, preexec_fn=fill_up)
    output, errors = writer.communicate(timeout=90)
    assert writer.returncode == 1
    assert "AuditError" in errors
    kept = acknowledged(output)
    assert len(kept) > 5
    log = AuditLog(url, heads)
    assert log.verify().is_whole
    digests = {record.seq: record.digest for record in log.records(newest=10_000)}
    assert {seq: digests.get(seq) for seq in kept} == kept
    log.append(Event(Action.SIGN_IN, actor="dr.b", role="board"))
    assert log.verify().is_whole
    log.close()


def test_heads_that_cannot_be_kept_refuse_the_action(tmp_path: Path) -> None:
    log = AuditLog(f"sqlite:///{tmp_path}/audit.db", tmp_path)
    with pytest.raises(AuditError, match="head"):
        log.append(Event(Action.SIGN_IN, actor="dr.a", role="clinician"))
    log.close()


def test_a_torn_line_of_the_heads_does_not_hide_the_next(tmp_path: Path) -> None:
    heads = tmp_path / "heads"
    log = AuditLog(f"sqlite:///{tmp_path}/audit.db", heads)
    for _ in range(3):
        log.append(Event(Action.SIGN_IN, actor="dr.a", role="clinician"))
    torn = heads.read_text("ascii")
    heads.write_text(torn[:-20], encoding="ascii")
    log.append(Event(Action.SIGN_IN, actor="dr.a", role="clinician"))
    found = log.verify()
    assert found.is_whole
    assert found.n_heads == 3
    heads.write_text(torn + "\nnonsense", encoding="ascii")
    with pytest.raises(AuditError, match="number and a digest"):
        log.verify()
    log.close()
