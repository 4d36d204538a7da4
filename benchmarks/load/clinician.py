"""What one clinician does in a session, how long each answer takes, and whose answer it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.load.session import Answer, Session, opened_session
from dashboard.view_models.rounding import frequency
from dashboard.wording import plain, say

OPEN, SEARCH, NEXT, REASONS, GROUPS = (
    "open the patient page",
    "open a patient by id",
    "next patient",
    "open a reason",
    "open the groups page",
)
ACTIONS = (OPEN, SEARCH, NEXT, REASONS, GROUPS)
# Everything is shown at once: the clinician's own estimate is not waited for.
SETTINGS = "own_first=false"
FINDER, CONCEPT = "finder_next", "opened_concept"


@dataclass(frozen=True)
class Patient:
    """Whom a session should be shown.

    Attributes
    ----------
    patient_id : str
    risk : float
        By the model, worked out beside the server.
    """

    patient_id: str
    risk: float

    def is_shown(self, answer: Answer) -> bool:
        """Whether a whole page is about this patient, by id and by risk."""
        headline = say("patient.risk_sentence", frequency=frequency(self.risk), noun="")
        named = say("finder.position", patient=plain(self.patient_id), position="", total="")
        begins = (headline.strip(), named.partition(" · ")[0] + " · ")
        return all(any(text.startswith(one) for text in answer.texts) for one in begins)


@dataclass(frozen=True)
class Pace:
    """Seconds between an answer and the next click, drawn evenly between two limits."""

    shortest: float = 0.0
    longest: float = 0.0

    def __str__(self) -> str:
        if not self.longest:
            return "the next click at once"
        return f"a click {self.shortest:g} to {self.longest:g} s after each answer"


@dataclass(frozen=True)
class Done:
    """One action of one session.

    Attributes
    ----------
    action : str
    seconds : float
    failures : tuple of str
        What went wrong, an answer about somebody else included.
    """

    action: str
    seconds: float
    failures: tuple[str, ...] = ()


Watch = Callable[[Done], None]


@dataclass
class Clinician:
    """A session at work.

    Attributes
    ----------
    session : Session
    patients : sequence of Patient
        Shown one after the other.
    pace : Pace
    generator : Generator
    watch : callable
        Told of each action as it is done.
    """

    session: Session
    patients: Sequence[Patient]
    pace: Pace
    generator: np.random.Generator
    watch: Watch

    async def work(self) -> None:
        """Find the first patient, go through the others, look at groups on the way."""
        await self._think(0.0)
        await self._do(OPEN, self.session.open(SETTINGS))
        first, *others = self.patients
        answer = await self._do(
            SEARCH, self.session.type("patient_search", first.patient_id), first
        )
        for place, patient in enumerate(others):
            answer = await self._do(NEXT, self.session.press(FINDER), patient)
            if place % 2 == 0 and self.session.n_options(CONCEPT):
                await self._open_reason(answer)
        await self._do(GROUPS, self.session.go("groups"))

    async def _open_reason(self, whole: Answer) -> None:
        """A concept by its single inputs; every sentence of that part stays the patient's."""
        answer = await self.session.pick(CONCEPT, at=0)
        is_same = set(answer.texts) <= set(whole.texts)
        await self._note(REASONS, answer, () if is_same else ("another patient's reasons",))

    async def _do(
        self, action: str, asking: Awaitable[Answer], patient: Patient | None = None
    ) -> Answer:
        answer = await asking
        is_right = patient is None or patient.is_shown(answer)
        await self._note(action, answer, () if is_right else ("another patient's page",))
        return answer

    async def _note(self, action: str, answer: Answer, wrong: tuple[str, ...]) -> None:
        self.watch(Done(action, answer.seconds, (*answer.failures, *wrong)))
        await self._think(self.pace.shortest)

    async def _think(self, shortest: float) -> None:
        """Before the first click from 0 on, so that not everybody comes in the same second."""
        await asyncio.sleep(float(self.generator.uniform(shortest, self.pace.longest)))


async def work_at_once(
    address: str, patients: Sequence[Sequence[Patient]], pace: Pace, seed: int, watch: Watch
) -> list[str]:
    """A session for each list of patients, all at once; what ended sessions before their time."""
    ended = await asyncio.gather(
        *(
            _visit(address, some, pace, np.random.default_rng((seed, number)), watch)
            for number, some in enumerate(patients)
        ),
        return_exceptions=True,
    )
    return [f"{type(one).__name__}: {one}" for one in ended if isinstance(one, Exception)]


async def _visit(
    address: str,
    patients: Sequence[Patient],
    pace: Pace,
    generator: np.random.Generator,
    watch: Watch,
) -> None:
    async with opened_session(address) as session:
        await Clinician(session, patients, pace, generator, watch).work()
