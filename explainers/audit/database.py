"""The database of the log: opened, brought up to date, written to by one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from explainers.errors import AuditError

BUSY_SECONDS = 30
# Any number that nothing else in the same PostgreSQL database locks.
WRITERS_LOCK = 7_155_829
KINDS = ("sqlite", "postgresql")


def open_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL, its table made or brought up to date.

    Parameters
    ----------
    url : str
        As SQLAlchemy writes them: ``sqlite:////var/lib/pellucid/audit.db``,
        ``postgresql+psycopg://name@host/database``.

    Raises
    ------
    AuditError
        When the URL is none of the two, or the database cannot be opened.
    """
    try:
        address = make_url(url)
        kind = address.get_backend_name()
        if kind not in KINDS:
            raise AuditError("the log is kept in SQLite or PostgreSQL", value=kind)
        if kind == "sqlite" and address.database not in {None, "", ":memory:"}:
            Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address, pool_pre_ping=kind != "sqlite")
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        raise _unusable() from error
    if kind == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        with writing(engine) as connection:
            _upgrade(connection)
    except SQLAlchemyError as error:
        engine.dispose()
        raise _unusable() from error
    except CommandError as error:
        engine.dispose()
        raise AuditError(
            "the audit log must not be of a newer version than this program",
            remedy="Install the version of Pellucid that wrote it last, or a newer one.",
        ) from error
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nobody else writes; kept for good when it ends without an error."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITERS_LOCK})
        yield connection


@contextmanager
def said_plainly(rule: str) -> Iterator[None]:
    """Whatever goes wrong in the database becomes an AuditError, without its address."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__
        raise AuditError(
            rule, value=reason, remedy="Mend the database, or make room, and do it again."
        ) from error
    except SQLAlchemyError as error:
        raise AuditError(rule, value=type(error).__name__) from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would open transactions of its own, too late to keep other writers out.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # A record counts once it is on the disk, not once the system promised to write it.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    kind = "DEFERRED" if connection.get_execution_options().get("only_read") else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {kind}")


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "explainers.audit:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _unusable() -> AuditError:
    return AuditError(
        "the database of the audit log must be one that can be opened",
        remedy="Give a URL such as sqlite:////path/audit.db or"
        " postgresql+psycopg://name@host/database, of a database that may be written to.",
    )
