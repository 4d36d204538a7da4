"""Print one table and write JSON: ``python -m benchmarks.tree_shap [--out FILE]``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.table import lay_out
from benchmarks.tree_shap.comparison import KERNEL, largest_difference, measure_engines
from benchmarks.tree_shap.engines import PREDICTION
from benchmarks.tree_shap.measurement import N_TRAINED, Measurement
from explainers.core.provenance import installed_versions

PACKAGES = ("pellucid", "numba", "numpy", "shap", "xgboost-cpu")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every engine on every model."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tree_shap")
    parser.add_argument("--patients", type=int, default=200_000)
    parser.add_argument("--models", default="100x4,300x6", help="trees x depth, comma-separated")
    parser.add_argument("--trained", type=int, default=N_TRAINED, help="patients to train on")
    parser.add_argument("--out", type=Path, default=Path("tree_shap.json"))
    chosen = parser.parse_args(arguments)
    results = []
    for model in chosen.models.split(","):
        n_trees, depth = (int(part) for part in model.split("x"))
        found = measure_engines(n_trees, depth, chosen.patients, chosen.trained)
        sys.stdout.write(_table(model, found) + "\n")
        results += [{"model": model, **one.to_dict()} for one in found.values()]
    record = {
        "n_patients": chosen.patients,
        "versions": installed_versions(PACKAGES),
        "results": results,
    }
    chosen.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def _table(model: str, found: Mapping[tuple[str, str], Measurement]) -> str:
    """Seconds for all patients, as a multiple of prediction, and agreement with the kernel."""
    prediction = found[PREDICTION.game, PREDICTION.name].cost.cpu_seconds
    rows = [(model, "", "CPU s", "x predict", "measured", "peak MB", "differs from ours")]
    for (game, name), one in found.items():
        ours = found.get((game, KERNEL))
        rows.append(
            (
                name,
                game,
                f"{one.cost.cpu_seconds:,.2f}",
                f"{one.cost.cpu_seconds / prediction:,.1f}",
                f"{one.n_measured:,}",
                f"{one.cost.peak_megabytes:,.0f}",
                "" if ours is None else f"{largest_difference(ours, one):.1e}",
            )
        )
    return lay_out(rows, n_left=2)


if __name__ == "__main__":
    sys.exit(main())
