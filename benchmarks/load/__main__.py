"""Measure many clinicians at once alone: ``python -m benchmarks.load [--sessions N]``.

``python -m benchmarks --only load --keep`` measures the same for docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.load.comparison import FORGOTTEN_AFTER_SECONDS, measure_load
from benchmarks.sizes import FULL
from benchmarks.table import as_text


def main() -> None:
    """Print what clinicians wait and what the server holds, and write it as JSON."""
    options = _parse()
    found = []
    for comparison in measure_load(options.sessions, options.rounds, options.wait):
        found.append(comparison.to_dict())
        sys.stdout.write(as_text(comparison) + "\n")
        sys.stdout.flush()
    if options.out:
        options.out.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--sessions", type=int, default=FULL.sessions, help="clinicians at once")
    parser.add_argument("--rounds", type=int, default=1,
                        help="how often new sessions click without a pause")  # fmt: skip
    parser.add_argument("--wait", type=float, default=FORGOTTEN_AFTER_SECONDS,
                        help="seconds after the last session left")  # fmt: skip
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
