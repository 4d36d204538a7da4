"""Many clinicians at once: what they wait, and what the server's memory holds, then and later."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clicks.browser import ServerProcess
from benchmarks.comparison import OURS, Aim, Comparison, Line
from benchmarks.load.clinician import ACTIONS, NEXT, SETTINGS, Pace, Patient
from benchmarks.load.session import opened_session
from benchmarks.load.shift import Shift, hold_shift
from benchmarks.made_up_patients import MODEL
from benchmarks.measurement import Cost
from benchmarks.sizes import Sizes
from explainers.workspace import Workspace
from tests.browser.serving import running_dashboard

UNHURRIED, AT_ONCE = Pace(5.0, 10.0), Pace()
PATIENTS_EACH = 5
# Streamlit keeps a session that left for two minutes, and lets go when the next one leaves.
FORGOTTEN_AFTER_SECONDS = 125.0
MOST_WAITED_SECONDS = 2.0
NOTE = (
    "Sessions speak Streamlit's protocol without a browser, on the same machine: wall seconds are"
    " the median from a request until the server said that nothing follows; a browser needs some"
    " time more to draw. Each session opens the patient page, a patient by id, the next {n_next}"
    " patients with a reason at every other one, and the groups page; each page must show the id"
    " and the risk of the session's own patient."
)


def compare_load(sizes: Sizes) -> Iterator[Comparison]:
    """Unhurried clinicians, clinicians who click at once, and the memory they leave."""
    yield from measure_load(sizes.sessions)


def measure_load(
    n_sessions: int, n_rounds: int = 1, wait: float = FORGOTTEN_AFTER_SECONDS
) -> Iterator[Comparison]:
    """As :func:`compare_load`.

    Parameters
    ----------
    n_sessions : int
    n_rounds : int
        How often new sessions click at once: memory that grows with each is never let go.
    wait : float
        Seconds after the last session left.
    """
    with TemporaryDirectory() as directory:
        options = f"--workspace={directory}"
        with running_dashboard(Path(directory) / "server.log", options) as address:
            server = ServerProcess.on_port(address.rpartition(":")[2])
            yield from _measure(address, server, n_sessions, n_rounds, wait)
        yield _audit_trail(directory)


def _measure(
    address: str, server: ServerProcess, n_sessions: int, n_rounds: int, wait: float
) -> Iterator[Comparison]:
    groups = iter(draw_patients((2 + n_rounds) * n_sessions + 2))
    cold = hold_shift(address, server, [next(groups)], AT_ONCE)
    alone = hold_shift(address, server, [next(groups)], AT_ONCE)
    began = server.megabytes()
    unhurried = hold_shift(
        address, server, [next(groups) for _ in range(n_sessions)], UNHURRIED, seed=1
    )
    yield _waits(unhurried, alone, most=MOST_WAITED_SECONDS)
    rounds = [
        hold_shift(address, server, [next(groups) for _ in range(n_sessions)], AT_ONCE)
        for _ in range(n_rounds)
    ]
    yield _waits(rounds[0], alone)
    time.sleep(wait)
    asyncio.run(_come_and_go(address))
    yield _memory(began, cold, [unhurried, *rounds], server.megabytes())


def draw_patients(n_sessions: int) -> list[list[Patient]]:
    """Patients for each session, nobody in two of them while there are enough."""
    study = Workspace().open_study(MODEL)
    ids = study.cohort.patient_ids
    risks = study.predict(study.matrix, "risk")
    return [
        [
            Patient(ids[row % len(ids)], float(risks[row % len(ids)]))
            for row in range(number * PATIENTS_EACH, (number + 1) * PATIENTS_EACH)
        ]
        for number in range(n_sessions)
    ]


async def _come_and_go(address: str) -> None:
    """Whoever leaves makes the server forget those who left long ago; so twice."""
    for _ in range(2):
        async with opened_session(address) as session:
            await session.open(SETTINGS)
        await asyncio.sleep(2)


def _waits(shift: Shift, alone: Shift, most: float | None = None) -> Comparison:
    peak = shift.megabytes[2]
    each = shift.server_seconds / max(len(shift.done), 1)
    calm = Aim("no errors, nobody else's patient", not shift.failures)
    lines = [
        Line(
            f"{OURS}, every answer",
            Cost(each, shift.quantile(0.5), peak),
            aim=calm,
            note=f"95% within {shift.quantile(0.95):.2f} s; {shift.describe()}",
        )
    ]
    for action in ACTIONS:
        aim = None
        if most is not None and action == NEXT:
            is_met = shift.quantile(0.95, action) <= most
            aim = Aim(f"95% within {most:g} s", is_met)
        lines.append(_line(action, shift, alone, aim))
    title = f"{shift.n_sessions} clinicians on one server, {shift.pace}"
    return Comparison(title, tuple(lines), note=NOTE.format(n_next=PATIENTS_EACH - 1))


def _line(action: str, shift: Shift, alone: Shift, aim: Aim | None) -> Line:
    waited = Cost(0.0, shift.quantile(0.5, action), 0.0)
    note = (
        f"95% within {shift.quantile(0.95, action):.2f} s, the slowest"
        f" {shift.quantile(1.0, action):.2f} s, of {len(shift.seconds_of(action))};"
        f" one session alone {alone.quantile(0.5, action):.2f} s"
    )
    return Line(action, waited, aim=aim, note=note)


def _memory(began: float, cold: Shift, shifts: Sequence[Shift], ended: float) -> Comparison:
    first = shifts[0]
    each = (first.megabytes[1] - began) / first.n_sessions
    n_sessions = sum(shift.n_sessions for shift in shifts)
    lines = [
        Line(
            f"{OURS}, a first session alone on a server just started",
            Cost(cold.server_seconds, cold.wall_seconds, cold.megabytes[1]),
            note=f"the first page after {cold.seconds_of(ACTIONS[0])[0]:.1f} s",
        ),
        Line(f"{OURS}, before the others came", Cost(0.0, 0.0, began)),
    ]
    for shift in shifts:
        name = f"{OURS}, {shift.n_sessions} sessions at their end, {shift.pace}"
        spent = Cost(shift.server_seconds, shift.wall_seconds, shift.megabytes[1])
        note = f"{each:.1f} MB for each session" if shift is first else ""
        lines.append(Line(name, spent, note=note))
    lines.append(
        Line(
            f"{OURS}, after {n_sessions} sessions were forgotten",
            Cost(0.0, 0.0, ended),
            note=f"{ended - began:+.0f} MB; results kept for their patients are among it",
        )
    )
    return Comparison(
        "memory of one server", tuple(lines), note="What it holds at the end of each line."
    )


def _audit_trail(directory: str) -> Comparison:
    """Whether the record of who saw what is whole, though all sessions wrote into it at once."""
    command = [sys.executable, "-m", "dashboard", "audit", "verify", f"--workspace={directory}"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    said = " ".join((asked.stdout or asked.stderr).split())
    aim = Aim("whole", asked.returncode == 0)
    line = Line(f"{OURS}, audit verify", Cost(0.0, 0.0, 0.0), aim=aim, note=said[:300])
    return Comparison("the record all sessions wrote into", (line,))
