"""A line on standard error that says how far a long command is, for people at a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

BAR_WIDTH = 24
SECONDS_BETWEEN = 0.2


class ProgressLine:
    """One line, written over and over, where the stream is a terminal; nothing anywhere else.

    Parameters
    ----------
    stream : TextIO, optional
        Standard error by default.
    clock : callable, optional
        Seconds, ever increasing.
    unit : str
        What is counted, such as patients or checks.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        unit: str = "patients",
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._unit = unit
        self._is_shown = self._stream.isatty()
        self._stage = ""
        self._began = self._written = 0.0
        self._n_before = self._width = 0

    def update(self, stage: str, n_done: int, n_all: int | None) -> None:
        """Show a stage, what is done in it and, where it is known, how much there is in all."""
        if not self._is_shown:
            return
        now = self._clock()
        if stage != self._stage:
            # What an earlier process did says nothing about the rate of this one.
            self._stage, self._began, self._n_before = stage, now, n_done
        elif now - self._written < SECONDS_BETWEEN and n_done != n_all:
            return
        self._written = now
        self._write(describe_progress(stage, n_done, n_all, self._rate(n_done, now), self._unit))

    def close(self) -> None:
        """Leave the last line as it is and go to the next."""
        if self._width:
            self._stream.write("\n")
            self._stream.flush()
            self._width = 0

    def _rate(self, n_done: int, now: float) -> float:
        seconds = now - self._began
        return (n_done - self._n_before) / seconds if seconds > 0 else 0.0

    def _write(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)


def describe_progress(
    stage: str, n_done: int, n_all: int | None, rate: float, unit: str = "patients"
) -> str:
    """One line: stage, bar, patients, patients a second, time that remains."""
    speed = f"  {rate:,.0f}/s" if rate >= 0.5 else ""
    if not n_all:
        return f"{stage:<10} {n_done:,} {unit}{speed}"
    filled = BAR_WIDTH * n_done // n_all
    remaining = (
        f"  {_duration((n_all - n_done) / rate)} left" if rate > 0 and n_done < n_all else ""
    )
    bar = "#" * filled + "." * (BAR_WIDTH - filled)
    return f"{stage:<10} [{bar}] {n_done:,} of {n_all:,} {unit}{speed}{remaining}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
