"""Measure the patient screen in a browser: ``python -m benchmarks.clicks [--changes N]``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.clicks.browser import ClickedScreen, opened_screen
from tests.browser.serving import running_browser, running_dashboard

WARM_UP_CHANGES = 20


def main() -> None:
    """Print waiting times in seconds and memory in megabytes, and write them as JSON."""
    options = _parse()
    with TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with running_dashboard(log, f"--workspace={folder}") as address, running_browser() as web:
            with opened_screen(web, address) as screen:
                figures = _measure(screen, options.changes)
            with opened_screen(web, address) as screen:
                figures["first chart on a warm server"] = screen.seconds_to_first_chart
    sys.stdout.write("".join(f"{name:45} {value:8.2f}\n" for name, value in figures.items()))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=50, help="patients to open, one by one")
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    return parser.parse_args()


def _measure(screen: ClickedScreen, n_changes: int) -> dict[str, float]:
    for _ in range(WARM_UP_CHANGES):
        screen.click("Next")
    before = screen.server_megabytes()
    waits = [screen.click("Next") for _ in range(n_changes)]
    after = screen.server_megabytes()
    switches = [screen.click(name) for name in ("Log-odds", "Risk", "Single inputs") * 3]
    return {
        "next patient, median s": median(waits),
        "next patient, slowest of 10 s": sorted(waits)[int(0.9 * (len(waits) - 1))],
        "a switch of unit or detail, median s": median(switches),
        f"memory after {WARM_UP_CHANGES} patients, MB": before,
        f"memory after {WARM_UP_CHANGES + n_changes} patients, MB": after,
    }


if __name__ == "__main__":
    main()
