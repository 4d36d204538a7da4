"""Signing in at an OpenID provider that really runs, in Chromium: roles, refusals, the way out."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from explainers.audit import Action
from explainers.audit.place import AuditPlace
from tests.browser.serving import ROOT, free_port, running_dashboard, settle, wait_until_up

pytestmark = pytest.mark.browser
ROLES = {"dr.a": "clinician", "board.b": "board", "admin.c": "administrator"}
PATIENT = re.compile(r"Patient (NH-\d+)")
Enter = Callable[[str], Page]


@contextmanager
def running_provider(log: Path, *, token_seconds: int) -> Iterator[str]:
    """Address of an OpenID provider that signs in whoever is named."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", f"--port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, f"--token-max-age={token_seconds}"], cwd=ROOT, stdout=output, stderr=output
        )
        try:
            wait_until_up(port, process, "/.well-known/openid-configuration")
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def running_guarded(folder: Path, *, token_seconds: int) -> Iterator[str]:
    """Address of a dashboard with a sign-in; the folder is its workspace."""
    with running_provider(folder / "provider.txt", token_seconds=token_seconds) as provider:
        people = "\n".join(f'"{name}" = "{role}"' for name, role in ROLES.items())
        settings = folder / "sign-in.toml"
        settings.touch(mode=0o600)
        settings.write_text(
            "[auth]\n"
            'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
            f'cookie_secret = "{secrets.token_hex(32)}"\n'
            'client_id = "pellucid"\n'
            f'client_secret = "{secrets.token_hex(32)}"\n'
            f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n'
            f"[roles.people]\n{people}\n",
            "utf-8",
        )
        options = (f"--workspace={folder}", f"--sign-in={settings}")
        with running_dashboard(folder / "server.txt", *options) as address:
            yield address.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guarded")


@pytest.fixture(scope="module")
def guarded(folder: Path) -> Iterator[str]:
    with running_guarded(folder, token_seconds=3600) as address:
        yield address


@pytest.fixture
def browser_of_its_own(browser: Browser) -> Iterator[Callable[[], Page]]:
    """A browser without anybody's cookies, each time."""
    contexts = []

    def open_page() -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page: Page, address: str, who: str) -> Page:
    """Through the provider's own form and back."""
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_placeholder("sub").fill(who)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(re.compile(re.escape(address)))
    return page


def actions(workspace: Path, actor: str) -> list[str]:
    """What is on record about somebody, oldest first."""
    log = AuditPlace.of_workspace(workspace).open_log()
    try:
        assert log.verify().is_whole
        found = log.records()
    finally:
        log.close()
    return [str(one.event.action) for one in reversed(found) if one.event.actor == actor]


def test_two_roles_at_once_see_each_their_own(
    guarded: str, folder: Path, browser_of_its_own: Callable[[], Page]
) -> None:
    """A board session must not reach a patient whom a clinician has open on the same server."""
    said: list[str] = []
    clinician = browser_of_its_own()
    clinician.on("console", lambda message: said.append(message.text))
    sign_in(clinician, guarded, "dr.a")
    expect(clinician.get_by_text("Signed in as dr.a, clinician.")).to_be_visible()
    expect(clinician.get_by_text(PATIENT).first).to_be_visible()
    board = sign_in(browser_of_its_own(), guarded, "board.b")
    expect(board.get_by_role("heading", name="Groups")).to_be_visible()
    expect(board.get_by_role("link", name="Compare")).to_have_count(0)
    for view in ("patient", "compare"):
        board.goto(f"{guarded}/{view}?own_first=false")
        expect(board.get_by_role("heading", name="Not for your role")).to_be_visible()
        expect(board.get_by_text(PATIENT)).to_have_count(0)
    settle(clinician)
    clinician.get_by_role("button", name="Sign out").click()
    expect(clinician.get_by_role("heading", name="End Session")).to_be_visible()
    clinician.goto(guarded)
    expect(clinician.get_by_role("button", name="Sign in")).to_be_visible()
    expect(clinician.get_by_text(PATIENT)).to_have_count(0)
    assert actions(folder, "dr.a") == ["sign_in", "load", "open_patient", "sign_out"]
    assert actions(folder, "board.b")[:1] == ["sign_in"]
    assert actions(folder, "board.b").count(Action.DENIED) == 2
    assert Action.OPEN_PATIENT not in actions(folder, "board.b")
    assert [line for line in said if "Content Security Policy" in line] == []


def test_whom_nobody_gave_a_role_sees_nothing(
    guarded: str, folder: Path, browser_of_its_own: Callable[[], Page]
) -> None:
    page = sign_in(browser_of_its_own(), guarded, "stranger")
    expect(page.get_by_text("nobody has given you a role here")).to_be_visible()
    expect(page.get_by_role("link", name="Glossary")).to_have_count(0)
    assert actions(folder, "stranger") == ["denied"]


def test_nobody_stays_beyond_the_time_of_the_token(
    tmp_path: Path, browser_of_its_own: Callable[[], Page]
) -> None:
    """Left alone, a screen clears itself; Streamlit's cookie alone would last for thirty days."""
    with running_guarded(tmp_path, token_seconds=20) as address:
        page = sign_in(browser_of_its_own(), address, "admin.c")
        expect(page.get_by_text("Signed in as admin.c, administrator.")).to_be_visible()
        expect(page.get_by_text("Signed in as admin.c, administrator.")).to_have_count(0)
        page.goto(address)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert actions(tmp_path, "admin.c") == ["sign_in", "log_off"]


def test_an_administrator_reads_the_record_and_a_board_no_entry_of_it(
    guarded: str, folder: Path, browser_of_its_own: Callable[[], Page]
) -> None:
    """The Audit screen by two roles; a patient's entries cannot be reached by their address."""
    administrator = sign_in(browser_of_its_own(), guarded, "admin.c")
    expect(administrator.get_by_text("Signed in as admin.c, administrator.")).to_be_visible()
    administrator.goto(f"{guarded}/audit?audit_part=records&audit_kind=all")
    expect(administrator.get_by_text("Entry by entry")).to_be_visible()
    expect(administrator.get_by_role("cell", name="admin.c").first).to_be_visible()
    settle(administrator)
    administrator.get_by_role("button", name="Verify now").click()
    expect(administrator.get_by_text("Whole and unchanged up to entry")).to_be_visible()
    settle(administrator)
    with administrator.expect_download() as taken:
        administrator.get_by_role("button", name="Download these entries").click()
    assert "admin.c" in Path(taken.value.path()).read_text("utf-8")
    board = sign_in(browser_of_its_own(), guarded, "board.b")
    expect(board.get_by_role("heading", name="Groups")).to_be_visible()
    board.goto(f"{guarded}/audit?audit_part=records")
    expect(board.get_by_role("heading", name="Not for your role")).to_be_visible()
    board.goto(f"{guarded}/audit")
    expect(board.get_by_text("Who did it")).to_be_visible()
    expect(board.get_by_text("Entries", exact=True)).to_have_count(0)
    done = actions(folder, "admin.c")
    assert {Action.INSPECT, Action.VERIFY, Action.EXPORT} <= set(done)
    assert actions(folder, "board.b").count(Action.DENIED) >= 1
