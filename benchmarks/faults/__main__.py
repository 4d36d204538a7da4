"""Which planted faults the checks find: ``python -m benchmarks.faults [--quick] [--out FILE]``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from benchmarks.faults.catalogue import FAULTS
from benchmarks.faults.draft import Sizes
from benchmarks.faults.judgement import (
    MADE_UP,
    Clean,
    Planted,
    Trial,
    false_alarms,
    judge_all,
    judge_clean,
)
from benchmarks.faults.report import as_markdown, clean_table, fault_table, summary
from benchmarks.faults.survey import SURVEY_FAULTS, draw_survey
from benchmarks.table import lay_out
from explainers.core.provenance import installed_versions

N_SEEDS, N_QUICK = 10, 2
QUICK = Sizes(training=800, held_out=800)
# Models that no limit was set on: other patients, weights, seeds, and in part other faults.
HELD_OUT = Trial(draw_survey, first_seed=2_000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant every fault, ask the checks, print both tables and write them as JSON."""
    chosen = _parse(arguments)
    sizes = QUICK if chosen.quick else Sizes()
    n_seeds = chosen.seeds or (N_QUICK if chosen.quick else N_SEEDS)
    trial, known = (HELD_OUT, SURVEY_FAULTS) if chosen.held_out else (MADE_UP, FAULTS)
    faults = [one for one in known if not chosen.only or one.code in chosen.only]
    started = process_time()
    planted = judge_all(faults, sizes, n_seeds, _tell, trial)
    clean = judge_clean(sizes, n_seeds, trial=trial)
    spent = process_time() - started
    sys.stderr.write("\n")
    sys.stdout.write(lay_out(fault_table(planted, clean), 3) + "\n")
    sys.stdout.write(lay_out(clean_table(clean)) + "\n" + summary(planted, clean) + "\n")
    if chosen.markdown:
        chosen.markdown.write_text(as_markdown(planted, clean), encoding="utf-8")
    if chosen.out:
        record = _record(planted, clean, sizes, n_seeds, spent)
        chosen.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few seeds, small cohorts")
    parser.add_argument(
        "--held-out", action="store_true", help="the models that no limit was set on"
    )
    parser.add_argument("--seeds", type=int, help="models per fault, strength and clean kind")
    parser.add_argument("--only", nargs="+", help="codes of the checks whose faults are planted")
    parser.add_argument("--markdown", type=Path, help="a file for both tables as Markdown")
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    return parser.parse_args(arguments)


def _tell(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done} of {total} planted")
    sys.stderr.flush()


def _record(
    planted: Sequence[Planted],
    clean: Sequence[Clean],
    sizes: Sizes,
    n_seeds: int,
    spent: float,
) -> dict[str, object]:
    n_high, n = sum(one.n_high for one in clean), sum(one.n for one in clean)
    return {
        "n_seeds": n_seeds,
        "n_training": sizes.training,
        "n_held_out": sizes.held_out,
        "cpu_seconds": round(spent, 1),
        "versions": installed_versions(),
        "clean_with_high_finding": {"found": n_high, "of": n},
        "faults": [
            {**one.to_dict(), "false_alarms": false_alarms(one.code, clean)} for one in planted
        ],
        "clean": [one.to_dict() for one in clean],
    }


if __name__ == "__main__":
    sys.exit(main())
