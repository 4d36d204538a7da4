"""How far pages jump: ``python -m benchmarks.clicks.jumps [--page NAME] [--window SIZE]``.

The figure is the cumulative layout shift of Chromium's own observer: the share of the window that
moved, times how far, summed over all moves in the worst window of five seconds. Below 0.1 counts
as good. Moves within half a second of a click, which the usual figure leaves out, count here as
well: the reader's eye does not know who began them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from playwright.sync_api import Browser, Page, ViewportSize

from benchmarks.clicks.actions import NEXT
from benchmarks.clicks.browser import SLOW
from tests.browser.serving import running_browser, running_dashboard, settle

GOOD = 0.1
WINDOW_MILLISECONDS = 5000.0
N_CLICKS = 5
# A chart that comes last may still move what stands below it.
AFTERWARDS_MILLISECONDS = 1500
# Addresses of what is opened; the first is measured after clicks on "next" as well.
PATIENT = "patient"
PAGES: Mapping[str, str] = MappingProxyType(
    {
        PATIENT: "?own_first=false",
        "own estimate": "",
        "compare": "compare?own_first=false",
        "groups": "groups",
        "labels": "labels?model=nmes-visits-xgboost",
        "model": "model",
        "problems": "problems",
        "data": "data",
        "audit": "audit",
        "glossary": "glossary",
    }
)
WINDOWS: Mapping[str, ViewportSize] = MappingProxyType(
    {
        "1280x800": {"width": 1280, "height": 800},
        "1920x1080": {"width": 1920, "height": 1080},
        "820x1180": {"width": 820, "height": 1180},
    }
)
# Notes each move, and by its key or test id what moved furthest within it.
WATCH = """
  window.moves = [];
  const nameOf = node => {
    const held = node && (node.nodeType === 1 ? node : node.parentElement);
    const box = held && held.closest('[class*="st-key-"], [data-testid]');
    if (!box) return 'something since removed';
    const key = [...box.classList].find(one => one.startsWith('st-key-'));
    return key ? key.slice(7) : box.getAttribute('data-testid');
  };
  const fall = source => source.currentRect.top - source.previousRect.top;
  new PerformanceObserver(found => found.getEntries().forEach(one => window.moves.push({
    at: one.startTime, share: one.value,
    what: one.sources.length ? nameOf(one.sources[0].node) : 'unknown',
    pixels: one.sources.length ? Math.round(fall(one.sources[0])) : 0,
  }))).observe({type: 'layout-shift', buffered: true});
"""


@dataclass(frozen=True)
class Move:
    """Something that stood on the page and was put elsewhere.

    Attributes
    ----------
    at : float
        Milliseconds since the page was asked for.
    share : float
        Share of the window that moved, times how far as a share of its longer side.
    what : str
    pixels : int
        How far down; below zero is up.
    """

    at: float
    share: float
    what: str
    pixels: int


@dataclass(frozen=True)
class Jumps:
    """How much a page moved by itself, or after a click.

    Attributes
    ----------
    page : str
    window : str
    shift : float
        Sum over the worst window of five seconds; of the worst click where several were made.
    most : str
        What moved most, and how far it went down in pixels; empty where nothing moved.
    """

    page: str
    window: str
    shift: float
    most: str

    def __str__(self) -> str:
        verdict = "" if self.shift < GOOD else f"   not below {GOOD:g}"
        return f"{self.page:<22}{self.window:<11}{self.shift:7.3f}   {self.most}{verdict}"


def worst_window(moves: Sequence[Move]) -> float:
    """The largest sum of moves that began within five seconds of one of them."""
    sums = (
        sum(move.share for move in moves if 0 <= move.at - first.at < WINDOW_MILLISECONDS)
        for first in moves
    )
    return max(sums, default=0.0)


def moved_most(moves: Sequence[Move], n_named: int = 2) -> str:
    """What moved, most first, with how far it went down in pixels."""
    shares: dict[str, float] = defaultdict(float)
    pixels: dict[str, int] = defaultdict(int)
    for move in moves:
        shares[move.what] += move.share
        pixels[move.what] += move.pixels
    named = sorted(shares, key=lambda what: -shares[what])[:n_named]
    return ", ".join(f"{what} {shares[what]:.3f} ({pixels[what]:+d} px)" for what in named)


def measure_jumps(
    web: Browser, address: str, pages: Sequence[str], windows: Sequence[str]
) -> Iterator[Jumps]:
    """Each page at each size of the window, once more than asked: the first time is slower."""
    for name in pages:
        with _opened(web, address, name, WINDOWS[windows[0]]) as page:
            yield _jumps(f"{name}, first", windows[0], [_moves(page)])
        for window in windows:
            with _opened(web, address, name, WINDOWS[window]) as page:
                yield _jumps(name, window, [_moves(page)])
                if name == PATIENT:
                    clicks = [_moves_of_click(page) for _ in range(N_CLICKS)]
                    yield _jumps(f"{name}, next", window, clicks)


def _jumps(name: str, window: str, tries: Sequence[Sequence[Move]]) -> Jumps:
    worst = max(tries, key=worst_window)
    return Jumps(name, window, worst_window(worst), moved_most(worst))


def _moves(page: Page) -> list[Move]:
    page.wait_for_timeout(AFTERWARDS_MILLISECONDS)
    return [Move(**move) for move in page.evaluate("window.moves.splice(0)")]


def _moves_of_click(page: Page) -> list[Move]:
    NEXT(page)
    settle(page, SLOW)
    return _moves(page)


@contextmanager
def _opened(web: Browser, address: str, name: str, size: ViewportSize) -> Iterator[Page]:
    context = web.new_context(viewport=size)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.goto(f"{address}/{PAGES[name]}")
    settle(page, SLOW)
    yield page
    context.close()


def main() -> None:
    """Print how far each page jumps, and what moved most."""
    options = _parse()
    found = []
    with TemporaryDirectory() as folder, running_browser() as web, _served(options, folder) as at:
        for jumps in measure_jumps(
            web, at, options.page or (*PAGES,), options.window or (*WINDOWS,)
        ):
            found.append(asdict(jumps))
            sys.stdout.write(f"{jumps}\n")
            sys.stdout.flush()
    if options.out:
        options.out.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


@contextmanager
def _served(options: argparse.Namespace, folder: str) -> Iterator[str]:
    started = running_dashboard(Path(folder) / "server.log", f"--workspace={folder}")
    with nullcontext(options.address) if options.address else started as address:
        yield address


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    often = "only this, may be given often"
    parser.add_argument("--page", action="append", default=[], choices=PAGES, help=often)
    parser.add_argument("--window", action="append", default=[], choices=WINDOWS, help=often)
    parser.add_argument("--address", help="of a dashboard that runs already")
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
