"""Who is at work: whoever uses this machine alone, or whom an OpenID provider vouches for.

Streamlit leads to the provider, checks its answer and keeps the claims in a signed cookie; it does
not look at the token's expiry, so that is done here, at each run.
"""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.environment import is_loopback
from dashboard.sign_in import Refusal, SignIn
from dashboard.visits import Visit
from explainers.audit.event import LONGEST_ACTOR
from explainers.disclosure.roles import Person, Role


def local_person() -> Person:
    """The user of this machine, who alone reaches a server on its loopback address."""
    name = getpass.getuser()
    return Person(identifier=name, name=name, role=Role.SINGLE_USER)


def is_on_loopback() -> bool:
    """Whether this server listens on this machine's own address only."""
    return is_loopback(st.get_option("server.address") or "")


def claims_of_visitor() -> dict[str, Any] | None:
    """What the provider says about whoever is signed in; None where nobody is."""
    if not st.user.get("is_logged_in"):
        return None
    return dict(st.user.to_dict())


def person_of(sign_in: SignIn, claims: Mapping[str, Any]) -> Person | Refusal:
    """The person with a role, or why there is none."""
    role = sign_in.role_of(claims)
    if isinstance(role, Refusal):
        return role
    actor = actor_of(claims)
    return Person(identifier=actor, name=str(claims.get("name") or actor), role=role)


def actor_of(claims: Mapping[str, Any]) -> str:
    """The provider's lasting name of a person, as the record can hold it."""
    subject = str(claims.get("sub", ""))
    if 1 <= len(subject) <= LONGEST_ACTOR and subject.isprintable():
        return subject
    return f"sha256-{hashlib.sha256(subject.encode()).hexdigest()}"


def visit_of(claims: Mapping[str, Any]) -> Visit:
    """The sign-in that these claims come from; one without an expiry is over already."""
    parts = [str(claims.get(name, "")) for name in ("iss", "sub", "iat", "nonce")]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return Visit(key, _moment(claims.get("iat")), _moment(claims.get("exp")))


def start_sign_in() -> None:
    """Lead to the provider."""
    st.login()


def forget_sign_in() -> None:
    """Remove the cookie and leave the page."""
    st.logout()


def _moment(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else 0.0  # type: ignore[arg-type]
