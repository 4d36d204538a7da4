"""What is loaded for good does not slow every click down."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from dashboard.services import warm_up
from explainers.errors import NotFoundError


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Other tests' garbage is collected again afterwards."""
    warm_up.start_warming_up.clear()
    yield
    gc.unfreeze()
    warm_up.start_warming_up.clear()


def nothing_there() -> None:
    raise NotFoundError("a model must be there")


@pytest.mark.parametrize("prepare", [lambda: None, nothing_there])
def test_garbage_collection_passes_over_what_stays(
    monkeypatch: pytest.MonkeyPatch, prepare: object
) -> None:
    """Streamlit collects after each click; the walk through all libraries took most of one."""
    monkeypatch.setattr(warm_up, "warm_up", prepare)
    before = len(gc.get_objects())
    warm_up.start_warming_up().join()
    assert gc.get_freeze_count() > before / 2
    assert len(gc.get_objects()) < before / 2
