"""A real server and a real browser: what AppTest cannot show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.serving import running_browser, running_dashboard


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a dashboard on the built-in models."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    workspace = tmp_path_factory.mktemp("workspace")
    with running_dashboard(log, f"--workspace={workspace}") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running_browser() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()
