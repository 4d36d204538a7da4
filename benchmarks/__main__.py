"""Ours beside the peers in one run: ``make bench``, or ``python -m benchmarks --help``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter

from benchmarks.clicks.comparison import compare_clicks
from benchmarks.comparison import Comparison, unmet
from benchmarks.counterfactuals.comparison import compare_counterfactuals
from benchmarks.document import write_document
from benchmarks.explain_cohort.comparison import compare_streams
from benchmarks.group_tables import compare_group_tables
from benchmarks.label_choice import compare_label_choices
from benchmarks.load.comparison import compare_load
from benchmarks.local_linear import compare_lime
from benchmarks.peer_environment import ABSENT, has_peers
from benchmarks.pictures import write_pictures
from benchmarks.report import Report, make_report
from benchmarks.screens.one_patient import compare_one_patient
from benchmarks.screens.ready import compare_ready
from benchmarks.sizes import FULL, QUICK, Sizes
from benchmarks.table import as_text
from benchmarks.tree_shap.comparison import compare_cohorts, compare_large
from benchmarks.tree_shap.growth import Point, measure_growth

BENCHMARKS: dict[str, Callable[[Sizes], Iterator[Comparison]]] = {
    "cohort-shap": compare_cohorts,
    "large-cohort-shap": compare_large,
    "lime": compare_lime,
    "counterfactuals": compare_counterfactuals,
    "ready-to-look": compare_ready,
    "one-patient": compare_one_patient,
    "explain-cohort": compare_streams,
    "clicks": compare_clicks,
    "load": compare_load,
    "group-tables": compare_group_tables,
    "labels": compare_label_choices,
}
GROWTH = "growth"
RECORD = Path("build") / "benchmarks.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for, print it and write JSON."""
    chosen = _parse(arguments)
    if chosen.write_docs:
        report = Report.load(chosen.out)
        write_document(report)
        write_pictures(report)
        return 0
    if not has_peers():
        sys.stdout.write(f"Only what is in our own environment is measured: {ABSENT}.\n\n")
    earlier = Report.load(chosen.out) if chosen.keep and chosen.out.exists() else None
    for report in run(chosen.only, QUICK if chosen.quick else FULL, is_quick=chosen.quick):
        kept = report if earlier is None else report.over(earlier, list(BENCHMARKS))
        kept.save(chosen.out)  # after each benchmark: a run that is stopped loses only one
    sys.stdout.write("* estimated from a part of the patients\n")
    for missed in unmet(report.all_comparisons):
        sys.stdout.write(f"MISSED  {missed}\n")
    sys.stdout.write(f"Written to {chosen.out}\n")
    return 0


def run(only: Sequence[str], sizes: Sizes, *, is_quick: bool) -> Iterator[Report]:
    """Run benchmarks by their slugs and print them; what was found so far after each."""
    found: dict[str, tuple[Comparison, ...]] = {}
    for slug, compare in BENCHMARKS.items():
        if slug in only:
            found[slug] = tuple(_told(slug, compare(sizes)))
            yield make_report(found, (), is_quick=is_quick)
    if GROWTH in only:
        points = tuple(_noted(measure_growth(sizes)))
        yield make_report(found, points, is_quick=is_quick)


def _told(slug: str, comparisons: Iterator[Comparison]) -> Iterator[Comparison]:
    started = perf_counter()
    for comparison in comparisons:
        sys.stdout.write(as_text(comparison) + "\n")
        sys.stdout.flush()
        yield comparison
    sys.stdout.write(f"({slug}: {perf_counter() - started:,.0f} s)\n\n")


def _noted(points: Iterator[Point]) -> Iterator[Point]:
    for point in points:
        mark = " *" if point.is_scaled else ""
        what = f"{GROWTH}, {point.varied} {point.at:,}, {point.contender}"
        sys.stdout.write(f"{what}: {point.cpu_seconds:.3f} CPU s{mark}\n")
        sys.stdout.flush()
        yield point


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    every = [*BENCHMARKS, GROWTH]
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="small sizes, a few minutes")
    parser.add_argument("--only", nargs="+", choices=every, default=every, metavar="NAME",
                        help=f"some of: {', '.join(every)}")  # fmt: skip
    parser.add_argument("--keep", action="store_true",
                        help="leave in the JSON what it has of those not run now")  # fmt: skip
    parser.add_argument("--out", type=Path, default=RECORD, help="where the JSON goes")
    parser.add_argument("--write-docs", action="store_true",
                        help="measure nothing; write docs/benchmarks.md from the JSON")  # fmt: skip
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
