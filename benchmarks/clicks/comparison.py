"""Clicks on a real page: what the server spends until it has answered, and how it grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from playwright.sync_api import Browser

from benchmarks.clicks.actions import (
    GROUP_ACTIONS,
    NEXT,
    OPEN_PAGES,
    PATIENT_ACTIONS,
    RANDOM,
    Action,
)
from benchmarks.clicks.browser import ClickedScreen, opened_screen
from benchmarks.clicks.peer import NAME, measure_peer
from benchmarks.comparison import OURS, Aim, Comparison, Line, ratio
from benchmarks.made_up_patients import MODEL
from benchmarks.measurement import Cost, in_fresh_process
from benchmarks.peer_environment import ABSENT, has_peers
from benchmarks.screens.ready import COHORT, write_workspace
from benchmarks.sizes import Sizes
from tests.browser.serving import running_browser, running_dashboard

BUILT_IN_SECONDS, LARGE_SECONDS = 0.3, 1.0
FIRST_CHART_SECONDS = 2.0
WARM_UP_ROUNDS, WARM_UP_CHANGES = 2, 20
# Streamlit holds what the last pages of a session showed; that much may come and go.
MOST_GROWTH_MEGABYTES = 50.0
NOTE = (
    "Processor time of the server's process from the click until nothing followed for 0.4 s, the"
    " mean over some clicks; wall seconds include the browser's part. Everything is shown: the"
    " clinician's own estimate is not waited for."
)


def compare_clicks(sizes: Sizes, parts: Sequence[str] = ()) -> Iterator[Comparison]:
    """All parts, or those named; each with a server and a workspace of its own."""
    for part in parts or tuple(PARTS):
        with TemporaryDirectory() as directory, running_browser() as web:
            yield PARTS[part](web, Path(directory), sizes)


def _on_built_in(web: Browser, folder: Path, sizes: Sizes) -> Comparison:  # noqa: ARG001
    lines = _lines(web, folder, MODEL, BUILT_IN_SECONDS)
    return Comparison(f"a click, {MODEL}", lines, note=NOTE)


def _on_large(web: Browser, folder: Path, sizes: Sizes) -> Comparison:
    in_fresh_process(write_workspace, folder, sizes.large_cohort)
    lines = _lines(web, folder, f"{COHORT}-{MODEL}", LARGE_SECONDS)
    return Comparison(f"a click, {sizes.large_cohort:,} patients", lines, note=NOTE)


def _beside_peer(web: Browser, folder: Path, sizes: Sizes) -> Comparison:  # noqa: ARG001
    """The same click in both: one of the same patients at random, with the same model."""
    with _served(folder) as address, _opened(web, "patient", address, MODEL) as screen:
        ours = _cost(screen, RANDOM)
    lines = [Line(f"{OURS}, {RANDOM.name}", ours)]
    if not has_peers():
        return Comparison(RANDOM.name, tuple(lines), note=ABSENT)
    theirs, versions = measure_peer(web)
    lines.append(Line(NAME, theirs, ratio=ratio(ours, theirs)))
    return Comparison(f"{RANDOM.name}, {MODEL}", tuple(lines), note=NOTE, versions=versions)


def _growth(web: Browser, folder: Path, sizes: Sizes) -> Comparison:
    """Memory of one server, after the first patients and after many more in one session."""
    n_changes = sizes.patient_changes
    with _served(folder) as address:
        # The first opening warms the server.
        with _opened(web, "patient", address, MODEL) as screen:
            screen.cost_of(NEXT)
        with _opened(web, "patient", address, MODEL) as screen:
            first = [screen.cost_of(NEXT) for _ in range(WARM_UP_CHANGES)]
            later = [screen.cost_of(NEXT) for _ in range(n_changes)]
            seconds = screen.seconds_to_first_chart
    before, after = first[-1].peak_megabytes, later[-1].peak_megabytes
    soon = Aim(f"at most {FIRST_CHART_SECONDS:.0f} s", seconds <= FIRST_CHART_SECONDS)
    grown = Aim(
        f"at most {MOST_GROWTH_MEGABYTES:.0f} MB more",
        after - before <= MOST_GROWTH_MEGABYTES,
    )
    return Comparison(
        f"{n_changes:,} patients, one after the other",
        (
            Line(f"{OURS}, first chart on a warm server", Cost(0.0, seconds, 0.0), aim=soon),
            Line(f"{OURS}, the first {WARM_UP_CHANGES}, each", _mean(first)),
            Line(f"{OURS}, {n_changes:,} more, each", _mean(later), aim=grown),
        ),
        note="The memory is what the server holds at the end of the line.",
    )


PARTS: Mapping[str, Callable[[Browser, Path, Sizes], Comparison]] = MappingProxyType(
    {"built-in": _on_built_in, "peer": _beside_peer, "growth": _growth, "large": _on_large}
)


def _lines(web: Browser, folder: Path, model: str, most_seconds: float) -> tuple[Line, ...]:
    with _served(folder) as address:
        with _opened(web, "patient", address, model) as screen:
            lines = [_line(screen, action, most_seconds) for action in PATIENT_ACTIONS]
        with _opened(web, "groups", address, model) as screen:
            lines += [_line(screen, action, most_seconds) for action in GROUP_ACTIONS]
    return tuple(lines)


def _line(screen: ClickedScreen, action: Action, most_seconds: float) -> Line:
    cost = _cost(screen, action)
    aim = Aim(f"at most {1000 * most_seconds:,.0f} ms", cost.cpu_seconds <= most_seconds)
    return Line(f"{OURS}, {action.name}", cost, aim=aim)


def _cost(screen: ClickedScreen, action: Action) -> Cost:
    for _ in range(WARM_UP_ROUNDS):
        _round(screen, action)
    return _mean([cost for _ in range(action.n_rounds) for cost in _round(screen, action)])


def _round(screen: ClickedScreen, action: Action) -> list[Cost]:
    return [screen.cost_of(step) for step in action.steps]


def _mean(costs: Sequence[Cost]) -> Cost:
    total = costs[0]
    for cost in costs[1:]:
        total = total.plus(cost)
    each = total.scaled(1 / len(costs))
    return Cost(each.cpu_seconds, each.wall_seconds, costs[-1].peak_megabytes)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    with running_dashboard(folder / "server.log", f"--workspace={folder}") as address:
        yield address


@contextmanager
def _opened(web: Browser, page: str, address: str, model: str) -> Iterator[ClickedScreen]:
    with opened_screen(web, OPEN_PAGES[page](address, model)) as screen:
        yield screen
