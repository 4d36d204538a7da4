"""What a piece of work costs: processor seconds, wall seconds and peak memory.

Imports the standard library only, so that peers can be measured by it in an environment where
Pellucid is not installed.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Thread
from time import perf_counter
from typing import ParamSpec, TypeVar

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")

BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024
PROCESS_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Cost:
    """What some work took.

    Attributes
    ----------
    cpu_seconds : float
        Of all threads and of all finished child processes together; as the others 0 where it was
        not measured.
    wall_seconds : float
    peak_megabytes : float
        Largest resident size of the whole process so far, packages and patients included; of a
        process with children, that of the largest.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: float

    def to_dict(self) -> dict[str, float]:
        """Plain values, fit for JSON."""
        return asdict(self)

    def plus(self, other: Cost) -> Cost:
        """Of both, one after the other."""
        return Cost(
            self.cpu_seconds + other.cpu_seconds,
            self.wall_seconds + other.wall_seconds,
            max(self.peak_megabytes, other.peak_megabytes),
        )

    def less(self, other: Cost) -> Cost:
        """Times without those of a part of the work; never below 0."""
        return Cost(
            max(self.cpu_seconds - other.cpu_seconds, 0.0),
            max(self.wall_seconds - other.wall_seconds, 0.0),
            self.peak_megabytes,
        )

    def scaled(self, factor: float) -> Cost:
        """Times of ``factor`` times as much work; the memory is left as it was measured."""
        return Cost(self.cpu_seconds * factor, self.wall_seconds * factor, self.peak_megabytes)


def measure_work(work: Callable[[], Result], n_repeats: int = 1) -> tuple[Result, Cost]:
    """Do the work, and say what it took; of repeats the one with the least processor time."""
    costs = []
    for _ in range(n_repeats):
        cpu, wall = _cpu_seconds(), perf_counter()
        result = work()
        costs.append((_cpu_seconds() - cpu, perf_counter() - wall))
    cpu, wall = min(costs)
    return result, Cost(cpu, wall, peak_megabytes())


def in_fresh_process(
    function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """Call a function of a module in a process of its own, whose peak memory is its own too."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(function, *arguments, **named).result()


def measure_command(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> tuple[str, Cost]:
    """Run a program to its end; what it wrote to its output, and what all of it took.

    Raises
    ------
    RuntimeError
        When it ends with anything but 0; its last words are in the message.
    """
    started = perf_counter()
    with Popen(command, stdout=PIPE, stderr=PIPE, text=True, env=environment) as process:  # noqa: S603
        output, complaints = _read_both(process)
        # Not process.wait(): only wait4 tells what the process took.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = perf_counter() - started
    if process.returncode != 0:
        message = f"{' '.join(map(str, command))} ended with {process.returncode}: "
        raise RuntimeError(message + complaints[-2000:])
    cpu = usage.ru_utime + usage.ru_stime
    return output, Cost(cpu, wall, usage.ru_maxrss * BYTES_PER_UNIT / 1e6)


def peak_megabytes() -> float:
    """Largest resident size of this process so far."""
    if PROCESS_STATUS.exists():  # getrusage also counts the process that this one was forked from
        for line in PROCESS_STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_UNIT / 1e6


def _cpu_seconds() -> float:
    own, finished = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + finished.ru_utime + finished.ru_stime


def _read_both(process: Popen[str]) -> tuple[str, str]:
    """Output and error stream, read at the same time so that neither fills its pipe."""
    found: dict[str, str] = {}

    def read_complaints() -> None:
        found["complaints"] = process.stderr.read() if process.stderr else ""

    reader = Thread(target=read_complaints)
    reader.start()
    output = process.stdout.read() if process.stdout else ""
    reader.join()
    return output, found["complaints"]
