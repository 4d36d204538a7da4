"""Some clinicians at one server at once: what they waited, and what the server spent meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter, process_time

import numpy as np

from benchmarks.clicks.browser import ServerProcess
from benchmarks.load.clinician import ACTIONS, Done, Pace, Patient, work_at_once


@dataclass(frozen=True)
class Shift:
    """What was done by all sessions, and at what cost.

    Attributes
    ----------
    n_sessions : int
    pace : Pace
    done : tuple of Done
        Action by action.
    broken : tuple of str
        What ended sessions before their time.
    wall_seconds, server_seconds, driver_seconds : float
        Until the last session had ended; processor time of the server and of the sessions' side.
    megabytes : tuple of float
        Resident memory of the server: before, with all sessions about to end, the most ever.
    """

    n_sessions: int
    pace: Pace
    done: tuple[Done, ...]
    broken: tuple[str, ...]
    wall_seconds: float
    server_seconds: float
    driver_seconds: float
    megabytes: tuple[float, float, float]

    @property
    def failures(self) -> Counter[str]:
        """What went wrong, and how often."""
        return Counter([one for each in self.done for one in each.failures] + [*self.broken])

    def seconds_of(self, action: str) -> list[float]:
        """What the sessions waited for each answer to one action."""
        return [one.seconds for one in self.done if one.action == action]

    def quantile(self, share: float, action: str | None = None) -> float:
        """Seconds within which that share of the answers came; NaN without any."""
        every = [one.seconds for one in self.done if action in (None, one.action)]
        return float(np.quantile(every, share)) if every else float("nan")

    def describe(self) -> str:
        """How busy both sides were, and what went wrong."""
        wrong = ", ".join(f"{n} x {what}" for what, n in self.failures.items()) or "no errors"
        return (
            f"{len(self.done)} answers in {self.wall_seconds:.0f} s, {wrong}; the server kept"
            f" {self.server_seconds / self.wall_seconds:.2f} of a processor busy, the sessions'"
            f" side {self.driver_seconds / self.wall_seconds:.2f}"
        )


def hold_shift(
    address: str,
    server: ServerProcess,
    patients: Sequence[Sequence[Patient]],
    pace: Pace,
    seed: int = 0,
) -> Shift:
    """Let a session for each list of patients work at once.

    Parameters
    ----------
    address : str
        Of the dashboard.
    server : ServerProcess
    patients : sequence of sequences of Patient
        Whom each session opens.
    pace : Pace
    seed : int
        Of the time between clicks.
    """
    done: list[Done] = []
    held: list[float] = [server.megabytes()]

    def watch(one: Done) -> None:
        done.append(one)
        held.append(server.megabytes())

    before, driver, started = server.cpu_seconds(), process_time(), perf_counter()
    broken = asyncio.run(work_at_once(address, patients, pace, seed, watch))
    return Shift(
        n_sessions=len(patients),
        pace=pace,
        done=tuple(sorted(done, key=lambda one: ACTIONS.index(one.action))),
        broken=tuple(broken),
        wall_seconds=perf_counter() - started,
        server_seconds=server.cpu_seconds() - before,
        driver_seconds=process_time() - driver,
        megabytes=(held[0], held[-1], server.peak_megabytes()),
    )
