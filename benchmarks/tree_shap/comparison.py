"""SHAP values of a whole cohort, ours beside shap, woodelf and XGBoost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.comparison import OURS, Aim, Comparison, Line, at_least, at_most, ratio
from benchmarks.measurement import in_fresh_process
from benchmarks.peer_environment import has_peers
from benchmarks.sizes import Sizes
from benchmarks.tree_shap.engines import (
    ENGINES,
    INTERVENTIONAL,
    N_REFERENCE,
    PATH_DEPENDENT,
    PREDICTION,
)
from benchmarks.tree_shap.measurement import Measurement, measure, measure_woodelf, train

KERNEL = "pellucid kernel"
TIMES_SHAP, TIMES_WOODELF = 50, 2
TIMES_PREDICTION = {4: 3, 6: 8}
MOST_MEGABYTES = 1_500
LARGE_MODEL = (100, 4)
SEED = 0
EXACT = 1e-5
SCALED = "shap is handed the trees: of a booster, it would ask XGBoost's pred_contribs."


def compare_cohorts(sizes: Sizes) -> Iterator[Comparison]:
    """One comparison for each model and each game."""
    for n_trees, depth in sizes.models:
        found = measure_engines(n_trees, depth, sizes.cohort, sizes.n_trained)
        for game in (PATH_DEPENDENT, INTERVENTIONAL):
            title = f"{game} SHAP, {sizes.cohort:,} x 30, {n_trees} trees of depth {depth}"
            if game == INTERVENTIONAL:
                title += f", {N_REFERENCE} reference patients"
            yield _compare(title, game, depth, found)


def compare_large(sizes: Sizes) -> Iterator[Comparison]:
    """Many patients within a limit on memory; there is no peer."""
    n_trees, depth = LARGE_MODEL
    with TemporaryDirectory() as directory:
        model = Path(directory) / "model.ubj"
        in_fresh_process(write_model, model, n_trees, depth, sizes.n_trained)
        position = next(at for at, engine in enumerate(ENGINES) if engine.name == KERNEL)
        ours = measure(position, model, sizes.large_cohort, SEED + 2)
    is_met = ours.cost.peak_megabytes <= MOST_MEGABYTES
    aim = Aim(f"at most {MOST_MEGABYTES:,} MB", is_met)
    yield Comparison(
        f"path-dependent SHAP, {sizes.large_cohort:,} x 30, {n_trees} trees of depth {depth}",
        (Line(OURS, ours.cost, aim=aim),),
        note="The memory is that of the whole process, patients and values included.",
    )


def measure_engines(
    n_trees: int, depth: int, n_patients: int, n_trained: int
) -> dict[tuple[str, str], Measurement]:
    """Every engine on the same booster and patients, by game and name."""
    with TemporaryDirectory() as directory:
        model = Path(directory) / "model.ubj"
        in_fresh_process(write_model, model, n_trees, depth, n_trained)
        found = [measure(at, model, n_patients, SEED + 2) for at in range(len(ENGINES))]
        if has_peers():
            found += [
                measure_woodelf(game, model, n_patients, SEED + 2)
                for game in (PATH_DEPENDENT, INTERVENTIONAL)
            ]
    return {(one.game, one.engine): one for one in found}


def write_model(path: Path, n_trees: int, depth: int, n_trained: int) -> None:
    """Train a booster and save it."""
    train(n_trees, depth, SEED, n_trained).save_model(str(path))


def largest_difference(ours: Measurement, theirs: Measurement) -> float:
    """Between the values of the patients that both were asked for."""
    n_common = min(len(ours.values), len(theirs.values))
    return float(np.abs(ours.values[:n_common] - theirs.values[:n_common]).max())


def _compare(
    title: str, game: str, depth: int, found: dict[tuple[str, str], Measurement]
) -> Comparison:
    ours = found[game, KERNEL]
    lines = [Line(OURS, ours.cost)]
    predicted = found[PREDICTION.game, PREDICTION.name]
    limit = TIMES_PREDICTION.get(depth)
    lines.append(
        Line(
            "xgboost, predicting only",
            predicted.cost,
            ratio=ratio(ours.cost, predicted.cost),
            aim=None if limit is None else at_most(ours.cost, predicted.cost, limit),
        )
    )
    peers = [one for (of, name), one in found.items() if of == game and name != KERNEL]
    lines += [_line(ours, one) for one in _sorted(peers)]
    versions = {name: value for one in peers for name, value in one.versions.items()}
    return Comparison(title, tuple(lines), note=SCALED, versions=versions)


def _line(ours: Measurement, theirs: Measurement) -> Line:
    times = {"shap": TIMES_SHAP, "woodelf": TIMES_WOODELF}.get(theirs.engine)
    difference = largest_difference(ours, theirs)
    return Line(
        theirs.engine,
        theirs.cost,
        part=theirs.part,
        ratio=ratio(ours.cost, theirs.cost),
        aim=None if times is None else at_least(ours.cost, theirs.cost, times),
        note=f"differs by at most {difference:.0e}" + ("" if difference <= EXACT else ": too much"),
    )


def _sorted(found: Sequence[Measurement]) -> list[Measurement]:
    return sorted(found, key=lambda one: one.cost.cpu_seconds)
