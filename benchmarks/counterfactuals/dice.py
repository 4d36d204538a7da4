"""The question to dice-ml: the same model, patients, actionable inputs and ranges, in files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.counterfactuals.judgement import Found
from benchmarks.made_up_patients import model_file
from benchmarks.peer_environment import ask_peer
from explainers.alternatives import SeenPatients
from explainers.core import Study
from explainers.core.arrays import FloatArray

METHODS = ("random", "genetic", "kdtree")


def ask_dice(
    study: Study, seen: SeenPatients, rows: FloatArray, method: str, n_answers: int
) -> tuple[Found, dict[str, str]]:
    """Counterfactuals of encoded patients (n, p) by one method of dice-ml, and its versions."""
    with TemporaryDirectory() as directory:
        folder = Path(directory)
        np.save(folder / "patients.npy", study.matrix)
        np.save(folder / "rows.npy", rows)
        (folder / "model.ubj").write_bytes(model_file())
        answer = ask_peer("dice", folder, **_request(study, seen, method, n_answers))
        answers = np.load(folder / "answers.npy")
    parts = np.split(answers, np.cumsum(answer.found["counts"])[:-1])
    found = Found(f"dice-ml {method}", tuple(parts), tuple(answer.found["seconds"]), answer.cost)
    return found, answer.versions


def _request(study: Study, seen: SeenPatients, method: str, n_answers: int) -> dict[str, Any]:
    link = study.model.link
    return {
        "method": method,
        "n_answers": n_answers,
        "seed": study.seed,
        "threshold": study.threshold,
        "intercept": link.intercept,
        "slope": link.slope,
        "columns": [
            {
                "name": column.name,
                "kind": column.kind,
                "levels": list(column.levels),
                "is_numeric": column.is_numeric,
                "actionable": column.actionable,
            }
            for column in study.model.columns
        ],
        "precisions": _precisions(study),
        "ranges": _ranges(study, seen),
    }


def _precisions(study: Study) -> dict[str, int]:
    """Decimals that are really recorded: dice-ml rounds even what it must not change to these."""
    precisions = {}
    for at, column in enumerate(study.model.columns):
        if column.kind == "number":
            known = study.matrix[~np.isnan(study.matrix[:, at]), at]
            precisions[column.name] = next(
                (
                    digits
                    for digits in range(4)
                    if np.allclose(known, known.round(digits), atol=1e-9)
                ),
                4,
            )
    return precisions


def _ranges(study: Study, seen: SeenPatients) -> dict[str, list[Any]]:
    ranges: dict[str, list[Any]] = {}
    for at, column in enumerate(study.model.columns):
        low, high = seen.ranges[at]
        if not column.actionable:
            continue
        if column.is_numeric:
            ranges[column.name] = [float(low), float(high)]
        else:
            ranges[column.name] = list(column.levels[int(low) : int(high) + 1])
    return ranges
