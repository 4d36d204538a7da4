"""A patient screen whose waiting times are read off the page itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import settle

SLOW = 120_000
# Notes when the server begins and ends to answer; a page counts as answered when nothing followed.
WATCH = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  window.answers = [];
  new MutationObserver(() => window.answers.push(
    [app.getAttribute('data-test-script-state'), performance.now()]
  )).observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
}"""
CLICKED = "() => { window.answers.length = 0; window.clicked = performance.now(); }"
ANSWERED = """() => {
  const last = window.answers[window.answers.length - 1];
  return last && last[0] === 'notRunning' && performance.now() - last[1] > 400;
}"""
WAITED = "() => (window.answers[window.answers.length - 1][1] - window.clicked) / 1000"


@dataclass(frozen=True)
class ClickedScreen:
    """An open patient screen with the risk shown.

    Attributes
    ----------
    page : Page
    seconds_to_first_chart : float
        From asking for the address until a chart could be seen.
    """

    page: Page
    seconds_to_first_chart: float

    def click(self, name: str) -> float:
        """Seconds from a click on the button of that name until the server has answered."""
        button = self.page.locator("button", has_text=name).filter(has_not_text=f"{name} where")
        self.page.evaluate(CLICKED)
        button.first.click()
        self.page.wait_for_function(ANSWERED, timeout=SLOW)
        return float(self.page.evaluate(WAITED))

    def server_megabytes(self) -> float:
        """Resident memory of the server's process."""
        port = self.page.url.split(":")[2].split("/")[0]
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and _serves(process, port):
                status = (process / "status").read_text("utf-8")
                line = next(one for one in status.splitlines() if one.startswith("VmRSS"))
                return int(line.split()[1]) / 1024
        raise RuntimeError("the server's memory can be read on Linux only")


@contextmanager
def opened_screen(browser: Browser, address: str) -> Iterator[ClickedScreen]:
    """The patient screen without the own estimate, so that every click shows everything."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(f"{address}/?own_first=false")
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=SLOW)
    seconds = time.perf_counter() - began
    settle(page, SLOW)
    page.evaluate(WATCH)
    yield ClickedScreen(page, seconds)
    context.close()


def _serves(process: Path, port: str) -> bool:
    try:
        command = (process / "cmdline").read_text("utf-8").split("\0")
    except OSError:
        return False
    return any(part.endswith(f"port={port}") for part in command) and "streamlit" in str(command)
