"""``pellucid explain-cohort`` on files of many patients, as a user runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.comparison import OURS, Aim, Comparison, Line
from benchmarks.made_up_patients import MODEL, write_patients
from benchmarks.measurement import Cost, in_fresh_process, measure_command
from benchmarks.sizes import Sizes

MOST_MEGABYTES = 1_500
SEED = 0
NOTE = (
    "The whole command, from its start: the file is read twice (checked before anything is"
    " explained), every row validated, every part written with its digest. There is no peer that"
    " does this."
)


def compare_streams(sizes: Sizes) -> Iterator[Comparison]:
    """CSV and Parquet."""
    lines = []
    with TemporaryDirectory() as directory:
        for suffix in (".csv", ".parquet"):
            path = Path(directory) / f"patients{suffix}"
            in_fresh_process(write_patients, path, sizes.large_cohort, SEED)
            cost = explain_file(path, Path(directory) / suffix[1:])
            is_met = cost.peak_megabytes <= MOST_MEGABYTES
            aim = Aim(f"at most {MOST_MEGABYTES:,} MB", is_met)
            rate = f"{sizes.large_cohort / cost.wall_seconds:,.0f} patients a second"
            lines.append(Line(f"{OURS}, from {suffix[1:].upper()}", cost, aim=aim, note=rate))
            path.unlink()
    title = f"explain-cohort: {sizes.large_cohort:,} patients x 20, {MODEL}"
    yield Comparison(title, tuple(lines), note=NOTE)


def explain_file(path: Path, out: Path) -> Cost:
    """Run the command to its end."""
    command = [
        sys.executable, "-m", "dashboard", "explain-cohort", MODEL, "--cohort", str(path),
        "--out", str(out), "--json",
    ]  # fmt: skip
    _, cost = measure_command(command)
    return cost
