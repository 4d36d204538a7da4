"""Starting the dashboard and a browser, for the browser tests and the pictures of the README."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
# Milliseconds that a busy machine of two cores may need to draw what a test waits for.
PATIENCE = 90_000
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def running_dashboard(log: Path, *options: str) -> Iterator[str]:
    """Address of a dashboard started as a user starts it; stopped at the end."""
    port = free_port()
    command = [sys.executable, "-m", "dashboard", "serve", "--no-browser", f"--port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_up(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Debian's Chromium, headless; RuntimeError with the remedy where it is absent."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        raise RuntimeError("no Chromium found: install it with 'apt-get install chromium'")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


def settle(page: Page, milliseconds: float = PATIENCE) -> None:
    """Wait until the server has drawn all it was asked for: until then elements come and go.

    A click needs a moment to reach the server, and one run may start another: the page has to
    stand still twice in a row.
    """
    at_rest = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    stale = page.locator("[data-stale=true]")
    quiet = 0
    while quiet < 2:
        expect(at_rest).to_have_count(1, timeout=milliseconds)
        expect(stale).to_have_count(0, timeout=milliseconds)
        page.wait_for_timeout(250)
        quiet = quiet + 1 if at_rest.count() and not stale.count() else 0


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_up(
    port: int, process: subprocess.Popen[bytes], path: str = "/_stcore/health", seconds: float = 90
) -> None:
    """Wait for a server's first answer at that path."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped with exit code {process.returncode}")
        if _is_healthy(port, path):
            return
        time.sleep(0.2)
    raise RuntimeError(f"no answer on port {port} within {seconds} s")


def _is_healthy(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
