from __future__ import annotations

import pytest

from explainers.core.progress import Meter
from explainers.errors import CancelledError


def test_what_is_done_adds_up_to_all() -> None:
    """Prevents a bar that starts again at every part."""
    told: list[tuple[int, int]] = []
    meter = Meter(10, lambda done, of: told.append((done, of)))
    for part in (4, 4, 2):
        meter.add(part)
    assert told == [(4, 10), (8, 10), (10, 10)]


def test_nobody_needs_to_listen() -> None:
    Meter(1, None).add(1)


def test_a_listener_may_stop_the_work() -> None:
    def stop(done: int, of: int) -> None:
        raise CancelledError("stopped", value=(done, of))

    with pytest.raises(CancelledError, match="stopped"):
        Meter(1, stop).add(1)
