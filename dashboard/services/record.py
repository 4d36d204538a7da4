"""Putting on record who saw and did what: one function for each kind, no value of any patient's.

What is looked at is recorded when it comes on screen, not at every run that draws it again. An
action that cannot be recorded raises and so does not happen.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.context import Context
from dashboard.environment import AUDIT_HEADS, AUDIT_URL
from dashboard.services.visiting import require_open
from explainers.audit import Action, AuditLog, Event, PatientKeys, digest_settings
from explainers.audit.event import Detail
from explainers.audit.place import AuditPlace
from explainers.core.study import Study
from explainers.disclosure.roles import Permission
from explainers.errors import NotFoundError, NotPermittedError
from explainers.models.bundle import BundleFacts

Content = str | bytes | Callable[[], bytes | str]
NO_ROLE = "none"


@dataclass(frozen=True)
class _Look:
    """What of a patient came on screen, by which settings where they matter."""

    action: Action
    settings_digest: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from other looks at the same patient under the same model."""
        return (str(self.action), self.settings_digest)


@dataclass(frozen=True)
class _Record:
    """The log of one workspace and its patients' keys."""

    log: AuditLog
    keys: PatientKeys


def ready(root: Path | None) -> None:
    """Open the record, so that nothing is shown where it cannot be kept.

    Raises
    ------
    AuditError
        When it cannot be opened.
    """
    if root is not None:
        _open(root)


def signed_in(ctx: Context) -> None:
    """Somebody came in."""
    _append(ctx, Action.SIGN_IN)


def signed_out(ctx: Context) -> None:
    """Somebody left of their own will."""
    _append(ctx, Action.SIGN_OUT)


def logged_off(ctx: Context, reason: str) -> None:
    """Somebody was sent away: the time was up."""
    _append(ctx, Action.LOG_OFF, details={"reason": reason})


def turned_away(root: Path | None, actor: str, reason: str) -> None:
    """Somebody whom the provider knows has no role here."""
    key = ("turned_away", actor, reason)
    if root is not None and not state.is_on_screen(key):
        event = Event(Action.DENIED, actor=actor, role=NO_ROLE, details={"reason": reason})
        _open(root).log.append(event)
        state.put_on_screen(key)


def denied(ctx: Context, permission: Permission, view: str) -> None:
    """Somebody asked for what their role does not allow."""
    details: dict[str, Detail] = {"permission": str(permission), "view": view}
    _append_new(ctx, Action.DENIED, ("denied", view), details=details)


def inspected(ctx: Context) -> None:
    """Somebody looked at the record itself."""
    _append_new(ctx, Action.INSPECT, ("inspect",))


def sought(ctx: Context, cohort_name: str, patient_id: str) -> str:
    """Somebody asked who opened a patient; the patient's key, which stays on the server."""
    key = patient_keys(ctx).key(cohort_name, patient_id)
    details: dict[str, Detail] = {"view": "audit-patient", "cohort_name": cohort_name}
    _append_new(ctx, Action.INSPECT, ("sought", key), patient=key, details=details)
    return key


def verified(ctx: Context, *, through: int, is_whole: bool) -> None:
    """Somebody followed the chain: all records up to that number are sound, and maybe not more."""
    details: dict[str, Detail] = {"through": through, "reason": "whole" if is_whole else "broken"}
    _append(ctx, Action.VERIFY, details=details)


def open_log(ctx: Context) -> AuditLog:
    """The log, for those who may read it.

    Raises
    ------
    NotFoundError
        Without a workspace, where nothing is recorded.
    """
    return _open(_root_of(ctx)).log


def patient_keys(ctx: Context) -> PatientKeys:
    """The patients' keys, to find patients again on the server; raises as :func:`open_log`."""
    return _open(_root_of(ctx)).keys


def place_key(ctx: Context) -> tuple[str, ...]:
    """What stands for the log in a cache key."""
    return (str(_root_of(ctx)), os.environ.get(AUDIT_URL, ""), os.environ.get(AUDIT_HEADS, ""))


def registered(ctx: Context, cohort_name: str, model_name: str, cohort_digest: str) -> None:
    """Patients and a model are about to be put into the workspace."""
    details: dict[str, Detail] = {"cohort_name": cohort_name, "model_name": model_name}
    _append(ctx, Action.REGISTER, details=details, cohort_digest=cohort_digest)


def loaded(ctx: Context, facts: BundleFacts, study: Study) -> None:
    """A model and its patients were opened."""
    state.set_study_digests(study.model.digest, study.cohort.digest)
    details: dict[str, Detail] = {"model_name": facts.name, "cohort_name": facts.cohort}
    _append_new(
        ctx, Action.LOAD, ("load", study.model.digest, study.cohort.digest), study, details=details
    )


def opened_patient(ctx: Context, study: Study, patient_id: str) -> None:
    """A patient came on screen."""
    _append_looks(ctx, study, patient_id, (_Look(Action.OPEN_PATIENT),))


def explained(ctx: Context, study: Study, patient_id: str, settings: Mapping[str, str]) -> None:
    """Reasons for a patient's risk came on screen, by these methods and in this unit."""
    _append_looks(ctx, study, patient_id, (_Look(Action.EXPLAIN, digest_settings(settings)),))


def revealed(study: Study, patient_id: str) -> None:
    """The model's risk came on screen."""
    _append_looks(at_work(), study, patient_id, (_Look(Action.REVEAL),))


def opened_with_reasons(
    ctx: Context, study: Study, patient_id: str, settings: Mapping[str, str]
) -> None:
    """A patient, the risk and its reasons come on screen at once, and on record in one write.

    Asked again by :func:`opened_patient` and the others, each of them is on record already.
    """
    _append_looks(
        ctx,
        study,
        patient_id,
        (
            _Look(Action.OPEN_PATIENT),
            _Look(Action.REVEAL),
            _Look(Action.EXPLAIN, digest_settings(settings)),
        ),
    )


def estimated(study: Study, patient_id: str, percent: int) -> None:
    """The clinician's own estimate, before the risk was revealed."""
    _append(at_work(), Action.ESTIMATE, study, patient_id, details={"estimate_percent": percent})


def decided(study: Study, patient_id: str, kind: str, reason: str = "") -> None:
    """Agreed, overridden with the slug of a reason, set aside or taken back."""
    details = {"reason": reason} if reason else {}
    _append(at_work(), Action(kind), study, patient_id, details=details)


def chose_threshold(study: Study, threshold: float) -> None:
    """A threshold other than before is looked at; the declared one is where everybody begins."""
    before = state.threshold_on_record(study.model.digest) or study.declared_threshold
    if threshold != before:
        _append(at_work(), Action.THRESHOLD, study, details={"threshold": threshold})
        state.set_threshold_on_record(study.model.digest, threshold)


def export(
    content: Content, name: str, form: str, *, of: tuple[Study, str] | None = None
) -> Callable[[], bytes | str]:
    """What a download button hands out: the content, once it is on record that it left.

    Made while the page is drawn, called at the click on a thread that knows nothing of the session.

    Parameters
    ----------
    content : str, bytes or callable
    name, form : str
        Slugs of what it is and of its format.
    of : (Study, str), optional
        The patient it is about.

    Raises
    ------
    NotPermittedError
        When the role may not export; or, at the click, when the visit is over by then.
    """
    ctx = at_work()
    ctx.person.require(Permission.EXPORT)
    details: dict[str, Detail] = {"view": name, "export_format": form}
    if of is None:
        model, cohort = state.study_digests()
        event = Event(
            Action.EXPORT,
            actor=ctx.person.identifier,
            role=str(ctx.person.role),
            model_digest=model,
            cohort_digest=cohort,
            details=details,
        )
    else:
        event = _event(ctx, Action.EXPORT, *of, details=details)
    return partial(_hand_out, ctx, event, content)


def at_work() -> Context:
    """The surroundings of whoever is at work in this session.

    Raises
    ------
    NotPermittedError
        When nobody is, or the visit is over.
    """
    ctx: Context | None = state.context()
    if ctx is None:
        raise NotPermittedError("somebody must be at work", remedy="Sign in.")
    require_open(ctx)
    return ctx


def _hand_out(ctx: Context, event: Event, content: Content) -> bytes | str:
    require_open(ctx)
    if ctx.root is not None:
        _open(ctx.root).log.append(event)
    return content() if callable(content) else content


def _append_new(
    ctx: Context,
    action: Action,
    key: tuple[str, ...],
    study: Study | None = None,
    patient_id: str = "",
    **parts: Any,
) -> None:
    """Put it on record unless it was on screen already; not on screen if it cannot be recorded."""
    if state.is_on_screen(key):
        return
    _append(ctx, action, study, patient_id, **parts)
    state.put_on_screen(key)


def _append_looks(ctx: Context, study: Study, patient_id: str, looks: Sequence[_Look]) -> None:
    """As :func:`_append_new`, for all of them in one write."""
    keys = {(*look.key, study.model.digest, patient_id): look for look in looks}
    new = {key: look for key, look in keys.items() if not state.is_on_screen(key)}
    if new and ctx.root is not None:
        events = [
            _event(ctx, look.action, study, patient_id, settings_digest=look.settings_digest)
            for look in new.values()
        ]
        _open(ctx.root).log.append_all(events)
    for key in new:
        state.put_on_screen(key)


def _append(
    ctx: Context,
    action: Action,
    study: Study | None = None,
    patient_id: str = "",
    **parts: Any,
) -> None:
    if ctx.root is not None:
        _open(ctx.root).log.append(_event(ctx, action, study, patient_id, **parts))


def _event(
    ctx: Context,
    action: Action,
    study: Study | None = None,
    patient_id: str = "",
    **parts: Any,
) -> Event:
    if study is not None:
        parts |= {"model_digest": study.model.digest, "cohort_digest": study.cohort.digest}
        if patient_id and ctx.root is not None:
            cohort = study.cohort.schema.facts.name
            parts["patient"] = _open(ctx.root).keys.key(cohort, patient_id)
    return Event(action, actor=ctx.person.identifier, role=str(ctx.person.role), **parts)


def _root_of(ctx: Context) -> Path:
    if ctx.root is None:
        raise NotFoundError(
            "there is a record only where there is a workspace",
            remedy="Start the dashboard with: pellucid serve --workspace DIR",
        )
    return ctx.root


def _open(root: Path) -> _Record:
    url, heads = os.environ.get(AUDIT_URL, ""), os.environ.get(AUDIT_HEADS)
    return _open_once(root, url, Path(heads) if heads else None)


@st.cache_resource(max_entries=8, show_spinner=False)
def _open_once(root: Path, url: str, heads: Path | None) -> _Record:
    place = AuditPlace.of_workspace(root, url=url, heads=heads)
    return _Record(place.open_log(), place.open_patient_keys())
