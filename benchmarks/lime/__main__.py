"""Print one table and write JSON: ``python -m benchmarks.lime [--out FILE]``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.lime.measurement import Measurement, Question, measure
from explainers.core.provenance import installed_versions

MODELS = ("diabetes-xgboost", "diabetes-logistic", "heart-xgboost", "heart-forest")
HEAD = (
    f"{'model':<18} {'what':<22} {'CPU s':>8} {'wall s':>8} {'of it model':>12} "
    f"{'peak MB':>8} {'/ 1 lime call':>14} {'same, no model':>15}\n"
)
# Idle threads of a matrix product that is too small for them spin, and would count against lime.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
NOTE = """
/ 1 lime call: CPU time over that of one explain_instance. Same, no model: with the model's own
predictions of the same number of rows taken off both. lime's explainers are made before the clock
starts; ours describes the reference patients inside it. A model answers both by the same code,
compiled where it can be. Everything runs on one thread.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Explain one patient of each model once and under many seeds, by lime and by Pellucid."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lime")
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("lime.json"))
    chosen = parser.parse_args(arguments)
    os.environ.update(ONE_THREAD)  # for the processes that measure
    sys.stdout.write(HEAD)
    results = []
    for model in chosen.models:
        result = compare(model, chosen.seeds, chosen.repeats)
        sys.stdout.write(_lines(result))
        sys.stdout.flush()
        results.append(result)
    sys.stdout.write(NOTE)
    record = {
        "cores": os.cpu_count(),
        "repeats": chosen.repeats,
        "versions": installed_versions(("pellucid", "lime", "numpy", "scipy", "scikit-learn")),
        "results": results,
    }
    chosen.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def compare(model: str, n_seeds: int, repeats: int) -> dict[str, Any]:
    """Costs, ratios and the largest difference between the weights for one model."""
    found = {
        (name, n): measure(name, Question(model, n, repeats=repeats))
        for n in (1, n_seeds)
        for name in ("lime", "pellucid", "model")
    }
    base, base_model = found["lime", 1], found["model", 1]
    rows = []
    for (name, n), each in found.items():
        if name == "model":
            continue
        # lime asks the model once per seed, in small calls.
        of_model = n * base_model.cpu_seconds if name == "lime" else found["model", n].cpu_seconds
        rest = (each.cpu_seconds - of_model) / (base.cpu_seconds - base_model.cpu_seconds)
        rows.append(
            {
                **each.to_dict(),
                "model_cpu_seconds": of_model,
                "ratio_to_one_lime_call": each.cpu_seconds / base.cpu_seconds,
                "ratio_without_model": rest,
            }
        )
    return {
        "model": model,
        "largest_difference": _difference(found["lime", n_seeds], found["pellucid", n_seeds]),
        "rows": rows,
    }


def _difference(theirs: Measurement, ours: Measurement) -> float:
    # lime's explainers go on drawing; the first run of both, which is kept, is from the seed.
    return float(np.abs(np.array(theirs.weights) - np.array(ours.weights)).max())


def _lines(result: dict[str, Any]) -> str:
    text = ""
    for row in result["rows"]:
        what = f"{row['name']}, {row['n_seeds']} seed{'s' if row['n_seeds'] > 1 else ''}"
        text += (
            f"{row['model']:<18} {what:<22} {row['cpu_seconds']:>8.3f} {row['wall_seconds']:>8.3f} "
            f"{row['model_cpu_seconds']:>12.3f} {row['peak_megabytes']:>8.0f} "
            f"{row['ratio_to_one_lime_call']:>14.2f} {row['ratio_without_model']:>15.2f}\n"
        )
    return text + f"{'':<18} largest difference of a weight {result['largest_difference']:.1e}\n"


if __name__ == "__main__":
    sys.exit(main())
