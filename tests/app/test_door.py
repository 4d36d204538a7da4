"""Who is let in, who is sent away, and what of it is on record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth
from dashboard.environment import SIGN_IN, WORKSPACE
from dashboard.services import visiting
from dashboard.visits import Ending
from explainers.audit import AuditLog, Event, Record
from explainers.audit.place import AuditPlace
from explainers.errors import AuditError
from tests.app.pages import texts

FILE = f"""
[auth]
redirect_uri = "https://ward.example/oauth2callback"
cookie_secret = "{"s" * 32}"
client_id = "pellucid"
client_secret = "secret"
server_metadata_url = "https://login.example/.well-known/openid-configuration"
[roles.people]
"sub-1" = "clinician"
"sub-2" = "board"
"""
Claim = Callable[..., None]


def _door() -> None:
    """Body under test: the door, and a sign of who came through it."""
    import streamlit as st  # noqa: PLC0415

    from dashboard import state  # noqa: PLC0415
    from dashboard.components.gate import pick_context, show_single_user, show_visit  # noqa: PLC0415

    ctx = pick_context()
    if ctx is not None:
        st.markdown(f"inside: {ctx.person.identifier} {state.open_patient('ward')}")
        state.set_open_patient("ward", f"seen by {ctx.person.identifier}")
        show_visit(ctx)
        show_single_user(ctx)


def door() -> AppTest:
    return AppTest.from_function(_door, default_timeout=30)


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server with a sign-in; its workspace."""
    file = tmp_path / "sign-in.toml"
    file.touch(mode=0o600)
    file.write_text(FILE, "utf-8")
    monkeypatch.setenv(SIGN_IN, str(file))
    monkeypatch.setenv(WORKSPACE, str(tmp_path))
    visiting._visits.clear()
    yield tmp_path
    visiting._visits.clear()


@pytest.fixture
def claim(monkeypatch: pytest.MonkeyPatch) -> Claim:
    """Let the provider say this about whoever is there; nothing, where nobody signed in."""

    def say_so(**claims: Any) -> None:
        now = time.time()
        said = {"iat": now, "exp": now + 3600, **claims} if claims else None
        monkeypatch.setattr(auth, "claims_of_visitor", lambda: said)

    return say_so


def record_of(root: Path) -> list[tuple[str, str]]:
    log = AuditPlace.of_workspace(root).open_log()
    try:
        return [(str(r.event.action), r.event.actor) for r in reversed(log.records())]
    finally:
        log.close()


def test_nobody_comes_in_without_signing_in(guarded: Path, claim: Claim) -> None:
    claim()
    app = door().run()
    assert not app.exception
    assert "inside" not in texts(app)
    assert [button.label for button in app.button] == ["Sign in"]
    assert record_of(guarded) == []


def test_signing_in_is_recorded_once_however_many_tabs_and_runs(
    guarded: Path, claim: Claim
) -> None:
    claim(sub="sub-1")
    for _ in range(2):
        app = door().run().run()
        assert "inside: sub-1" in texts(app)
        assert "Signed in as sub-1, clinician." in texts(app)
    assert record_of(guarded) == [("sign_in", "sub-1")]


def test_a_stranger_is_told_why_and_recorded(guarded: Path, claim: Claim) -> None:
    claim(sub="sub-9")
    app = door().run()
    assert "nobody has given you a role here" in texts(app)
    assert "inside" not in texts(app)
    assert record_of(guarded) == [("denied", "sub-9")]


@pytest.mark.parametrize("claims", [{"exp": 1.0}, {"exp": None}])
def test_an_expired_token_lets_nobody_in(
    guarded: Path, claim: Claim, claims: dict[str, Any]
) -> None:
    """Streamlit's cookie lasts thirty days, whatever the token in it says."""
    claim(sub="sub-1", **claims)
    app = door().run().run()
    assert "inside" not in texts(app)
    assert "is over" in texts(app)
    assert record_of(guarded) == [("log_off", "sub-1")]


def test_an_idle_visit_ends_in_an_open_page_too(
    guarded: Path, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(sub="sub-1")
    app = door().run()
    assert "inside" in texts(app)
    monkeypatch.setattr(visiting._visits(), "_clock", lambda: time.time() + 16 * 60)
    app = app.run()
    assert "inside" not in texts(app)
    assert "nothing was done here" in texts(app)
    assert record_of(guarded) == [("sign_in", "sub-1"), ("log_off", "sub-1")]


def test_signing_out_in_one_tab_closes_the_other(guarded: Path, claim: Claim) -> None:
    claim(sub="sub-1")
    first, second = door().run(), door().run()
    visit = auth.visit_of(auth.claims_of_visitor() or {})
    first = first.button(key="sign_out").click().run()
    assert visiting.ending_of(visit) is Ending.SIGNED_OUT
    assert "inside" not in texts(second.run())
    assert record_of(guarded) == [("sign_in", "sub-1"), ("sign_out", "sub-1")]


@pytest.mark.usefixtures("guarded")
def test_nothing_of_one_person_is_left_to_the_next_in_the_session(claim: Claim) -> None:
    claim(sub="sub-1")
    app = door().run().run()
    assert "inside: sub-1 seen by sub-1" in texts(app)
    claim(sub="sub-2")
    assert "inside: sub-2 None" in texts(app.run())


def test_nobody_comes_in_where_that_cannot_be_recorded(
    guarded: Path, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(sub="sub-1")

    def refuse(_: AuditLog, event: Event) -> Record:
        raise AuditError("an action must be put on record", value=str(event.action))

    with monkeypatch.context() as broken:
        broken.setattr(AuditLog, "append", refuse)
        assert "inside" not in texts(door().run().run())
    assert "inside" in texts(door().run())
    assert record_of(guarded) == [("sign_in", "sub-1")]


def test_nobody_signs_in_where_there_is_no_record(
    guarded: Path, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents Streamlit, started by itself without a workspace, from being a way round it."""
    claim(sub="sub-1")
    monkeypatch.delenv(WORKSPACE)
    app = door().run()
    assert not app.exception
    assert "inside" not in texts(app)
    assert "takes a workspace" in texts(app)
    assert not (guarded / "audit").exists()


def test_a_file_spoilt_since_the_start_opens_nothing(
    guarded: Path, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents a server whose sign-in went wrong from falling back to letting everybody in."""
    claim(sub="sub-1")
    monkeypatch.setenv(SIGN_IN, str(guarded / "absent.toml"))
    app = door().run()
    assert not app.exception
    assert "inside" not in texts(app)


@pytest.mark.parametrize(("address", "is_open"), [("127.0.0.1", True), ("0.0.0.0", False)])  # noqa: S104
def test_the_single_user_mode_is_for_this_machine_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, *, is_open: bool
) -> None:
    """However it was started: Streamlit itself can be told to listen to everybody."""
    monkeypatch.setenv(SIGN_IN, "")
    monkeypatch.setenv(WORKSPACE, str(tmp_path))
    monkeypatch.setattr(auth.st, "get_option", lambda _: address)
    app = door().run()
    assert ("inside" in texts(app)) is is_open
    assert ("Single-user mode on this machine." in texts(app)) is is_open
