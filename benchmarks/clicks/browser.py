"""A page whose waiting times are read off the page itself, and what the server spends meanwhile."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from benchmarks.measurement import Cost
from tests.browser.serving import settle

SLOW = 240_000
PROCESSES = Path("/proc")
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

Do = Callable[[Page], None]


@dataclass(frozen=True)
class ServerProcess:
    """The process that serves a page, found by its port; on Linux only."""

    directory: Path

    @classmethod
    def on_port(cls, port: str) -> ServerProcess:
        """The one whose command names the port last; RuntimeError where there is none."""
        for process in PROCESSES.iterdir():
            if process.name.isdigit() and _names_port(process, port):
                return cls(process)
        raise RuntimeError("what a server spends can be read on Linux only")

    def cpu_seconds(self) -> float:
        """Processor time of all its threads since it began, to a hundredth of a second."""
        fields = (self.directory / "stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Resident memory now."""
        return self._status_megabytes("VmRSS")

    def peak_megabytes(self) -> float:
        """The most resident memory it ever had."""
        return self._status_megabytes("VmHWM")

    def _status_megabytes(self, name: str) -> float:
        status = (self.directory / "status").read_text("utf-8")
        line = next(one for one in status.splitlines() if one.startswith(name))
        return int(line.split()[1]) * 1024 / 1e6


@dataclass(frozen=True)
class ClickedScreen:
    """An open page of the dashboard.

    Attributes
    ----------
    page : Page
    server : ServerProcess
    seconds_to_first_chart : float
        From asking for the address until a chart could be seen.
    """

    page: Page
    server: ServerProcess
    seconds_to_first_chart: float

    def cost_of(self, do: Do) -> Cost:
        """What one action takes until the server has answered."""
        before = self.server.cpu_seconds()
        self.page.evaluate(CLICKED)
        do(self.page)
        self.page.wait_for_function(ANSWERED, timeout=SLOW)
        spent = self.server.cpu_seconds() - before
        return Cost(spent, float(self.page.evaluate(WAITED)), self.server.megabytes())


@contextmanager
def opened_screen(browser: Browser, address: str) -> Iterator[ClickedScreen]:
    """A page at an address whose path and settings are given with it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SLOW)
    began = time.perf_counter()
    page.goto(address)
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=SLOW)
    seconds = time.perf_counter() - began
    settle(page, SLOW)
    page.evaluate(WATCH)
    port = address.split(":")[2].partition("/")[0]
    yield ClickedScreen(page, ServerProcess.on_port(port), seconds)
    context.close()


def _names_port(process: Path, port: str) -> bool:
    try:
        command = (process / "cmdline").read_text("utf-8").split("\0")
    except OSError:
        return False
    is_server = "streamlit" in str(command) or "explainerdashboard" in str(command)
    return is_server and any(part in (port, f"--server.port={port}") for part in command)
