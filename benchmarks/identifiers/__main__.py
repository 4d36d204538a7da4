"""Recall and false alarms of the identifier scan: ``python -m benchmarks.identifiers``."""

from __future__ import annotations

import sys

from benchmarks.identifiers.judgement import Score, score_columns
from benchmarks.identifiers.made_up import make_columns
from benchmarks.table import lay_out
from explainers.intake.identifiers import TITLES

N_SEEDS = 10
N_ROWS = 300
HEADINGS = ("class", "columns", "stopped", "by values alone", "right letter")


def main() -> int:
    """Print one line per class, and one for columns that identify nobody."""
    columns = [one for seed in range(N_SEEDS) for one in make_columns(N_ROWS, seed)]
    rows = [_describe(score) for score in score_columns(columns)]
    sys.stdout.write(lay_out([HEADINGS, *rows]) + "\n")
    return 0


def _describe(score: Score) -> tuple[str, ...]:
    title = "nobody's" if score.kind is None else f"{score.kind} {TITLES[score.kind]}"
    right = "" if score.kind is None else str(score.right_letter)
    return (title, str(score.n), str(score.stopped), str(score.stopped_mute), right)


if __name__ == "__main__":
    sys.exit(main())
