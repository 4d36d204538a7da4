"""Work that takes longer than a click: in a thread of its own, says how far it is, can be stopped.

Streamlit lets a part of a page that is at work finish before it looks at clicks in that part: a
button that is to stop the work has to reach it in another thread.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

from explainers.errors import CancelledError, PellucidError

logger = logging.getLogger(__name__)

State = Literal["running", "done", "stopped", "failed"]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Progress(Generic[Answer]):
    """Where a job is.

    Attributes
    ----------
    state : {"running", "done", "stopped", "failed"}
    n_done, n_all : int
        Steps, in whatever the job counts.
    answer : Answer or None
        Once it is done.
    note : str
        What went wrong although there is an answer; "" where nothing did.
    error : PellucidError or None
        Why it failed.
    """

    state: State
    n_done: int
    n_all: int
    answer: Answer | None = None
    note: str = ""
    error: PellucidError | None = None


class BackgroundJob(ABC, Generic[Answer]):
    """One computation, in a thread of its own; begins at once.

    Parameters
    ----------
    n_all : int
        Steps there are.
    failure : str
        What could not be done, should it fail for a reason that is nobody's business.
    """

    def __init__(self, n_all: int, failure: str) -> None:
        self._n_all, self._failure = n_all, failure
        self._lock = threading.Lock()
        self._is_stopping = threading.Event()
        self._thread = threading.Thread()
        self._progress: Progress[Answer] = Progress("stopped", 0, n_all)
        self.start()

    def start(self) -> None:
        """Begin, or go on after a stop or a failure; does nothing while it runs or is done."""
        with self._lock:
            if self._progress.state in ("running", "done"):
                return
            self._is_stopping.clear()
            self._progress = Progress("running", 0, self._n_all)
            self._thread = threading.Thread(target=self._run, name="background", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop after the step in hand."""
        self._is_stopping.set()

    def wait(self, seconds: float) -> Progress[Answer]:
        """Where it is after at most so many seconds."""
        self._thread.join(seconds)
        return self._progress

    @abstractmethod
    def _make(self) -> Answer:
        """The answer; calls ``_tell`` after each step, where a stop ends it."""

    def _tell(self, n_done: int, n_all: int) -> None:
        if self._is_stopping.is_set():
            raise CancelledError("the computation was stopped")
        self._progress = replace(self._progress, n_done=n_done, n_all=n_all)

    def _note(self, error: PellucidError) -> None:
        self._progress = replace(self._progress, note=str(error))

    def _run(self) -> None:
        try:
            answer = self._make()
        except CancelledError:
            self._progress = replace(self._progress, state="stopped")
        except PellucidError as error:
            logger.warning("background work failed: %s", type(error).__name__)
            self._progress = replace(self._progress, state="failed", error=error)
        except Exception as error:
            if not threading.main_thread().is_alive():
                return  # the server is going down and takes the library's threads with it
            # A thread has nobody above it: unsaid, the page would wait for ever.
            logger.exception("background work failed")
            failure = PellucidError(
                self._failure,
                value=type(error).__name__,
                remedy="The server's log has the details.",
            )
            self._progress = replace(self._progress, state="failed", error=failure)
        else:
            self._progress = replace(self._progress, state="done", answer=answer)
