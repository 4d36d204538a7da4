"""Measure clicks alone: ``python -m benchmarks.clicks [--part NAME] [--changes N]``.

``python -m benchmarks --only clicks --keep`` measures the same for docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.clicks.comparison import PARTS, compare_clicks
from benchmarks.sizes import FULL, QUICK
from benchmarks.table import as_text


def main() -> None:
    """Print what each click takes and how memory grows, and write them as JSON."""
    options = _parse()
    sizes = QUICK if options.quick else FULL
    if options.changes:
        sizes = replace(sizes, patient_changes=options.changes)
    found = []
    for comparison in compare_clicks(sizes, options.part):
        found.append(comparison.to_dict())
        sys.stdout.write(as_text(comparison) + "\n")
        sys.stdout.flush()
        if options.out:
            options.out.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part", action="append", default=[], choices=PARTS, help="only this, may be given often"
    )
    parser.add_argument("--changes", type=int, help="patients to open, one by one")
    parser.add_argument("--quick", action="store_true", help="a smaller large cohort")
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
