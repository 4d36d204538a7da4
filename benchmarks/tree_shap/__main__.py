"""Print one table and write JSON: ``python -m benchmarks.tree_shap [--out FILE]``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.tree_shap.engines import ENGINES, PREDICTION, is_woodelf_installed
from benchmarks.tree_shap.measurement import Measurement, measure, train
from explainers.core.provenance import installed_versions

ABSENT = """woodelf-explainer is not in this environment, so it was not measured. To compare:
  python -m venv /tmp/woodelf && /tmp/woodelf/bin/pip install -e . woodelf-explainer==0.4.8
  /tmp/woodelf/bin/python -m benchmarks.tree_shap
"""
PACKAGES = ("pellucid", "numba", "numpy", "shap", "woodelf-explainer", "xgboost-cpu")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every engine on every model."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tree_shap")
    parser.add_argument("--patients", type=int, default=200_000)
    parser.add_argument("--models", default="100x4,300x6", help="trees x depth, comma-separated")
    parser.add_argument("--only", default="", help="engines whose name contains this")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("tree_shap.json"))
    chosen = parser.parse_args(arguments)
    if not is_woodelf_installed():
        sys.stdout.write(ABSENT)
    results = []
    for model in chosen.models.split(","):
        n_trees, depth = (int(part) for part in model.split("x"))
        found = _measure_model(n_trees, depth, chosen)
        sys.stdout.write(_table(model, found))
        results += [{"model": model, **one.to_dict()} for one in found]
    record = {
        "n_patients": chosen.patients,
        "seed": chosen.seed,
        "versions": installed_versions(PACKAGES),
        "results": results,
    }
    chosen.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def _measure_model(n_trees: int, depth: int, chosen: argparse.Namespace) -> list[Measurement]:
    with TemporaryDirectory() as directory:
        model = Path(directory) / "model.ubj"
        train(n_trees, depth, chosen.seed).save_model(str(model))
        return [
            measure(position, model, chosen.patients, chosen.seed + 2)
            for position, engine in enumerate(ENGINES)
            if engine is PREDICTION or _is_wanted(engine.name, chosen.only)
        ]


def _is_wanted(name: str, only: str) -> bool:
    return only in name and (name != "woodelf" or is_woodelf_installed())


def _table(model: str, found: Sequence[Measurement]) -> str:
    """CPU seconds for all patients, as a multiple of prediction, and agreement with the kernel."""
    prediction = found[0].cpu_seconds
    ours = {one.game: one.values for one in found if "kernel" in one.engine}
    rows: list[tuple[str, ...]] = [
        (model, "", "CPU s", "x predict", "measured", "peak MB", "differs from ours")
    ]
    for one in found:
        rows.append(  # noqa: PERF401  (a comprehension of this row is hard to read)
            (
                one.engine,
                one.game,
                f"{one.cpu_seconds:,.2f}",
                f"{one.cpu_seconds / prediction:,.1f}",
                f"{one.n_measured:,}",
                f"{one.peak_mb:,.0f}",
                _difference(one, ours),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join(lines) + "\n\n"


def _difference(one: Measurement, ours: dict[str, Any]) -> str:
    if one.game not in ours:
        return ""
    n_common = min(len(one.values), len(ours[one.game]))
    return f"{np.abs(one.values[:n_common] - ours[one.game][:n_common]).max():.1e}"


if __name__ == "__main__":
    sys.exit(main())
