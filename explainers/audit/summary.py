"""What the record says as a whole: counted by the database, never record by record.

Each function is a question that :meth:`~explainers.audit.log.AuditLog.ask` puts to the log. Counts
are of records; who may be told which of them is decided elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Connection, case, func, select

from explainers.audit.event import Action
from explainers.audit.log import Selection
from explainers.audit.tables import RECORDS

Step = Literal["day", "week", "month"]
DECISIONS = (Action.AGREE, Action.OVERRIDE, Action.SET_ASIDE, Action.TAKE_BACK)
_DAY, _MONTH = 10, 7


@dataclass(frozen=True)
class Head:
    """The end of the chain.

    Attributes
    ----------
    n_records : int
    seq : int
        Number of the newest record; 0 where there is none.
    digest, at : str
        Of the newest record; "" where there is none.
    """

    n_records: int
    seq: int
    digest: str
    at: str


@dataclass(frozen=True)
class Checked:
    """The last time that somebody verified the chain.

    Attributes
    ----------
    at : str
        UTC, ISO 8601.
    actor : str
    through : int
        The last record that was sound.
    first_bad : int or None
        The first one that was not.
    """

    at: str
    actor: str
    through: int
    first_bad: int | None


@dataclass(frozen=True)
class ActivityCount:
    """Records of one action in one period.

    Attributes
    ----------
    start : str
        First day of the period, ISO 8601.
    action : str
    n : int or None
        None where somebody withholds it.
    """

    start: str
    action: str
    n: int | None


@dataclass(frozen=True)
class ActorCount:
    """What somebody did in one role.

    Attributes
    ----------
    actor, role, action : str
    n : int or None
        Records; None where somebody withholds it.
    n_patients : int or None
        Different patients among them, where patients were opened; 0 for any other action.
    last : str
        Time of the newest one.
    """

    actor: str
    role: str
    action: str
    n: int | None
    n_patients: int | None
    last: str


@dataclass(frozen=True)
class StandingDecision:
    """What was decided last about a patient, by key; ``reason`` is the slug of an override's."""

    patient: str
    action: Action
    reason: str


@dataclass(frozen=True)
class StandingMonth:
    """What stood at the end of a month, named by its first day."""

    start: str
    decisions: tuple[StandingDecision, ...]


def find_head(connection: Connection) -> Head:
    """The end of the chain, and how many records there are."""
    n = int(connection.execute(select(func.count()).select_from(RECORDS)).scalar_one())
    newest = select(RECORDS.c.seq, RECORDS.c.digest, RECORDS.c.at)
    row = connection.execute(newest.order_by(RECORDS.c.seq.desc()).limit(1)).first()
    return Head(0, 0, "", "") if row is None else Head(n, row.seq, row.digest, row.at)


def find_last_check(connection: Connection) -> Checked | None:
    """The last verification that is on record; None before the first."""
    asked = select(RECORDS.c.at, RECORDS.c.actor, RECORDS.c.details)
    asked = asked.where(RECORDS.c.action == str(Action.VERIFY))
    row = connection.execute(asked.order_by(RECORDS.c.seq.desc()).limit(1)).first()
    details = None if row is None else _details_of(row.details)
    if row is None or details is None:
        return None
    through = details.get("through")
    sound = int(through) if isinstance(through, int) else 0
    first_bad = None if details.get("reason") == "whole" else sound + 1
    return Checked(row.at, row.actor, sound, first_bad)


def find_cohort_names(connection: Connection) -> tuple[str, ...]:
    """Names of all cohorts that were opened or registered, also of those that are gone; sorted."""
    named = (str(Action.LOAD), str(Action.REGISTER))
    asked = select(RECORDS.c.details).distinct().where(RECORDS.c.action.in_(named))
    found = (_details_of(row.details) or {} for row in connection.execute(asked))
    return tuple(sorted({str(one["cohort_name"]) for one in found if "cohort_name" in one}))


def count_activity(
    connection: Connection, wanted: Selection, step: Step
) -> tuple[ActivityCount, ...]:
    """Records by period and action, the oldest period first.

    Parameters
    ----------
    connection : Connection
    wanted : Selection
    step : {"day", "week", "month"}
        Weeks begin on Monday.
    """
    period = func.substr(RECORDS.c.at, 1, _MONTH if step == "month" else _DAY)
    columns = (period.label("period"), RECORDS.c.action, func.count().label("n"))
    statement = select(*columns).where(*wanted.conditions()).group_by("period", "action")
    counts: dict[tuple[str, str], int] = {}
    for row in connection.execute(statement):
        key = (start_of(row.period, step), row.action)
        counts[key] = counts.get(key, 0) + row.n
    return tuple(ActivityCount(start, action, n) for (start, action), n in sorted(counts.items()))


def count_by_actor(connection: Connection, wanted: Selection) -> tuple[ActorCount, ...]:
    """Records by person, role and action, and the different patients whom somebody opened."""
    columns = (RECORDS.c.actor, RECORDS.c.role, RECORDS.c.action)
    # One kind only: telling patients apart is what takes long.
    opened = case((RECORDS.c.action == str(Action.OPEN_PATIENT), RECORDS.c.patient))
    patients = func.count(func.distinct(opened))
    counted = (func.count().label("n"), patients.label("n_patients"))
    statement = select(*columns, *counted, func.max(RECORDS.c.at).label("last"))
    statement = statement.where(*wanted.conditions()).group_by(*columns).order_by(*columns)
    return tuple(
        ActorCount(row.actor, row.role, row.action, row.n, row.n_patients, row.last)
        for row in connection.execute(statement)
    )


def standing_by_month(connection: Connection, wanted: Selection) -> tuple[StandingMonth, ...]:
    """What stood at the end of each month in which something was decided, the first month first.

    The last decision about each patient stands; none for one whose last was taken back.

    Parameters
    ----------
    connection : Connection
    wanted : Selection
        One model's, for a patient may be decided on by several.
    """
    names = [str(action) for action in DECISIONS]
    columns = (RECORDS.c.at, RECORDS.c.patient, RECORDS.c.action, RECORDS.c.details)
    statement = select(*columns).where(RECORDS.c.action.in_(names), *wanted.conditions())
    last: dict[str, tuple[str, str]] = {}
    found: list[StandingMonth] = []
    month = ""
    for at, patient, action, details in connection.execute(statement.order_by(RECORDS.c.seq)):
        if month and start_of(at, "month") > month:
            found.append(StandingMonth(month, tuple(_standing(last.items()))))
        month = max(month, start_of(at, "month"))
        last[patient] = (action, details)
    return (*found, StandingMonth(month, tuple(_standing(last.items())))) if month else ()


def start_of(period: str, step: Step) -> str:
    """First day of the period that a day, or a month, lies in; ISO 8601."""
    if step == "month":
        return f"{period[:_MONTH]}-01"
    if step == "day":
        return period[:_DAY]
    day = date.fromisoformat(period[:_DAY])
    return (day - timedelta(days=day.weekday())).isoformat()


def _standing(last: Iterable[tuple[str, tuple[str, str]]]) -> Iterable[StandingDecision]:
    for patient, (action, details) in last:
        if patient and action != Action.TAKE_BACK:
            reason = (_details_of(details) or {}).get("reason", "")
            yield StandingDecision(patient, Action(action), str(reason))


def _details_of(text: str) -> dict[str, object] | None:
    """None where somebody put something else there."""
    try:
        details = json.loads(text)
    except ValueError:
        return None
    return details if isinstance(details, dict) else None
