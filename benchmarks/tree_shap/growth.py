"""How the time of cohort SHAP grows with the patients, the trees and their depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measurement import in_fresh_process
from benchmarks.peer_environment import has_peers
from benchmarks.sizes import Sizes
from benchmarks.tree_shap.comparison import KERNEL, SEED, write_model
from benchmarks.tree_shap.engines import ENGINES, PATH_DEPENDENT, PREDICTION
from benchmarks.tree_shap.measurement import Measurement, measure, measure_woodelf

N_TREES, DEPTH = 100, 4
# Beyond this woodelf's own tables grow too large for a benchmark that has to end.
DEEPEST_OF_WOODELF = 8
MOST_OF_WOODELF = 200_000
CONTENDERS = (KERNEL, PREDICTION.name, "shap")


@dataclass(frozen=True)
class Point:
    """One measurement.

    Attributes
    ----------
    varied : {"patients", "trees", "depth"}
    at : int
        Value of what is varied.
    contender : str
    cpu_seconds : float
    is_scaled : bool
        Whether only a part of the patients was measured.
    """

    varied: str
    at: int
    contender: str
    cpu_seconds: float
    is_scaled: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)


def measure_growth(sizes: Sizes) -> Iterator[Point]:
    """Vary one of the three, the others held."""
    for n in sizes.growth_patients:
        yield from _points("patients", n, (n, N_TREES, DEPTH), sizes)
    for n_trees in sizes.growth_trees:
        yield from _points("trees", n_trees, (sizes.growth_base, n_trees, DEPTH), sizes)
    for depth in sizes.growth_depths:
        yield from _points("depth", depth, (sizes.growth_base, N_TREES, depth), sizes)


def _points(varied: str, at: int, work: tuple[int, int, int], sizes: Sizes) -> Iterator[Point]:
    n, n_trees, depth = work
    with TemporaryDirectory() as directory:
        model = Path(directory) / "model.ubj"
        in_fresh_process(write_model, model, n_trees, depth, sizes.n_trained)
        for one in _measurements(model, n, depth):
            yield Point(varied, at, one.engine, one.cost.cpu_seconds, one.part < 1.0)


def _measurements(model: Path, n: int, depth: int) -> Iterator[Measurement]:
    for position, engine in enumerate(ENGINES):
        if engine.name in CONTENDERS and engine.game in (PREDICTION.game, PATH_DEPENDENT):
            yield measure(position, model, n, SEED + 2)
    if has_peers() and depth <= DEEPEST_OF_WOODELF and n <= MOST_OF_WOODELF:
        yield measure_woodelf(PATH_DEPENDENT, model, n, SEED + 2)
