"""LIME, ours beside the lime package: one call, and the same patient under many seeds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from benchmarks.comparison import OURS, Aim, Comparison, Line
from benchmarks.lime.__main__ import ONE_THREAD, compare
from benchmarks.measurement import Cost
from benchmarks.sizes import Sizes

MOST_SINGLE_CALLS = 5
CLOSE = 1e-9
NOTE = (
    "On one thread. lime's explainers are made before the clock starts, ours describes the"
    " reference patients inside it. The memory is what the work adds."
)


def compare_lime(sizes: Sizes) -> Iterator[Comparison]:
    """One comparison for each model."""
    os.environ.update(ONE_THREAD)  # for the processes that measure
    for model in sizes.lime_models:
        found = compare(model, sizes.n_seeds, sizes.repeats)
        rows = {(row["name"], row["n_seeds"]): row for row in found["rows"]}
        for n in (1, sizes.n_seeds):
            yield _compare(model, n, rows, found["largest_difference"])


def _compare(
    model: str, n: int, rows: dict[tuple[str, int], dict[str, Any]], difference: float
) -> Comparison:
    ours, theirs, single = rows["pellucid", n], rows["lime", n], rows["lime", 1]
    calls = ours["cpu_seconds"] / single["cpu_seconds"]
    aim = None
    if n > 1:
        words = f"at most {MOST_SINGLE_CALLS} single calls of lime"
        aim = Aim(words, calls <= MOST_SINGLE_CALLS)
    same = Aim(f"same weights to {CLOSE:.0e}", difference <= CLOSE)
    lines = (
        Line(OURS, _cost(ours), aim=aim, note=f"{calls:.1f} single calls of lime"),
        Line(
            "lime",
            _cost(theirs),
            ratio=theirs["cpu_seconds"] / ours["cpu_seconds"],
            aim=same,
            note=f"weights differ by at most {difference:.0e}",
        ),
    )
    seeds = "one seed" if n == 1 else f"{n} seeds"
    return Comparison(f"LIME of one patient, {model}, {seeds}", lines, note=NOTE)


def _cost(row: dict[str, Any]) -> Cost:
    return Cost(row["cpu_seconds"], row["wall_seconds"], row["peak_megabytes"])
