"""Letting somebody in, and seeing them out when their time is up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dashboard import auth, state
from dashboard.context import Context, workspace_root
from dashboard.services import record, visiting
from dashboard.sign_in import Refusal, SignIn
from dashboard.visits import Ending
from explainers.errors import PellucidError, SettingsError


@dataclass(frozen=True)
class Closed:
    """Nobody may see anything here, and why.

    Attributes
    ----------
    reason : str
        ``sign_in`` where somebody only has to; ``expired``, ``idle``, ``signed_out``, ``unknown``,
        ``several``, ``unverified``, ``open_address`` or ``broken``.
    who : str
        Whom the provider vouches for; "" where nobody.
    problem : str
        What an administrator has to mend; "" where nothing.
    """

    reason: str
    who: str = ""
    problem: str = ""


def open_session() -> Context | Closed:
    """Who is at work in this run, or why nobody may be; the session remembers it."""
    try:
        opened = _open(workspace_root(), visiting.sign_in_settings())
    except PellucidError as error:
        opened = Closed("broken", problem=str(error))
    if isinstance(opened, Closed) and not opened.problem:
        state.forget_everything()
    state.set_context(opened if isinstance(opened, Context) else None)
    return opened


def is_at_work() -> bool:
    """Whether this session may go on; it counts as something done."""
    ctx = state.context()
    if ctx is None or has_ended(ctx):
        return False
    visiting.touch(ctx)
    return True


def has_ended(ctx: Context) -> bool:
    """Whether the visit is over; looking does not count as something done."""
    return ctx.visit is not None and visiting.ending_of(ctx.visit) is not None


def sign_out(ctx: Context) -> None:
    """Leave, in every tab; on record before it happens."""
    if ctx.visit is not None and visiting.ending_of(ctx.visit) is None:
        record.signed_out(ctx)
        visiting.end(ctx.visit, Ending.SIGNED_OUT)
    forget()


def see_out(ctx: Context) -> None:
    """Log somebody off whose time is up; on record once, however many tabs there are."""
    try:
        _note_ending(ctx)
    finally:
        forget()


def forget() -> None:
    """Forget the session and remove the cookie."""
    state.forget_everything()
    auth.forget_sign_in()


def _open(root: Path | None, sign_in: SignIn | None) -> Context | Closed:
    if sign_in is None:
        if not auth.is_on_loopback():
            return Closed("open_address")
        record.ready(root)
        return _for_this_session(Context(root, auth.local_person()))
    if root is None:
        raise SettingsError(
            "where people sign in, every look is on record, and that takes a workspace",
            remedy="Start with: pellucid serve --sign-in FILE --workspace DIR",
        )
    record.ready(root)
    claims = auth.claims_of_visitor()
    if claims is None:
        return Closed("sign_in")
    person = auth.person_of(sign_in, claims)
    if isinstance(person, Refusal):
        actor = auth.actor_of(claims)
        record.turned_away(root, actor, str(person))
        return Closed(str(person), who=actor)
    ctx = _for_this_session(Context(root, person, auth.visit_of(claims)))
    return _come_in(ctx)


def _come_in(ctx: Context) -> Context | Closed:
    if ctx.visit is None:
        return ctx
    if visiting.enter(ctx.visit):
        try:
            record.signed_in(ctx)
        except PellucidError:
            visiting.forget(ctx.visit)
            raise
    ending = visiting.ending_of(ctx.visit)
    if ending is not None:
        _note_ending(ctx)
        return Closed(str(ending))
    visiting.touch(ctx)
    return ctx


def _note_ending(ctx: Context) -> None:
    if ctx.visit is None:
        return
    ending = visiting.ending_of(ctx.visit)
    if ending is not None and visiting.end(ctx.visit, ending):
        record.logged_off(ctx, str(ending))


def _for_this_session(ctx: Context) -> Context:
    """Nothing that another person left in the session may be seen by this one."""
    before = state.context()
    if before is not None and before.person != ctx.person:
        state.forget_everything()
    return ctx
