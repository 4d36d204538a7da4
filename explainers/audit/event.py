"""What is put on record, and how one record vouches for the one before it."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from explainers.errors import AuditError

GENESIS = "0" * 64
LONGEST_ACTOR = 255
Detail = str | int | float
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_DIGEST = re.compile(r"([0-9a-f]{32}|[0-9a-f]{64})?")
# Made once: a long log is read and written record by record.
_ENCODER = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"))


class Action(StrEnum):
    """What somebody did, or was not allowed to do."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    LOG_OFF = "log_off"
    LOAD = "load"
    OPEN_PATIENT = "open_patient"
    EXPLAIN = "explain"
    REVEAL = "reveal"
    ESTIMATE = "estimate"
    AGREE = "agree"
    OVERRIDE = "override"
    SET_ASIDE = "set_aside"
    TAKE_BACK = "take_back"
    THRESHOLD = "threshold"
    EXPORT = "export"
    REGISTER = "register"
    DENIED = "denied"
    INSPECT = "inspect"
    VERIFY = "verify"
    PURGE = "purge"
    PURGE_REFUSED = "purge_refused"


# All that may stand beside an action. A patient's values have no name here, so they cannot enter.
DETAILS = frozenset(
    {
        "cohort_name",
        "digest",
        "estimate_percent",
        "export_format",
        "model_name",
        "n_records",
        "permission",
        "reason",
        "risk_percent",
        "threshold",
        "through",
        "view",
    }
)


@dataclass(frozen=True)
class Event:
    """One action, without any value of a patient's.

    Attributes
    ----------
    action : Action
    actor : str
        Who: the unique name that the sign-in vouches for, 1 to 255 printable characters.
    role : str
        In which role, a slug.
    patient : str
        Key of the patient, of :class:`~explainers.audit.patient_key.PatientKeys`; "" where no
        single patient is meant.
    model_digest, cohort_digest, settings_digest : str
        SHA-256 of what was at work; "" where nothing was.
    details : Mapping[str, str | int | float]
        Slugs and finite numbers under the names of ``DETAILS``.

    Raises
    ------
    AuditError
        When something else than these stands in it.
    """

    action: Action
    actor: str
    role: str
    patient: str = ""
    model_digest: str = ""
    cohort_digest: str = ""
    settings_digest: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "details", MappingProxyType(dict(self.details)))
        if not 1 <= len(self.actor) <= LONGEST_ACTOR or not self.actor.isprintable():
            raise AuditError("an actor is 1 to 255 printable characters", value=self.actor)
        if not _is_slug(self.role):
            raise AuditError("a role is a plain name", value=self.role)
        for digest in (self.patient, self.model_digest, self.cohort_digest, self.settings_digest):
            if not _is_digest(digest):
                raise AuditError("patients and digests are hexadecimal", value=digest)
        for name, value in self.details.items():
            _check_detail(name, value)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "action": str(self.action),
            "actor": self.actor,
            "role": self.role,
            "patient": self.patient,
            "model_digest": self.model_digest,
            "cohort_digest": self.cohort_digest,
            "settings_digest": self.settings_digest,
            "details": dict(sorted(self.details.items())),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Event:
        """Inverse of :meth:`to_dict`; AuditError where it is none."""
        try:
            return cls(**{**values, "action": Action(values["action"])})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise AuditError("an event must have the parts of an event") from error


@dataclass(frozen=True)
class Record:
    """An event in its place of the chain.

    Attributes
    ----------
    seq : int
        1 for the first record, then without gaps.
    at : str
        UTC to the microsecond, ISO 8601.
    event : Event
    previous : str
        Digest of the record before; 64 zeros for the first.
    digest : str
        SHA-256 of all of the above.
    """

    seq: int
    at: str
    event: Event
    previous: str
    digest: str

    @classmethod
    def of(cls, event: Event, *, seq: int, at: str, previous: str) -> Record:
        """A record with the digest it has to have."""
        return cls(seq, at, event, previous, digest_of(seq, at, event, previous))

    @property
    def is_sound(self) -> bool:
        """Whether nothing in it was changed since it was written."""
        return self.digest == digest_of(self.seq, self.at, self.event, self.previous)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "seq": self.seq,
            "at": self.at,
            **self.event.to_dict(),
            "previous": self.previous,
            "digest": self.digest,
        }


def digest_of(seq: int, at: str, event: Event, previous: str) -> str:
    """SHA-256 of a record, as 64 hexadecimal digits; the same on every machine."""
    parts = [seq, at, event.to_dict(), previous]
    return hashlib.sha256(_ENCODER.encode(parts).encode("ascii")).hexdigest()


def digest_settings(settings: Mapping[str, Any]) -> str:
    """SHA-256 of settings whose values JSON or ``str`` can write."""
    text = json.dumps(dict(settings), sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


# The same few people, models and words stand in most records.
@lru_cache(maxsize=4096)
def _is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _is_slug(text: str) -> bool:
    return _SLUG.fullmatch(text) is not None


def _check_detail(name: str, value: object) -> None:
    if name not in DETAILS:
        raise AuditError(
            "a detail must have one of the names that the log allows",
            value=name,
            remedy=f"They are: {', '.join(sorted(DETAILS))}.",
        )
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise AuditError("a detail is a plain name or a number", value=value)
    if isinstance(value, str) and not _is_slug(value):
        raise AuditError("a detail in words is a plain name, without spaces", value=value)
    if isinstance(value, float) and not math.isfinite(value):
        raise AuditError("a detail in numbers must be finite", value=value)
