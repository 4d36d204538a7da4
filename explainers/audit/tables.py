"""The one table of the log, for SQLite and PostgreSQL alike."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import BigInteger, Column, Index, MetaData, RowMapping, String, Table, Text

from explainers.audit.event import LONGEST_ACTOR, Action, Event, Record
from explainers.errors import AuditError

METADATA = MetaData()

RECORDS = Table(
    "records",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("action", String(32), nullable=False),
    Column("actor", String(LONGEST_ACTOR), nullable=False),
    Column("role", String(64), nullable=False),
    Column("patient", String(64), nullable=False),
    Column("model_digest", String(64), nullable=False),
    Column("cohort_digest", String(64), nullable=False),
    Column("settings_digest", String(64), nullable=False),
    Column("details", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Index("records_by_action", "action", "seq"),
    Index("records_by_actor", "actor", "seq"),
    Index("records_by_patient", "patient", "seq"),
    Index("records_by_time", "at", "action", "actor", "role", "patient"),
)


def row_of(record: Record) -> dict[str, Any]:
    """What the table holds of a record."""
    values = record.to_dict()
    details = json.dumps(values["details"], ensure_ascii=True, sort_keys=True)
    return {**values, "details": details}


def record_of(row: RowMapping) -> Record:
    """The record in a row; AuditError where what stands there can be none."""
    try:
        event = Event(
            action=Action(row["action"]),
            actor=row["actor"],
            role=row["role"],
            patient=row["patient"],
            model_digest=row["model_digest"],
            cohort_digest=row["cohort_digest"],
            settings_digest=row["settings_digest"],
            details=json.loads(row["details"]),
        )
        return Record(int(row["seq"]), row["at"], event, row["previous"], row["digest"])
    except (TypeError, ValueError, AttributeError) as error:
        raise AuditError("a row of the log must hold a record", value=row["seq"]) from error
