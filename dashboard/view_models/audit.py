"""What the Audit page shows of the record: times, kinds of action, rows; never a patient's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from dashboard.view_models.export import write_csv
from dashboard.wording import say
from explainers.audit import Action, Event, Record
from explainers.audit.summary import ActivityCount, ActorCount, Step, start_of
from explainers.charts.activity import ActivitySeries
from explainers.charts.wording import absence_word, format_estimate, format_percent
from explainers.core.subgroup import Slice
from explainers.subgroups.decisions import DecisionTables

ALL = "all"
KINDS: Mapping[str, tuple[Action, ...]] = {
    "reads": (Action.OPEN_PATIENT, Action.REVEAL, Action.EXPLAIN, Action.LOAD),
    "decisions": (
        Action.AGREE,
        Action.OVERRIDE,
        Action.SET_ASIDE,
        Action.TAKE_BACK,
        Action.ESTIMATE,
    ),
    "exports": (Action.EXPORT,),
    "visits": (Action.SIGN_IN, Action.SIGN_OUT, Action.LOG_OFF),
    "refusals": (Action.DENIED, Action.PURGE_REFUSED),
    "upkeep": (
        Action.REGISTER,
        Action.THRESHOLD,
        Action.INSPECT,
        Action.VERIFY,
        Action.PURGE,
    ),
}
PERIODS = ("month", "week", "quarter", "year", ALL)
# Single days would tell of single people: whoever sees aggregates only counts by week or longer.
COARSE_PERIODS = ("quarter", "year", ALL)
_DAYS = {"week": 6, "month": 29}
_WEEKS = {"quarter": 12, "year": 52}
_SHORT_DIGEST = 12
# Nobody's business here; and what has a column of its own.
_UNTOLD = {Action.ESTIMATE: "estimate_percent", Action.LOAD: "model_name"}


@dataclass(frozen=True)
class Span:
    """A time that is looked at: its first day, "" for the beginning, and by what it is counted."""

    since: str
    step: Step


def span_of(period: str, today: date) -> Span:
    """The time that a period of the filter stands for, in whole days, weeks or months."""
    if period in _DAYS:
        return Span((today - timedelta(days=_DAYS[period])).isoformat(), "day")
    if period in _WEEKS:
        first = today - timedelta(weeks=_WEEKS[period], days=today.weekday())
        return Span(first.isoformat(), "week")
    return Span("", "month")


def periods_of(counts: Sequence[ActivityCount], span: Span, today: date) -> tuple[str, ...]:
    """First day of every period from the beginning of the span to today, without gaps."""
    first = span.since or min((one.start for one in counts), default=today.isoformat())
    periods = [start_of(first, span.step)]
    while (following := _next(periods[-1], span.step)) <= today.isoformat():
        periods.append(following)
    return tuple(periods)


def series_of(
    counts: Sequence[ActivityCount], periods: Sequence[str], kind: str
) -> tuple[ActivitySeries, ...]:
    """What is drawn: one series for each action of the kind, or one of everything."""
    known = {(one.start, one.action): one.n for one in counts}
    if kind == ALL:
        sums = dict.fromkeys(periods, 0)
        for one in counts:
            sums[one.start] = sums.get(one.start, 0) + (one.n or 0)
        return (ActivitySeries(say("audit.kind_all"), tuple(sums[start] for start in periods)),)
    return tuple(
        ActivitySeries(
            say(f"audit.action_{action}"),
            tuple(known.get((start, str(action)), 0) for start in periods),
        )
        for action in KINDS[kind]
    )


def people_table(counts: Sequence[ActorCount], kind: str, floor: int) -> pd.DataFrame:
    """A row for each person and role with a column for each action, the busiest first."""
    people: dict[tuple[str, str], dict[str, ActorCount]] = {}
    for one in counts:
        people.setdefault((one.actor, one.role), {})[one.action] = one
    ranked = sorted(people.items(), key=lambda entry: (-_n_known(entry[1]), entry[0]))
    return pd.DataFrame([_person_row(person, own, kind, floor) for person, own in ranked])


def record_table(records: Sequence[Record], models: Mapping[str, str]) -> pd.DataFrame:
    """Number, time, person, role, action, model and details of each record.

    Parameters
    ----------
    records : sequence of Record
    models : mapping of str to str
        Name of each model by its digest.
    """
    return pd.DataFrame(
        [
            {
                say("audit.number"): f"{record.seq:,}",
                say("audit.when"): moment(record.at),
                say("audit.who"): record.event.actor,
                say("audit.role"): role_name(record.event.role),
                say("audit.what"): say(f"audit.action_{record.event.action}"),
                say("audit.model"): model_name(record.event.model_digest, models),
                say("audit.details"): details_words(record.event),
            }
            for record in records
        ]
    )


def refusal_table(records: Sequence[Record]) -> pd.DataFrame:
    """As :func:`record_table`, of refusals, which belong to no model."""
    return record_table(records, {}).drop(columns=[say("audit.model")], errors="ignore")


def records_csv(records: Sequence[Record], models: Mapping[str, str]) -> str:
    """The same as a file, with slugs for words; neither patients nor clinicians' own estimates."""
    rows = [
        {
            "number": record.seq,
            "at_utc": record.at,
            "actor": record.event.actor,
            "role": record.event.role,
            "action": str(record.event.action),
            "model": models.get(record.event.model_digest, record.event.model_digest),
            "details": " ".join(
                f"{name}={value}"
                for name, value in sorted(record.event.details.items())
                if name not in {"estimate_percent", "risk_percent"}
            ),
            "digest": record.digest,
        }
        for record in records
    ]
    return write_csv(pd.DataFrame(rows), {})


def details_words(event: Event) -> str:
    """What stands beside an action, in words; nothing of a patient."""
    told = dict(event.details)
    if event.action is Action.OVERRIDE:
        return reason_name(str(told.get("reason", "")))
    if event.action is Action.THRESHOLD:
        return format_percent(float(told.get("threshold", 0.0)))
    if event.action is Action.VERIFY:
        key = "audit.told_whole" if told.get("reason") == "whole" else "audit.told_broken"
        return say(key, n=_thousands(told.get("through", 0)))
    if event.action is Action.INSPECT and event.patient:
        return say("audit.told_sought", cohort=str(told.get("cohort_name", "")))
    if "permission" in told:
        return say(
            "audit.told_denied",
            view=_words("app", told.get("view")),
            permission=_words("gate.permission", told["permission"]),
        )
    told.pop(_UNTOLD.get(event.action, ""), None)
    words = (f"{say(f'audit.detail_{name}')} {value}" for name, value in sorted(told.items()))
    return ", ".join(words)


def reason_name(reason: str) -> str:
    """The words of an override's reason; the slug where an older version had others."""
    return _words("decision.reason", reason)


def role_name(role: str) -> str:
    """A role in words; the slug where there are none, as for a person without a role."""
    return _words("gate.role", role)


def model_name(digest: str, models: Mapping[str, str]) -> str:
    """A model by its name, or by its digest where it is no longer here."""
    if not digest:
        return ""
    return models.get(digest) or say("audit.former_model", digest=digest[:_SHORT_DIGEST])


def moment(at: str) -> str:
    """A time of the record as it is read, to the second, in UTC."""
    try:
        return datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M:%S UTC")
    except ValueError:
        return at


def decision_rows(tables: DecisionTables) -> pd.DataFrame:
    """Everybody and each group: patients decided on, overridden, agreed with, set aside."""
    named = [
        (place.label, decided, overridden, aside)
        for (place, decided), (_, overridden), (_, aside) in zip(
            [(Slice(), tables.decided.overall), *tables.decided.groups],
            [(Slice(), tables.overridden.overall), *tables.overridden.groups],
            [(Slice(), tables.set_aside.overall), *tables.set_aside.groups],
            strict=True,
        )
    ]
    return pd.DataFrame(
        [
            {
                say("audit.group"): label,
                say("audit.decided_share"): format_estimate(decided),
                say("audit.n_acted"): _size(overridden.n),
                say("audit.override_share"): format_estimate(overridden),
                say("audit.agree_share"): absence_word(overridden)
                if overridden.value is None
                else format_percent(1.0 - overridden.value),
                say("audit.set_aside_share"): format_estimate(aside),
            }
            for label, decided, overridden, aside in named
        ]
    )


def count_words(n: int | None, floor: int) -> str:
    """A count, or that it is withheld."""
    return say("audit.fewer", floor=floor) if n is None else f"{n:,}"


def _words(section: str, slug: object) -> str:
    """The words of a slug on record; itself where this version has none for it."""
    key = f"app.{slug}" if section == "app" else f"{section}_{slug}"
    try:
        return say(key)
    except KeyError:
        return str(slug)


def _n_known(own: Mapping[str, ActorCount]) -> int:
    return sum(one.n or 0 for one in own.values())


def _person_row(
    person: tuple[str, str], own: Mapping[str, ActorCount], kind: str, floor: int
) -> dict[str, str]:
    actor, role = person
    row = {say("audit.who"): actor, say("audit.role"): role_name(role)}
    opened = own.get(Action.OPEN_PATIENT)
    if kind == "reads":
        n = 0 if opened is None else opened.n_patients
        row[say("audit.n_patients")] = count_words(n, floor)
    if kind == ALL:
        row[say("audit.kind_all")] = f"{_n_known(own):,}"
    for action in KINDS.get(kind, ()):
        counted = own.get(action)
        row[say(f"audit.action_{action}")] = count_words(0 if counted is None else counted.n, floor)
    row[say("audit.last")] = moment(max(one.last for one in own.values()))
    return row


def _size(n: int | None) -> str:
    return say("audit.withheld") if n is None else f"{n:,}"


def _thousands(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _next(start: str, step: Step) -> str:
    day = date.fromisoformat(start)
    if step == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1).isoformat()
    return (day + timedelta(days=1 if step == "day" else 7)).isoformat()
