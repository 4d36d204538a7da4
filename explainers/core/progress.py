"""How far a long computation is, for those who wait and may want to stop it."""

from __future__ import annotations

from collections.abc import Callable

# Told what is done and what there is in all; may raise CancelledError, which nothing here catches.
Progress = Callable[[int, int], None]


class Meter:
    """Adds up what is done of a known amount of work, and tells it.

    Parameters
    ----------
    n_all : int
        How much there is in all.
    tell : callable or None
        Told after each part; where it raises, the computation ends there.
    """

    def __init__(self, n_all: int, tell: Progress | None) -> None:
        self._n_all = n_all
        self._n_done = 0
        self._tell = tell

    def add(self, n: int) -> None:
        """Count ``n`` more as done."""
        self._n_done += n
        if self._tell is not None:
            self._tell(self._n_done, self._n_all)
