"""The door: who is at work, the way in and out, and why a view is closed to somebody."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard import auth
from dashboard.components.part import show_part
from dashboard.context import Context
from dashboard.services import sessions
from dashboard.services.sessions import Closed
from dashboard.wording import plain, say, upper_first
from explainers.disclosure.roles import Permission

LOOK_EVERY = timedelta(seconds=10)
# Whoever is known to the provider can only come in as somebody else, or once the role is there.
KNOWN = ("unknown", "several", "unverified")
OVER = ("expired", "idle", "signed_out")


def pick_context() -> Context | None:
    """The surroundings of whoever is at work; None, with the way in on screen, where nobody is."""
    opened = sessions.open_session()
    if isinstance(opened, Context):
        return opened
    _show_closed(opened)
    return None


def show_visit(ctx: Context) -> None:
    """Who is signed in, and the way out; nothing in the single-user mode."""
    if ctx.visit is None:
        return
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="visit"
    ):
        role = say(f"gate.role_{ctx.person.role}")
        st.caption(say("gate.who", name=plain(ctx.person.name), role=role), width="content")
        st.button(
            say("gate.sign_out"),
            key="sign_out",
            type="tertiary",
            icon=":material/logout:",
            on_click=_sign_out,
            args=(ctx,),
        )
    _watch(ctx)


def show_single_user(ctx: Context) -> None:
    """That nobody signs in here; nothing where somebody did."""
    if ctx.visit is None:
        st.caption(say("gate.single_user"))


def show_not_permitted(ctx: Context, permission: Permission) -> None:
    """Why this view is closed to somebody's role."""
    st.title(say("gate.refused_title"), anchor=False)
    st.warning(
        say(
            "gate.refused",
            role=say(f"gate.role_{ctx.person.role}"),
            permission=say(f"gate.permission_{permission}"),
        )
    )
    st.caption(say("gate.refused_recorded"))


def _show_closed(closed: Closed) -> None:
    st.title(say("app.title"), anchor=False)
    if closed.problem:
        st.error(plain(upper_first(closed.problem)), title=say("gate.broken_title"))
        return
    told = say(f"gate.{closed.reason}", who=plain(closed.who))
    (st.info if closed.reason == "sign_in" else st.warning)(told)
    if closed.reason == "sign_in":
        st.button(say("gate.to_sign_in"), icon=":material/login:", on_click=auth.start_sign_in)
    elif closed.reason in (*KNOWN, *OVER):
        # The cookie goes first: the next sign-in is to be a new one.
        st.button(say("gate.again"), icon=":material/login:", on_click=sessions.forget)


def _sign_out(ctx: Context) -> None:
    with show_part():
        sessions.sign_out(ctx)


@st.fragment(run_every=LOOK_EVERY)
def _watch(ctx: Context) -> None:
    """Clears the screen of somebody who has gone: no interaction is needed to be logged off."""
    if sessions.has_ended(ctx):
        sessions.see_out(ctx)
