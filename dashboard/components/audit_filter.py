"""Which part of the record is looked at: time, kind of action, model; all of it in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from dashboard.components.choice_picker import pick_one
from dashboard.context import Context
from dashboard.services.auditing import models_by_digest
from dashboard.view_models.audit import ALL, COARSE_PERIODS, KINDS, PERIODS, Span, span_of
from dashboard.wording import say
from explainers.audit import Selection
from explainers.disclosure.roles import Permission
from explainers.models.bundle import BundleFacts

# Stands for no model; the names of models are in small letters.
EVERY = "ALL"


@dataclass(frozen=True)
class AuditFilter:
    """What is looked at.

    Attributes
    ----------
    span : Span
    kind : str
        One of ``KINDS``, or ``all``.
    wanted : Selection
    models : Mapping[str, str]
        Name of each model by its digest.
    """

    span: Span
    kind: str
    wanted: Selection
    models: Mapping[str, str]

    @property
    def key(self) -> str:
        """Differs between any two filters."""
        return f"{self.span.since}_{self.kind}_{self.wanted.model_digest[:12]}"


def pick_filter(ctx: Context, *, with_kind: bool = True) -> AuditFilter:
    """What the address or the fields ask for."""
    exact = ctx.person.may(Permission.RECORDS)
    found = models_by_digest(ctx)
    sides = st.columns(3, gap="medium")
    with sides[0]:
        period = _pick_period(exact=exact)
    if not with_kind:
        span = span_of(period, datetime.now(UTC).date())
        return AuditFilter(span, "refusals", Selection(since=span.since), _names(found))
    with sides[1]:
        kind = _pick_kind(exact=exact)
    with sides[2]:
        digest = _pick_model(found)
    span = span_of(period, datetime.now(UTC).date())
    wanted = Selection(since=span.since, model_digest=digest, actions=KINDS.get(kind, ()))
    return AuditFilter(span, kind, wanted, _names(found))


def _names(found: Mapping[str, BundleFacts]) -> dict[str, str]:
    return {digest: facts.name for digest, facts in found.items()}


def _pick_period(*, exact: bool) -> str:
    offered = PERIODS if exact else COARSE_PERIODS
    words = {name: say(f"audit.period_{name}") for name in offered}
    return pick_one("audit_period", offered, words, label=say("audit.period"))


def _pick_kind(*, exact: bool) -> str:
    offered = (*KINDS, ALL) if exact else tuple(KINDS)
    words = {name: say(f"audit.kind_{name}") for name in offered}
    return pick_one("audit_kind", offered, words, label=say("audit.kind"))


def _pick_model(found: Mapping[str, BundleFacts]) -> str:
    digests = {facts.name: digest for digest, facts in found.items()}
    words = {EVERY: say("audit.every_model")}
    words |= {facts.name: facts.title for facts in found.values()}
    name = pick_one(
        "audit_model",
        tuple(words),
        words,
        label=say("audit.model"),
        help_text=say("audit.model_help"),
    )
    return digests.get(name, "")
