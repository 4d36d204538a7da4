"""Clicks on a real page: what the server spends until it has answered, and how it grows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from benchmarks.clicks.actions import (
    GROUP_ACTIONS,
    NEXT,
    OPEN_PAGES,
    PATIENT_ACTIONS,
    Action,
)
from benchmarks.clicks.browser import ClickedScreen, opened_screen
from benchmarks.clicks.peer import measure_peer
from benchmarks.comparison import OURS, Aim, Comparison, Line, ratio
from benchmarks.made_up_patients import MODEL
from benchmarks.measurement import Cost, in_fresh_process
from benchmarks.peer_environment import has_peers
from benchmarks.screens.ready import COHORT, write_workspace
from benchmarks.sizes import Sizes
from tests.browser.serving import running_browser, running_dashboard

BUILT_IN_SECONDS, LARGE_SECONDS = 0.3, 1.0
WARM_UP_ROUNDS, WARM_UP_CHANGES = 2, 20
# Streamlit holds what the last pages of a session showed; that much may come and go.
MOST_GROWTH_MEGABYTES = 50.0
NOTE = (
    "Processor time of the server's process from the click until nothing followed for 0.4 s, the"
    " mean over some clicks; wall seconds include the browser's part. Everything is shown: the"
    " clinician's own estimate is not waited for."
)


def compare_clicks(sizes: Sizes) -> Iterator[Comparison]:
    """On the built-in cohort beside a peer, over many patients, and on a large cohort."""
    with TemporaryDirectory() as directory, running_browser() as web:
        folder = Path(directory)
        with running_dashboard(folder / "server.log", f"--workspace={directory}") as address:
            yield from _on_built_in(web, address, sizes)
        in_fresh_process(write_workspace, folder, sizes.large_cohort)
        with running_dashboard(folder / "server.log", f"--workspace={directory}") as address:
            yield _on_large(web, address, sizes.large_cohort)


def _on_built_in(web: Browser, address: str, sizes: Sizes) -> Iterator[Comparison]:
    aim = BUILT_IN_SECONDS
    with opened_screen(web, OPEN_PAGES["patient"](address, MODEL)) as screen:
        lines = _measure(screen, PATIENT_ACTIONS, aim)
    with opened_screen(web, OPEN_PAGES["groups"](address, MODEL)) as screen:
        lines += _measure(screen, GROUP_ACTIONS, aim)
    versions: dict[str, str] = {}
    if has_peers():
        theirs, versions = measure_peer(web)
        ours = lines[0].cost
        lines += [Line(name, cost, ratio=ratio(ours, cost)) for name, cost in theirs]
    yield Comparison(f"a click, {MODEL}", tuple(lines), note=NOTE, versions=versions)
    yield _growth(web, address, sizes.patient_changes)


def _on_large(web: Browser, address: str, n_patients: int) -> Comparison:
    model = f"{COHORT}-{MODEL}"
    with opened_screen(web, OPEN_PAGES["patient"](address, model)) as screen:
        lines = _measure(screen, PATIENT_ACTIONS, LARGE_SECONDS)
    with opened_screen(web, OPEN_PAGES["groups"](address, model)) as screen:
        lines += _measure(screen, GROUP_ACTIONS, LARGE_SECONDS)
    return Comparison(f"a click, {n_patients:,} patients", tuple(lines), note=NOTE)


def _growth(web: Browser, address: str, n_changes: int) -> Comparison:
    """Memory of one server, after the first patients and after many more in one session."""
    with opened_screen(web, OPEN_PAGES["patient"](address, MODEL)) as screen:
        first = [screen.cost_of(NEXT) for _ in range(WARM_UP_CHANGES)]
        later = [screen.cost_of(NEXT) for _ in range(n_changes)]
        chart = Cost(0.0, screen.seconds_to_first_chart, 0.0)
    before, after = first[-1].peak_megabytes, later[-1].peak_megabytes
    grown = Aim(
        f"at most {MOST_GROWTH_MEGABYTES:.0f} MB more",
        after - before <= MOST_GROWTH_MEGABYTES,
    )
    return Comparison(
        f"{n_changes:,} patients, one after the other",
        (
            Line(f"{OURS}, until the first chart is seen on a warm server", chart),
            Line(f"{OURS}, the first {WARM_UP_CHANGES}, each", _mean(first)),
            Line(f"{OURS}, {n_changes:,} more, each", _mean(later), aim=grown),
        ),
        note="The memory is what the server holds at the end of the line.",
    )


def _measure(screen: ClickedScreen, actions: Sequence[Action], most_seconds: float) -> list[Line]:
    lines = []
    for action in actions:
        for _ in range(WARM_UP_ROUNDS):
            _round(screen, action)
        cost = _mean([cost for _ in range(action.n_rounds) for cost in _round(screen, action)])
        aim = Aim(f"at most {1000 * most_seconds:,.0f} ms", cost.cpu_seconds <= most_seconds)
        lines.append(Line(f"{OURS}, {action.name}", cost, aim=aim))
    return lines


def _round(screen: ClickedScreen, action: Action) -> list[Cost]:
    return [screen.cost_of(step) for step in action.steps]


def _mean(costs: Sequence[Cost]) -> Cost:
    total = costs[0]
    for cost in costs[1:]:
        total = total.plus(cost)
    each = total.scaled(1 / len(costs))
    return Cost(each.cpu_seconds, each.wall_seconds, costs[-1].peak_megabytes)
