"""Whether a visit goes on: one register for all sessions of the server."""

from __future__ import annotations

import os
import time
from pathlib import Path

import streamlit as st

from dashboard.context import Context
from dashboard.environment import SIGN_IN
from dashboard.sign_in import SignIn, read_sign_in
from dashboard.visits import Ending, Visit, Visits
from explainers.errors import NotPermittedError


def sign_in_settings() -> SignIn | None:
    """Roles as the file of the sign-in says; None in the single-user mode.

    Raises
    ------
    SettingsError
        When the file is absent or was spoilt since the start.
    """
    path = os.environ.get(SIGN_IN)
    return _read(path) if path else None


def require_open(ctx: Context) -> None:
    """Raise NotPermittedError once the visit is over; a single user's never is."""
    if ctx.visit is not None and ending_of(ctx.visit) is not None:
        raise NotPermittedError("the visit must go on", remedy="Sign in again.")


def enter(visit: Visit) -> bool:
    """Let somebody in, unless the visit is over; whether this is its first moment."""
    return _visits().enter(visit)


def forget(visit: Visit) -> None:
    """Take back that somebody was let in."""
    _visits().forget(visit)


def touch(ctx: Context) -> None:
    """Somebody did something."""
    if ctx.visit is not None:
        _visits().touch(ctx.visit)


def ending_of(visit: Visit) -> Ending | None:
    """Why the visit is over; None while it goes on."""
    return _visits().ending(visit)


def end(visit: Visit, why: Ending) -> bool:
    """End a visit in all its tabs; whether this was the first to say so."""
    return _visits().end(visit, why)


@st.cache_resource(max_entries=1, show_spinner=False)
def _read(path: str) -> SignIn:
    return read_sign_in(Path(path))


@st.cache_resource(max_entries=1, show_spinner=False)
def _visits() -> Visits:
    settings = sign_in_settings()
    return Visits((settings or SignIn()).idle_minutes * 60, time.time)
