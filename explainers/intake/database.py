"""A table or the answer to a query in DuckDB, SQLite or PostgreSQL, read and never written.

A database is opened read-only and asked one SELECT. Names of tables are compared with the
database's own list and quoted by its dialect; nothing a user types is pasted into a statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from explainers.errors import CohortError, SettingsError
from explainers.intake.delimited import check_names
from explainers.intake.source_file import SourceTable

MOST_ROWS = 2_000_000
ROWS_AT_ONCE = 20_000
SECONDS_TO_ANSWER = 600
DIALECTS = ("duckdb", "postgresql", "sqlite")
_LITERAL = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/""",
    re.DOTALL,
)


def is_database_url(text: str) -> bool:
    """Whether a text is the URL of a database rather than a path."""
    return re.match(r"[a-z][a-z0-9+]*://", text) is not None


def read_database(url: str, *, table: str = "", query: str = "") -> SourceTable:
    """Read a table, or the answer to one SELECT, as texts.

    Parameters
    ----------
    url : str
        As SQLAlchemy writes it: ``sqlite:////path``, ``duckdb:////path`` or
        ``postgresql+psycopg://name@host/database``.
    table, query : str
        One of them.

    Raises
    ------
    SettingsError
        When the URL is of another kind, or the query is no single SELECT.
    CohortError
        When the database refuses, has no such table, or the answer is too large.
    """
    place = _parse_url(url)
    if bool(table) == bool(query):
        raise SettingsError("a database is asked for one table, or by one query")
    if query:
        check_query(query)
    dialect = place.get_backend_name()
    reader = _read_duckdb if dialect == "duckdb" else _read_by_sqlalchemy
    names, rows = reader(place, table, query)
    check_names(names)
    content = {name: [_as_text(row[at], name) for row in rows] for at, name in enumerate(names)}
    what = table or "the answer to the query"
    return SourceTable(
        pd.DataFrame(content, dtype="str"), what, (f"It was read from {dialect}, read-only.",)
    )


def check_query(query: str) -> None:
    """Refuse what is not one SELECT; the database is opened read-only besides.

    Raises
    ------
    SettingsError
        Saying what is wrong.
    """
    bare = _LITERAL.sub(" ", query).strip().removesuffix(";").strip()
    if re.match(r"(?:select|with)\b", bare, re.IGNORECASE) is None:
        raise SettingsError("a query must be a SELECT", value=query)
    if ";" in bare or "'" in bare or '"' in bare or "$$" in bare:
        raise SettingsError(
            "a query must be one statement, with every quotation mark closed",
            value=query,
            remedy="Ask for one thing, without a semicolon.",
        )


def _parse_url(url: str) -> URL:
    try:
        place = sqlalchemy.make_url(url)
        dialect = place.get_backend_name()
    except (ArgumentError, ValueError) as error:
        # Without the text itself, in which a password may stand.
        raise SettingsError("the place of a database must be a URL as SQLAlchemy reads it") from (
            error
        )
    if dialect not in DIALECTS:
        raise SettingsError(
            "a table is read from DuckDB, SQLite or PostgreSQL",
            value=dialect,
            remedy="Export it as Parquet or CSV.",
        )
    if dialect != "postgresql" and not Path(place.database or "").is_file():
        raise CohortError("the file of the database must exist", value=place.database)
    return place


def _read_by_sqlalchemy(
    place: URL, table: str, query: str
) -> tuple[list[str], list[Sequence[Any]]]:
    try:
        with _connect(place) as connection:
            statement: sqlalchemy.Executable = sqlalchemy.text(query.replace(":", r"\:"))
            if table:
                found = _find_table(connection, table)
                statement = sqlalchemy.select(sqlalchemy.text("*")).select_from(found)
            answer = connection.execution_options(stream_results=True).execute(statement)
            names = list(map(str, answer.keys()))
            return names, _collect(answer.partitions(ROWS_AT_ONCE))
    except SQLAlchemyError as error:
        raise _refusal(place, error) from error
    except ImportError as error:
        raise CohortError(
            "reading PostgreSQL needs a package that is not installed",
            value=str(error),
            remedy="Install it: pip install 'pellucid[postgresql]'",
        ) from error


@contextmanager
def _connect(place: URL) -> Iterator[Connection]:
    """A connection that cannot write, closed with its pool."""
    if place.get_backend_name() == "sqlite":
        path = Path(place.database or "").resolve()
        place = place.set(database=f"{path.as_uri()}", query={"mode": "ro", "uri": "true"})
        engine = sqlalchemy.create_engine(place, poolclass=sqlalchemy.NullPool)
    else:
        engine = sqlalchemy.create_engine(
            place,
            poolclass=sqlalchemy.NullPool,
            execution_options={"postgresql_readonly": True},
            connect_args={"options": f"-c statement_timeout={SECONDS_TO_ANSWER * 1000}"},
        )
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _find_table(connection: Connection, wanted: str) -> sqlalchemy.TableClause:
    """The table or view of that name, which is compared with the database's own list."""
    inspector = sqlalchemy.inspect(connection)
    schema, _, name = wanted.rpartition(".")
    schemas = [None, *inspector.get_schema_names()]
    for known in schemas:
        if (known or "") != schema:
            continue
        names = [*inspector.get_table_names(known), *inspector.get_view_names(known)]
        if name in names:
            return sqlalchemy.table(name, schema=known)
    raise CohortError("the database must have a table of that name", value=wanted)


def _read_duckdb(place: URL, table: str, query: str) -> tuple[list[str], list[Sequence[Any]]]:
    try:
        import duckdb  # noqa: PLC0415 - part of an extra
    except ImportError as error:
        raise CohortError(
            "reading DuckDB needs the package duckdb",
            remedy="Install it: pip install 'pellucid[duckdb]'",
        ) from error
    # Without access to other files, which a SELECT of DuckDB could otherwise read.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    try:
        with duckdb.connect(str(place.database), read_only=True, config=settings) as connection:
            if table:
                query = _select_from_duckdb(connection, table)
            elif [one.type for one in duckdb.extract_statements(query)] != [
                duckdb.StatementType.SELECT
            ]:
                raise SettingsError("a query must be one SELECT", value=query)
            answer = connection.execute(query)
            names = [str(column[0]) for column in answer.description or ()]
            return names, _collect(iter(lambda: answer.fetchmany(ROWS_AT_ONCE), []))
    except duckdb.Error as error:
        raise _refusal(place, error) from error


def _select_from_duckdb(connection: Any, wanted: str) -> str:
    listed = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_name = ?", [wanted]
    ).fetchall()
    if not listed:
        raise CohortError("the database must have a table of that name", value=wanted)
    quoted = wanted.replace('"', '""')
    return f'SELECT * FROM "{quoted}"'  # noqa: S608 - a name the database itself lists, quoted


def _collect(parts: Any) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = []
    for part in parts:
        rows.extend(part)
        if len(rows) > MOST_ROWS:
            raise CohortError(
                f"a table to register may have at most {MOST_ROWS:,} rows",
                remedy="Draw a sample of the patients.",
            )
    return rows


def _as_text(value: Any, column: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (str, int, float, Decimal)):
        return str(value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    raise CohortError(
        f"a column must hold numbers, texts or dates, and not {type(value).__name__}",
        value=column,
        remedy="Leave the column out of the query.",
    )


def _refusal(place: URL, error: Exception) -> CohortError:
    """The first line of what the database says; the URL without its password."""
    said = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
    return CohortError(
        f"the database must answer: {said}", value=place.render_as_string(hide_password=True)
    )
