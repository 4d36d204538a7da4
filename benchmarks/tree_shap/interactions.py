"""SHAP interaction values: ours beside shap and XGBoost.

Print one table and write JSON: ``python -m benchmarks.tree_shap.interactions [--out FILE]``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xgboost

from benchmarks.tree_shap.engines import N_REFERENCE, rows_of, trees_of
from benchmarks.tree_shap.measurement import make_patients, train
from explainers.attribution.kernel import build_pair_tables, map_pairs
from explainers.attribution.shap_package import interactions_of_trees
from explainers.core.arrays import FloatArray
from explainers.core.provenance import installed_versions

PACKAGES = ("pellucid", "numba", "numpy", "shap", "xgboost-cpu")
# Matrices of so many patients are compared between engines.
N_COMPARED = 20
Work = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Engine:
    """A way to compute the interactions of all patients.

    Attributes
    ----------
    name : str
    share : float
        Part of the patients it is given; its time is scaled up by the rest.
    is_compared : bool
        Whether ``work`` returns the matrices (k, p, p) of the path-dependent game.
    work : callable
        From patients (n, p); whatever is held back per patient is part of the work.
    """

    name: str
    share: float
    is_compared: bool
    work: Work


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every engine on every model, in CPU seconds of all threads."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tree_shap.interactions")
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--models", default="100x4,300x6", help="trees x depth, comma-separated")
    parser.add_argument("--peers-share", type=float, default=0.02, help="patients given to peers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("tree_shap_interactions.json"))
    chosen = parser.parse_args(arguments)
    results = []
    for model in chosen.models.split(","):
        n_trees, depth = (int(part) for part in model.split("x"))
        booster = train(n_trees, depth, chosen.seed)
        booster.set_param({"nthread": 1})
        matrix = make_patients(chosen.patients, chosen.seed + 2)
        found = _measure_all(booster, matrix, chosen.peers_share)
        sys.stdout.write(_table(model, found))
        results += [{"model": model, **one} for one in found]
    record = {
        "n_patients": chosen.patients,
        "seed": chosen.seed,
        "versions": installed_versions(PACKAGES),
        "results": results,
    }
    chosen.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def _engines(booster: xgboost.Booster, share: float) -> tuple[Engine, ...]:
    trees = trees_of(booster)
    reference = make_patients(N_REFERENCE, 99)

    def means(others: FloatArray | None) -> Work:
        def work(rows: FloatArray) -> FloatArray:
            tables = build_pair_tables(trees, others)
            parts = map_pairs(tables, rows, lambda _, halves: np.abs(halves).sum(axis=1))
            return np.sum(list(parts), axis=0) / len(rows)

        return work

    def matrices(rows: FloatArray) -> FloatArray:
        tables = build_pair_tables(trees)
        found = np.zeros((len(rows), rows.shape[1], rows.shape[1]))
        first, second = tables.pairs.T

        def place(block: slice, halves: FloatArray) -> None:
            found[block, first, second] = found[block, second, first] = halves.T

        list(map_pairs(tables, rows, place))
        return found

    def theirs(rows: FloatArray) -> FloatArray:
        patients = rows_of(booster, rows)
        return np.asarray(booster.predict(patients, pred_interactions=True))[:, :-1, :-1]

    def prediction(rows: FloatArray) -> FloatArray:
        return np.asarray(booster.predict(rows_of(booster, rows), output_margin=True))

    return (
        Engine("xgboost predict", 1.0, is_compared=False, work=prediction),
        Engine("pellucid, mean sizes", 1.0, is_compared=False, work=means(None)),
        Engine(
            "pellucid, mean sizes, interventional", 1.0, is_compared=False, work=means(reference)
        ),
        Engine("pellucid, matrices", 1.0, is_compared=True, work=matrices),
        Engine(
            "shap", share, is_compared=True, work=lambda rows: interactions_of_trees(trees, rows)
        ),
        Engine("xgboost pred_interactions", share, is_compared=True, work=theirs),
    )


def _measure_all(
    booster: xgboost.Booster, matrix: FloatArray, share: float
) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    ours = np.empty(0)
    for engine in _engines(booster, share):
        n_measured = max(int(engine.share * len(matrix)), N_COMPARED)
        engine.work(matrix[:1])  # compiled and loaded beforehand
        n_repeats = 3 if engine.share == 1 else 1
        seconds = np.inf
        for _ in range(n_repeats):
            started = time.process_time()
            values = engine.work(matrix[:n_measured])
            seconds = min(seconds, time.process_time() - started)
        record = {key: value for key, value in asdict(engine).items() if key in {"name", "share"}}
        record["cpu_seconds"] = seconds * len(matrix) / n_measured
        record["n_measured"] = n_measured
        if engine.is_compared:
            ours = ours if len(ours) else values[:N_COMPARED]
            record["difference"] = _difference(values[:N_COMPARED], ours)
        found.append(record)
    return found


def _difference(values: FloatArray, ours: FloatArray) -> float:
    """Largest difference off the diagonal, which ours leaves empty here."""
    is_pair = ~np.eye(values.shape[-1], dtype=bool)
    return float(np.abs(values - ours)[:, is_pair].max())


def _table(model: str, found: Sequence[dict[str, object]]) -> str:
    """CPU seconds for all patients, as a multiple of our means, and agreement with our matrices."""
    ours = float(str(found[1]["cpu_seconds"]))
    lines = [f"{model:38}{'CPU s':>12}{'x ours':>10}{'measured':>10}{'differs':>10}"]
    for one in found:
        seconds = float(str(one["cpu_seconds"]))
        differs = f"{one['difference']:.0e}" if "difference" in one else ""
        lines.append(
            f"{one['name']:38}{seconds:>12,.3f}{seconds / ours:>10,.1f}"
            f"{one['n_measured']:>10,}{differs:>10}"
        )
    return "\n".join(lines) + "\n\n"


if __name__ == "__main__":
    sys.exit(main())
