"""How long somebody stays signed in: until the token expires, or nobody has done anything."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

# How long an ended visit is remembered after its token expired; an expired one is refused anyway.
_REMEMBERED_SECONDS = 3600.0


class Ending(StrEnum):
    """Why somebody is no longer at work."""

    EXPIRED = "expired"
    IDLE = "idle"
    SIGNED_OUT = "signed_out"


@dataclass(frozen=True)
class Visit:
    """One sign-in, however many tabs it has.

    Attributes
    ----------
    key : str
        Digest that stands for the identity token.
    began_at, expires_at : float
        Seconds since 1970, as the token says.
    """

    key: str
    began_at: float
    expires_at: float


class Visits:
    """When each visit was last at work; shared by all sessions of a server.

    A new tab, or a browser that was closed and opened again, carries the same token: the time since
    the last interaction is that of the token, not of the tab.

    Parameters
    ----------
    idle_seconds : float
    clock : callable
        Seconds since 1970.
    """

    def __init__(self, idle_seconds: float, clock: Callable[[], float]) -> None:
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._last_seen: dict[str, float] = {}
        self._ended: dict[str, tuple[Ending, float]] = {}
        self._lock = threading.Lock()

    def enter(self, visit: Visit) -> bool:
        """Let somebody in, unless the visit is over; whether this is its first moment."""
        with self._lock:
            self._forget_expired()
            if self._ending(visit) is not None or visit.key in self._last_seen:
                return False
            self._last_seen[visit.key] = self._clock()
            return True

    def forget(self, visit: Visit) -> None:
        """Take back that somebody was let in: it could not be put on record."""
        with self._lock:
            self._last_seen.pop(visit.key, None)

    def touch(self, visit: Visit) -> None:
        """Somebody did something; it does not bring back a visit that is over."""
        with self._lock:
            if self._ending(visit) is None:
                self._last_seen[visit.key] = self._clock()

    def ending(self, visit: Visit) -> Ending | None:
        """Why the visit is over; None while it goes on."""
        with self._lock:
            return self._ending(visit)

    def end(self, visit: Visit, why: Ending) -> bool:
        """Let nobody in with this token any more; whether this was the first to say so."""
        with self._lock:
            is_first = visit.key not in self._ended
            if is_first:
                until = max(visit.expires_at, self._clock())
                self._ended[visit.key] = (why, until)
            self._last_seen.pop(visit.key, None)
            return is_first

    def _ending(self, visit: Visit) -> Ending | None:
        now = self._clock()
        if visit.key in self._ended:
            return self._ended[visit.key][0]
        if now >= visit.expires_at:
            return Ending.EXPIRED
        # A token nobody has seen, as after a restart of the server, is as old as it says.
        last_seen = self._last_seen.get(visit.key, visit.began_at)
        return Ending.IDLE if now - last_seen > self._idle_seconds else None

    def _forget_expired(self) -> None:
        limit = self._clock() - _REMEMBERED_SECONDS
        self._ended = {k: kept for k, kept in self._ended.items() if kept[1] > limit}
        day_ago = self._clock() - 24 * _REMEMBERED_SECONDS
        self._last_seen = {k: seen for k, seen in self._last_seen.items() if seen > day_ago}
