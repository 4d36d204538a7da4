"""A PostgreSQL of the tests is read as a hospital's would be, and never written."""

from __future__ import annotations

import psycopg
import pytest

from explainers.errors import CohortError, SettingsError
from explainers.intake.database import read_database

HOSTILE = (
    "with gone as (delete from ward_source returning *) select * from gone",
    "select empty_ward()",
    "select set_config('transaction_read_only', 'off', false), empty_ward()",
    "select 1; drop table ward_source",
    "select 1 into stolen",
)


def test_postgresql_is_read_and_no_query_changes_it(postgresql: str) -> None:
    plain, url = postgresql.replace("+psycopg", "") + "/postgres", f"{postgresql}/postgres"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(
            "create table ward_source (id text, age double precision, seen date, ill boolean)"
        )
        connection.execute(
            "insert into ward_source values"
            " ('a:b', 41.5, '2020-01-02', true), ('c', null, null, false)"
        )
        connection.execute(
            "create function empty_ward() returns int language sql"
            " as 'delete from ward_source returning 1'"
        )
    for name in ("ward_source", "public.ward_source"):
        table = read_database(url, table=name).table
        assert table.iloc[0].tolist() == ["a:b", "41.5", "2020-01-02", "yes"]
        assert table.iloc[1].tolist() == ["c", "", "", "no"]
    asked = "select id from ward_source where id <> ':x' and id not like '%z%'"
    assert len(read_database(url, query=asked).table) == 2
    for query in HOSTILE:
        with pytest.raises((CohortError, SettingsError)):
            read_database(url, query=query)
    with psycopg.connect(plain) as connection:
        assert connection.execute("select count(*) from ward_source").fetchone() == (2,)
