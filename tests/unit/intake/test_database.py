"""Databases are asked one SELECT and cannot be changed by it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from explainers.errors import CohortError, SettingsError
from explainers.intake import database
from explainers.intake.database import check_query, is_database_url, read_database

ODD_NAME = 'ward "7"; drop table ward'


def sqlite_ward(folder: Path) -> tuple[str, Path]:
    path = folder / "ward one.db"
    with sqlite3.connect(path) as connection:
        quoted = ODD_NAME.replace('"', '""')
        connection.execute(f'create table "{quoted}" (id text, age real)')
        connection.execute("create table ward (id text, age real)")
        connection.execute("insert into ward values ('a:b', 41.5), ('c', null)")
    connection.close()
    return f"sqlite:///{path}", path


def duckdb_ward(folder: Path) -> tuple[str, Path]:
    path = folder / "ward.duckdb"
    with duckdb.connect(str(path)) as connection:
        quoted = ODD_NAME.replace('"', '""')
        connection.execute(f'create table "{quoted}" (id text, age double)')
        connection.execute("create table ward (id text, age double)")
        connection.execute("insert into ward values ('a:b', 41.5), ('c', null)")
    return f"duckdb:///{path}", path


Ward = Callable[[Path], tuple[str, Path]]


@pytest.mark.parametrize("ward", [sqlite_ward, duckdb_ward])
def test_a_table_and_a_query_give_the_same_cells(ward: Ward, tmp_path: Path) -> None:
    url, _ = ward(tmp_path)
    for asked in ({"table": "ward"}, {"query": "select id, age from ward where id <> ':x';"}):
        table = read_database(url, **asked).table
        assert table["id"].tolist() == ["a:b", "c"]
        assert table["age"].tolist() == ["41.5", ""]


@pytest.mark.parametrize("ward", [sqlite_ward, duckdb_ward])
def test_a_hostile_name_of_a_table_is_only_a_name(ward: Ward, tmp_path: Path) -> None:
    url, _ = ward(tmp_path)
    assert len(read_database(url, table=ODD_NAME).table) == 0
    assert len(read_database(url, table="ward").table) == 2
    for absent in ('ward"; drop table ward; --', "ward where 1=1", "nothing"):
        with pytest.raises(CohortError, match="of that name"):
            read_database(url, table=absent)


@pytest.mark.parametrize("ward", [sqlite_ward, duckdb_ward])
@pytest.mark.parametrize(
    "query",
    [
        "delete from ward",
        "select 1; drop table ward",
        "with gone as (select 1) delete from ward",
        "select 1 /* ; */ ; /* */ drop table ward",
        "attach 'x.db' as x",
        "pragma query_only = off",
        "copy ward to '/tmp/stolen.csv'",
        "select 'unclosed",
        "",
    ],
)
def test_no_query_changes_the_database(ward: Ward, query: str, tmp_path: Path) -> None:
    url, path = ward(tmp_path)
    before = path.read_bytes()
    with pytest.raises((CohortError, SettingsError)):
        read_database(url, query=query)
    assert path.read_bytes() == before


def test_duckdb_reads_no_other_file(tmp_path: Path) -> None:
    url, _ = duckdb_ward(tmp_path)
    secret = tmp_path / "secret.csv"
    secret.write_text("name\nLee\n")
    query = "select * from read_csv('SECRET')".replace("SECRET", str(secret))
    with pytest.raises(CohortError, match="Permission"):
        read_database(url, query=query)


def test_a_password_is_in_no_message() -> None:
    for url in (
        "mysql://lee:hunter2@host/db",
        "no url hunter2",
        "sqlite:///absent?password=hunter2",
    ):
        with pytest.raises((CohortError, SettingsError)) as refusal:
            read_database(url, table="ward")
        assert "hunter2" not in str(refusal.value)


def test_a_semicolon_inside_a_text_or_remark_is_no_second_statement() -> None:
    check_query("select ';' as mark -- ; here\n from ward;")
    check_query("WITH a AS (select 1) select * from a")


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, _ = sqlite_ward(tmp_path)
    monkeypatch.setattr(database, "MOST_ROWS", 1)
    with pytest.raises(CohortError, match="at most"):
        read_database(url, table="ward")


def test_a_path_is_not_taken_for_a_database() -> None:
    assert is_database_url("postgresql+psycopg://h/d")
    assert not is_database_url("/srv/ward.csv")
    assert not is_database_url("C:\\ward.csv")
