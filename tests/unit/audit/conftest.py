"""Logs in SQLite and in a PostgreSQL that really runs here."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from explainers.audit import AuditLog

OpenLog = Callable[[], AuditLog]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a server of our own on loopback, without the name of a database."""
    programs = _find_programs()
    # Not below pytest's directory: PostgreSQL refuses to run as root, and others cannot look there.
    home = Path(tempfile.mkdtemp(prefix="pellucid-postgresql-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(home, user)
    cluster = home / "cluster"
    _run(user, programs / "initdb", "-D", cluster, "-U", "pellucid", "-A", "trust", "-N")
    port = _free_port()
    server = subprocess.Popen(
        [programs / "postgres", "-D", cluster, "-p", str(port), "-k", "", "-F"],
        user=user,
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _run(user, programs / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-t", "1", tries=60)
        yield f"postgresql+psycopg://pellucid@127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)
        shutil.rmtree(home)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/audit.db"
    server = request.getfixturevalue("postgresql")
    return f"{server}/{_new_database(server)}"


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "audit.heads"


@pytest.fixture
def open_log(url: str, heads: Path) -> Iterator[OpenLog]:
    """Opens the same log, as often as it is asked for."""
    opened: list[AuditLog] = []

    def open_it() -> AuditLog:
        opened.append(AuditLog(url, heads))
        return opened[-1]

    yield open_it
    for log in opened:
        log.close()


def _new_database(server: str) -> str:
    name = f"audit_{uuid4().hex}"
    address = server.replace("+psycopg", "") + "/postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return name


def _find_programs() -> Path:
    """Debian keeps PostgreSQL's programs out of the search path, one folder per version."""
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    found = shutil.which("initdb")
    if known:
        return known[-1]
    if found is None:
        pytest.fail("PostgreSQL is missing: run 'make database'")
    return Path(found).parent


def _run(user: str | None, *command: object, tries: int = 1) -> None:
    words = [str(part) for part in command]
    home = "/" if user is None else pwd.getpwnam(user).pw_dir
    for attempt in range(tries):
        done = subprocess.run(
            words,
            user=user,
            cwd="/",
            env={**os.environ, "HOME": home},
            check=False,
            capture_output=True,
        )
        if done.returncode == 0:
            return
        if attempt + 1 == tries:
            pytest.fail(f"{words[0]}: {done.stderr.decode()}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
