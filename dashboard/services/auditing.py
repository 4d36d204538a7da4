"""What the Audit page reads of the record; the leave for it is asked here, where results are made.

Patients are counted, never named: their keys stay on the server. Whoever may see aggregates only is
given no count of 1 to 10 of what was done about patients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, cast

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.context import Context
from dashboard.services import record
from dashboard.services.library import cohort_on_record, model_facts
from explainers.audit import Action, AuditLog, PatientKeys, Record, Selection, Verification
from explainers.audit.summary import (
    ActivityCount,
    ActorCount,
    Checked,
    Head,
    StandingMonth,
    Step,
    count_activity,
    count_by_actor,
    find_cohort_names,
    find_head,
    find_last_check,
    standing_by_month,
)
from explainers.core.cohort import Cohort
from explainers.disclosure.counts import SMALLEST_CELL, is_small
from explainers.disclosure.roles import Permission
from explainers.disclosure.snapshots import newest_apart
from explainers.errors import PellucidError
from explainers.models.bundle import BundleFacts
from explainers.subgroups.decisions import (
    DecisionTables,
    Kind,
    PatientDecision,
    compare_decisions,
    released_months,
)

AT_ONCE = 50
MOST_EXPORTED = 100_000
VERIFIED = ("audit_verified",)
# What is done about a patient: few of these are few patients.
ABOUT_PATIENTS = frozenset(
    {
        Action.OPEN_PATIENT,
        Action.EXPLAIN,
        Action.REVEAL,
        Action.ESTIMATE,
        Action.AGREE,
        Action.OVERRIDE,
        Action.SET_ASIDE,
        Action.TAKE_BACK,
    }
)


@dataclass(frozen=True)
class ChainState:
    """The end of the chain, and the last verification; None before the first."""

    head: Head
    checked: Checked | None


@dataclass(frozen=True)
class AboutPatient:
    """What is on record about one patient.

    Attributes
    ----------
    key : str
        The patient's; it stays on the server.
    n_opened, n_people : int
        How often the patient was opened, and by how many people.
    """

    key: str
    n_opened: int
    n_people: int


@dataclass(frozen=True)
class DecisionsSoFar:
    """Decisions by group, and of how many patients who are no longer in the cohort.

    Attributes
    ----------
    tables : DecisionTables
    n_decided, n_elsewhere : int
    through : str
        The last day that is counted; "" where nothing was decided.
    """

    tables: DecisionTables
    n_decided: int
    n_elsewhere: int
    through: str


def chain_state(ctx: Context) -> ChainState:
    """Where the chain ends, and how far it was verified; that somebody looked is on record."""
    log = _log(ctx)
    head = log.ask(find_head)
    if head.seq:
        record.inspected(ctx)
    return ChainState(log.ask(find_head), log.ask(find_last_check))


def verify_now(ctx: Context) -> Verification:
    """Follow the whole chain; that it was done, and how far it is sound, goes on record."""
    log = _log(ctx)
    through = log.ask(find_head).seq
    found = log.verify()
    if found.first_bad is not None:
        through = found.first_bad - 1
    record.verified(ctx, through=max(through, 0), is_whole=found.is_whole)
    state.keep_result(VERIFIED, found)
    return found


def last_verification(ctx: Context) -> Verification | None:
    """What this session's own verification found; None before."""
    ctx.person.require(Permission.AUDIT)
    return cast("Verification | None", state.kept_result(VERIFIED))


def models_by_digest(ctx: Context) -> Mapping[str, BundleFacts]:
    """The models of today; a record of another one keeps its digest."""
    ctx.person.require(Permission.AUDIT)
    found = {}
    for name in ctx.workspace.model_names():
        try:
            facts = model_facts(ctx, name)
        except PellucidError:
            # The Model page says what is wrong with it.
            continue
        found[facts.digest] = facts
    return found


def counted_until(step: Step) -> str:
    """Up to when is counted: longer times up to midnight, so that once a day is enough."""
    return "" if step == "day" else datetime.now(UTC).date().isoformat()


def activity(ctx: Context, wanted: Selection, step: Step) -> tuple[ActivityCount, ...]:
    """Records by period and action."""
    wanted = replace(wanted, until=counted_until(step))
    counts = _activity(_asked(ctx, newest=step == "day"), wanted, step)
    if ctx.person.may(Permission.RECORDS):
        return counts
    return tuple(replace(one, n=released(one.action, one.n or 0)) for one in counts)


def actors(ctx: Context, wanted: Selection, step: Step) -> tuple[ActorCount, ...]:
    """Who did what how often, and about how many patients."""
    wanted = replace(wanted, until=counted_until(step))
    counts = _actors(_asked(ctx, newest=step == "day"), wanted)
    if ctx.person.may(Permission.RECORDS):
        return counts
    return tuple(
        replace(
            one,
            n=released(one.action, one.n or 0),
            n_patients=released(one.action, one.n_patients or 0),
        )
        for one in counts
    )


def released(action: str, n: int) -> int | None:
    """The count as a role without single records may see it; None where it is withheld."""
    if action not in ABOUT_PATIENTS:
        return n
    return None if is_small(np.array([n]), SMALLEST_CELL)[0] else n


def decisions_by_group(ctx: Context, facts: BundleFacts, by: str) -> DecisionsSoFar:
    """Decisions on a model's predictions up to the end of some month that is over, by an attribute.

    Counted by whole months: figures that changed with each decision could be subtracted from those
    of a minute before, and would tell of single patients. So would those of two months between
    which few decisions changed: the newest month is shown that stands well apart from all before.
    """
    cohort = cohort_on_record(ctx, facts)
    wanted = Selection(until=this_month().isoformat(), model_digest=facts.digest)
    months = _standing(_asked(ctx, newest=False), wanted)
    return _tables(ctx, cohort, months, by)


def groups_on_record(ctx: Context, facts: BundleFacts) -> Mapping[str, str]:
    """Labels of the attributes by which a model's patients are grouped, by slug."""
    groups = cohort_on_record(ctx, facts).schema.groups
    return {group.name: group.label for group in groups}


def this_month() -> date:
    """First day of this month, in UTC."""
    return datetime.now(UTC).date().replace(day=1)


def denied(ctx: Context, wanted: Selection) -> tuple[Record, ...]:
    """The newest refusals and one more, which says that there are further ones."""
    refused = (Action.DENIED, Action.PURGE_REFUSED)
    return _log(ctx).records(replace(wanted, actions=refused), newest=AT_ONCE + 1)


def records(ctx: Context, wanted: Selection) -> tuple[Record, ...]:
    """The newest records that are wanted and one more; NotPermittedError for aggregates only."""
    ctx.person.require(Permission.RECORDS)
    return _log(ctx).records(wanted, newest=AT_ONCE + 1)


def records_to_export(ctx: Context, wanted: Selection) -> tuple[Record, ...]:
    """The newest records that are wanted, as many as a file may hold."""
    ctx.person.require(Permission.RECORDS)
    ctx.person.require(Permission.EXPORT)
    return _log(ctx).records(wanted, newest=MOST_EXPORTED)


def cohorts_on_record(ctx: Context) -> tuple[str, ...]:
    """Names of the cohorts whose patients can be asked for, those that are gone among them."""
    ctx.person.require(Permission.RECORDS)
    return tuple(sorted({*ctx.workspace.cohort_names(), *_log(ctx).ask(find_cohort_names)}))


def seek_patient(ctx: Context, cohort_name: str, patient_id: str) -> AboutPatient:
    """Who opened a patient, for whoever may see single entries; asking is on record.

    Parameters
    ----------
    ctx : Context
    cohort_name, patient_id : str
        As somebody typed it: it goes no further than into the patient's key.
    """
    ctx.person.require(Permission.RECORDS)
    key = record.sought(ctx, cohort_name, patient_id)
    counts = _log(ctx).ask(partial(count_by_actor, wanted=Selection(patient=key)))
    opened = [one for one in counts if one.action == Action.OPEN_PATIENT]
    n_people = len({one.actor for one in opened})
    return AboutPatient(key, sum(one.n or 0 for one in opened), n_people)


def _log(ctx: Context) -> AuditLog:
    ctx.person.require(Permission.AUDIT)
    return record.open_log(ctx)


def _tables(
    ctx: Context, cohort: Cohort, months: tuple[StandingMonth, ...], by: str
) -> DecisionsSoFar:
    positions: Mapping[str, int] = {}
    if months:
        key = (*record.place_key(ctx), cohort.digest)
        positions = _positions(_Keyed(record.patient_keys(ctx), cohort, key))
    known = [
        [
            PatientDecision(positions[one.patient], cast("Kind", str(one.action)), one.reason)
            for one in month.decisions
            if one.patient in positions
        ]
        for month in months
    ]
    if not months:
        return DecisionsSoFar(compare_decisions(cohort, by, []), 0, 0, "")
    shown = released_months(cohort, known)
    elsewhere = [len(months[at].decisions) - len(known[at]) for at in shown]
    newest = known[shown[-1]]
    return DecisionsSoFar(
        compare_decisions(cohort, by, newest),
        len(newest),
        newest_apart(elsewhere),
        _last_day(months[shown[-1]].start),
    )


def _last_day(month: str) -> str:
    """The last day of a month, given its first."""
    following = (date.fromisoformat(month) + timedelta(days=31)).replace(day=1)
    return (following - timedelta(days=1)).isoformat()


@dataclass(frozen=True)
class _Asked:
    """A log in a certain state, and what stands for it in a cache key."""

    log: AuditLog
    key: tuple[str, ...]


@dataclass(frozen=True)
class _Keyed:
    """Patients with what makes their keys, and what stands for both in a cache key."""

    keys: PatientKeys
    cohort: Cohort
    key: tuple[str, ...]


_BY_KEY: dict[type | str, Callable[[Any], Any]] = {
    _Asked: lambda one: one.key,
    _Keyed: lambda one: one.key,
}


def _asked(ctx: Context, *, newest: bool = True) -> _Asked:
    """The log as it stands now, or, where newer records change nothing, at any time."""
    log = _log(ctx)
    seq = log.ask(find_head).seq if newest else 0
    return _Asked(log, (*record.place_key(ctx), str(seq)))


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_BY_KEY)
def _activity(asked: _Asked, wanted: Selection, step: Step) -> tuple[ActivityCount, ...]:
    return asked.log.ask(partial(count_activity, wanted=wanted, step=step))


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_BY_KEY)
def _actors(asked: _Asked, wanted: Selection) -> tuple[ActorCount, ...]:
    return asked.log.ask(partial(count_by_actor, wanted=wanted))


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=_BY_KEY)
def _standing(asked: _Asked, wanted: Selection) -> tuple[StandingMonth, ...]:
    """The months that are over do not change; the first of a new one asks anew."""
    return asked.log.ask(partial(standing_by_month, wanted=wanted))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=_BY_KEY)
def _positions(keyed: _Keyed) -> Mapping[str, int]:
    """Row of each patient by the key that the record has of them; it never leaves the server."""
    name = keyed.cohort.schema.facts.name
    return {keyed.keys.key(name, one): at for at, one in enumerate(keyed.cohort.patient_ids)}
