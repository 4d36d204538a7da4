"""explainerdashboard in the same browser: another patient on its page of one prediction."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.clicks.browser import SLOW, ServerProcess
from benchmarks.made_up_patients import MODEL, model_file
from benchmarks.measurement import Cost
from benchmarks.peer_environment import PYTHON, REPOSITORY
from explainers.workspace import Workspace

N_CHANGES, WARM_UP_CHANGES = 10, 2
QUIET_SECONDS = 0.4
NAME = "explainerdashboard, a patient at random"
UPDATES = "_dash-update-component"


def measure_peer(web: Browser) -> tuple[Cost, dict[str, str]]:
    """What a change of patient takes there, same model and patients; and the versions."""
    with TemporaryDirectory() as directory, _served(Path(directory)) as port:
        context = web.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(SLOW)
        page.goto(f"http://127.0.0.1:{port}")
        watch = _Watch(page)
        page.locator(".tab", has_text="Individual Predictions").click()
        watch.wait()
        server = ServerProcess.on_port(str(port))
        costs = [_change(page, watch, server) for _ in range(WARM_UP_CHANGES + N_CHANGES)]
        context.close()
        versions = (Path(directory) / "versions.txt").read_text("utf-8").split()
    kept = costs[WARM_UP_CHANGES:]
    cost = Cost(
        sum(one.cpu_seconds for one in kept) / N_CHANGES,
        sum(one.wall_seconds for one in kept) / N_CHANGES,
        kept[-1].peak_megabytes,
    )
    return cost, dict(zip(versions[::2], versions[1::2], strict=True))


class _Watch:
    """When the page last heard from its server, and how many questions are open."""

    def __init__(self, page: Page) -> None:
        self._page, self._open, self.last = page, 0, time.perf_counter()
        page.on("request", lambda request: self._note(request.url, 1))
        page.on("requestfinished", lambda request: self._note(request.url, -1))
        page.on("requestfailed", lambda request: self._note(request.url, -1))

    def wait(self) -> None:
        """Until nothing was asked and nothing is open for a while; TimeoutError if it never is."""
        began = time.perf_counter()
        while self._open > 0 or time.perf_counter() - self.last < QUIET_SECONDS:
            if time.perf_counter() - began > SLOW / 1000:
                raise TimeoutError(f"{self._open} questions of the page were never answered")
            self._page.wait_for_timeout(50)

    def _note(self, address: str, change: int) -> None:
        if UPDATES in address:
            self._open += change
            self.last = time.perf_counter()


def _change(page: Page, watch: _Watch, server: ServerProcess) -> Cost:
    before, began = server.cpu_seconds(), time.perf_counter()
    page.get_by_role("button", name="Random").locator("visible=true").first.click()
    watch.wait()
    return Cost(server.cpu_seconds() - before, watch.last - began, server.megabytes())


@contextmanager
def _served(folder: Path) -> Iterator[int]:
    study = Workspace().open_study(MODEL)
    is_labelled = study.is_labelled
    np.save(folder / "patients.npy", study.matrix[is_labelled])
    np.save(folder / "labels.npy", study.labels[is_labelled])
    names = [column.name for column in study.model.columns]
    (folder / "names.txt").write_text("\n".join(names), "utf-8")
    (folder / "model.ubj").write_bytes(model_file())
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "ignore"}
    command = [
        str(PYTHON),
        "-m",
        "benchmarks.peers.explainerdashboard_server",
        str(folder),
        str(port),
    ]
    with (folder / "peer.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603
        try:
            _wait_until_up(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_until_up(port: int, process: subprocess.Popen[bytes], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise RuntimeError("explainerdashboard did not come up")
