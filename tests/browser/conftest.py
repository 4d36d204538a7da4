"""A real server and a real browser: what AppTest cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import PATIENCE, running_browser, running_dashboard


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A second try: a browser, a server and a busy machine in step are not what is tested.

    What needed it stands in the summary as RERUN.
    """
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a dashboard on the built-in models."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    workspace = tmp_path_factory.mktemp("workspace")
    with running_dashboard(log, f"--workspace={workspace}") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with running_browser() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()
