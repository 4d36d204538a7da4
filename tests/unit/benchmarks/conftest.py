"""Small sizes, and benchmarks that neither start processes nor ask peers."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from benchmarks.sizes import Sizes


class HereExecutor:
    """Stands in for a pool of processes: calls at once, in this one."""

    def __init__(self, *_settings: Any, **_named: Any) -> None:
        pass

    def __enter__(self) -> HereExecutor:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def submit(self, function: Any, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments, **named))
        return future


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No processes of their own, no peers."""
    for module in ("benchmarks.measurement", "benchmarks.lime.measurement"):
        monkeypatch.setattr(f"{module}.ProcessPoolExecutor", HereExecutor)
    monkeypatch.setattr("benchmarks.peer_environment.PYTHON", Path("not", "there"))


@pytest.fixture(scope="session")
def tiny() -> Sizes:
    return Sizes(
        cohort=500,
        models=((5, 3),),
        large_cohort=1_000,
        lime_models=("diabetes-logistic",),
        n_seeds=2,
        repeats=1,
        counterfactual_patients=2,
        ready=(300,),
        growth_patients=(250,),
        growth_trees=(3,),
        growth_depths=(2,),
        growth_base=250,
        n_trained=500,
    )
