"""Pages computed a few at a time, in the order in which they were asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Turns:
    """A few places, taken in the order of asking; shared by all sessions of a server.

    Python runs one thread at a time: many pages at once all come late, and whoever asked first may
    come last. Nobody waits for long: whoever is slow has the place for a limited time only.

    Parameters
    ----------
    n_places : int
    most_seconds : float
        Whoever takes longer goes on without a place, and the next one gets it.
    clock : callable
        Seconds since any moment.
    """

    def __init__(self, n_places: int, most_seconds: float, clock: Callable[[], float]) -> None:
        self._n_places = n_places
        self._most_seconds = most_seconds
        self._clock = clock
        self._changed = threading.Condition()
        self._asking: list[object] = []
        self._taken: dict[object, float] = {}

    @property
    def n_asking(self) -> int:
        """How many wait for a place."""
        with self._changed:
            return len(self._asking)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a place and have it until the end of the block, or for the longest time."""
        one = object()
        self._take(one)
        try:
            yield
        finally:
            self._give_back(one)

    def _take(self, one: object) -> None:
        with self._changed:
            self._asking.append(one)
            try:
                while self._asking[0] is not one:
                    self._changed.wait()
                while not self._is_any_free():
                    self._changed.wait(self._seconds_to_next())
                self._taken[one] = self._clock()
            finally:
                self._asking.remove(one)
                self._changed.notify_all()

    def _give_back(self, one: object) -> None:
        with self._changed:
            self._taken.pop(one, None)
            self._changed.notify_all()

    def _is_any_free(self) -> bool:
        since = self._clock() - self._most_seconds
        self._taken = {one: began for one, began in self._taken.items() if began > since}
        return len(self._taken) < self._n_places

    def _seconds_to_next(self) -> float:
        """Until the place that was taken first is free at the latest."""
        first = min(self._taken.values(), default=self._clock())
        return max(first + self._most_seconds - self._clock(), 0.001)
