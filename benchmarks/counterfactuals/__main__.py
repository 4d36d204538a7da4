"""Print one table and write JSON: ``python -m benchmarks.counterfactuals [--out FILE]``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.counterfactuals.dice import METHODS, dice_method, is_installed
from benchmarks.counterfactuals.judgement import Judgement, Method, judge
from explainers.alternatives import (
    CounterfactualSettings,
    SeenPatients,
    describe_seen_patients,
    find_counterfactuals,
)
from explainers.core import Study
from explainers.core.arrays import FloatArray
from explainers.core.provenance import installed_versions
from explainers.workspace import Workspace

N_ANSWERS = 4
ABSENT = """dice-ml is not in this environment, so only Pellucid was measured. To compare:
  python -m venv /tmp/dice && /tmp/dice/bin/pip install -e . dice-ml
  /tmp/dice/bin/python -m benchmarks.counterfactuals
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison on the built-in diabetes model."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.counterfactuals")
    parser.add_argument("--patients", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("counterfactuals.json"))
    chosen = parser.parse_args(arguments)
    study = Workspace().open_study("diabetes-xgboost")
    seen = describe_seen_patients(study)
    rows = _patients(study, chosen.patients, chosen.seed)
    methods = {"pellucid": _ours(study, seen)}
    if is_installed():
        for name in METHODS:
            methods[f"dice-ml {name}"] = dice_method(study, seen, name, N_ANSWERS)
    else:
        sys.stdout.write(ABSENT)
    judgements = [judge(name, method, rows, study, seen) for name, method in methods.items()]
    sys.stdout.write(_table(judgements))
    record = {
        "n_patients": len(rows),
        "seed": chosen.seed,
        "versions": installed_versions(("pellucid", "dice-ml", "numpy", "pandas", "xgboost")),
        "results": [judgement.to_dict() for judgement in judgements],
    }
    chosen.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def _patients(study: Study, n: int, seed: int) -> FloatArray:
    """A seeded draw of patients above the threshold; complete ones, as dice-ml needs them."""
    fit = np.flatnonzero(~np.isnan(study.matrix).any(axis=1) & (study.risk >= study.threshold))
    drawn = np.random.default_rng(seed).choice(fit, min(n, len(fit)), replace=False)
    rows: FloatArray = study.matrix[np.sort(drawn)]
    return rows


def _ours(study: Study, seen: SeenPatients) -> Method:
    # dice-ml knows no clinical direction, so it is not asked of ours either.
    settings = CounterfactualSettings(n_answers=N_ANSWERS, allow_unexpected=True)

    def answer(row: FloatArray) -> FloatArray:
        found = find_counterfactuals(study, row, settings=settings, seen=seen).answers
        return np.array([one.row for one in found]).reshape(len(found), len(row))

    return answer


def _table(judgements: Sequence[Judgement]) -> str:
    heads = (
        "method", "answered", "valid", "changed", "cost", "usual", "contradictory",
        "ms median", "ms max",
    )  # fmt: skip
    rows = [
        (
            one.method, f"{one.answered:.0%}", f"{one.valid:.0%}", f"{one.n_changed:.1f}",
            f"{one.cost:.1f}", f"{one.usual:.0%}", f"{one.contradictory:.0%}",
            f"{one.milliseconds_median:,.0f}", f"{one.milliseconds_max:,.0f}",
        )
        for one in judgements
    ]  # fmt: skip
    cells = [["none" if "nan" in cell else cell for cell in row] for row in (heads, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) if at == 0 else cell.rjust(width)
                  for at, (cell, width) in enumerate(zip(line, widths, strict=True)))
        for line in cells
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
