"""Pages take turns: nobody is passed over, and no place is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from dashboard.turns import Turns


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Visitor:
    """Somebody who takes a turn in a thread of their own and is at work until sent away."""

    def __init__(self, turns: Turns, name: str, came: list[str]) -> None:
        self.at_work, self._may_go = threading.Event(), threading.Event()
        self._turns, self._name, self._came = turns, name, came
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def go(self) -> None:
        self._may_go.set()
        self._thread.join()

    def _work(self) -> None:
        with self._turns.taken():
            self._came.append(self._name)
            self.at_work.set()
            self._may_go.wait()


def opened(n_places: int) -> tuple[Turns, Clock]:
    clock = Clock()
    return Turns(n_places, most_seconds=60.0, clock=clock), clock


def wait_until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(10_000):
        if is_so():
            return
        pause.wait(0.001)
    pytest.fail("it never came to be")


def queue_up(turns: Turns, names: str, came: list[str]) -> list[Visitor]:
    """One after the other behind those who ask already."""
    visitors = []
    for name in names:
        n_before = turns.n_asking
        visitors.append(Visitor(turns, name, came))
        wait_until(lambda n=n_before: turns.n_asking > n)  # type: ignore[misc]
    return visitors


def test_places_go_to_those_who_asked_first() -> None:
    """Prevents a session that is passed over again and again while others click."""
    turns, _ = opened(n_places=1)
    came: list[str] = []
    with turns.taken():
        visitors = queue_up(turns, "abcd", came)
        assert came == []
    for visitor in visitors:
        visitor.at_work.wait()
        visitor.go()
    assert came == list("abcd")


def test_no_more_are_at_work_than_there_are_places() -> None:
    turns, _ = opened(n_places=2)
    came: list[str] = []
    with turns.taken(), turns.taken():
        (third,) = queue_up(turns, "c", came)
        assert not third.at_work.is_set()
    third.at_work.wait()
    third.go()
    assert turns.n_asking == 0


class StoppedError(Exception):
    """What Streamlit raises in a run that is to stop or to begin anew."""


def test_a_run_that_is_stopped_gives_its_place_back() -> None:
    """Prevents a server that hangs once two runs were stopped by a next click."""
    turns, _ = opened(n_places=1)
    for _ in range(3):
        with pytest.raises(StoppedError), turns.taken():
            raise StoppedError
    with turns.taken():
        assert turns.n_asking == 0


def test_whoever_is_slow_goes_on_without_a_place() -> None:
    """Prevents one long computation from keeping every other session waiting."""
    turns, clock = opened(n_places=1)
    with turns.taken():
        clock.now += 60.0
        with turns.taken():
            assert turns.n_asking == 0


def test_a_slow_one_who_ends_late_takes_no_place_from_the_next() -> None:
    """Prevents more runs at once than places after a slow one has given back what it had lost."""
    turns, clock = opened(n_places=1)
    came: list[str] = []
    slow = Visitor(turns, "slow", came)
    slow.at_work.wait()
    clock.now += 60.0
    with turns.taken():
        slow.go()
        (third,) = queue_up(turns, "c", came)
        assert not third.at_work.is_set()
    third.at_work.wait()
    third.go()
