"""What a benchmark says: contenders at the same work, ours first, and what was aimed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measurement import Cost

OURS = "Pellucid"


@dataclass(frozen=True)
class Aim:
    """What was aimed at.

    Attributes
    ----------
    words : str
    is_met : bool
    """

    words: str
    is_met: bool


@dataclass(frozen=True)
class Line:
    """One contender at the work of a comparison.

    Attributes
    ----------
    contender : str
    cost : Cost
        For all of the work, scaled up where only a part was measured.
    part : float
        Share of the work that was measured.
    ratio : float or None
        Processor time over ours: below 1 the contender is sooner. None where nothing is compared.
    aim : Aim or None
    note : str
        What else was found, such as the quality of the answers.
    """

    contender: str
    cost: Cost
    part: float = 1.0
    ratio: float | None = None
    aim: Aim | None = None
    note: str = ""

    @property
    def is_scaled(self) -> bool:
        """Whether the times are estimated from a part of the work."""
        return self.part < 1.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "contender": self.contender,
            **self.cost.to_dict(),
            "part_measured": self.part,
            "ratio_to_ours": self.ratio,
            "aim": None if self.aim is None else {"words": self.aim.words, "met": self.aim.is_met},
            "note": self.note,
        }

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Line:
        """Inverse of :meth:`to_dict`."""
        names = ("cpu_seconds", "wall_seconds", "peak_megabytes")
        aim = record["aim"]
        return cls(
            contender=record["contender"],
            cost=Cost(*(record[name] for name in names)),
            part=record["part_measured"],
            ratio=record["ratio_to_ours"],
            aim=None if aim is None else Aim(aim["words"], aim["met"]),
            note=record["note"],
        )


@dataclass(frozen=True)
class Comparison:
    """One piece of work and who did it at what cost.

    Attributes
    ----------
    title : str
        What was done, and its size.
    lines : tuple of Line
        Ours first.
    note : str
        What a reader has to know to judge it.
    versions : dict
        Of peers that were measured in an environment of their own.
    """

    title: str
    lines: tuple[Line, ...]
    note: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "title": self.title,
            "lines": [line.to_dict() for line in self.lines],
            "note": self.note,
            "versions": self.versions,
        }

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Comparison:
        """Inverse of :meth:`to_dict`."""
        lines = tuple(Line.from_dict(line) for line in record["lines"])
        return cls(record["title"], lines, record["note"], record["versions"])


def at_least(ours: Cost, theirs: Cost, times: float) -> Aim:
    """That ours takes at most one ``times``-th of the processor time of theirs."""
    return Aim(f"at least {times:g} x ours", theirs.cpu_seconds >= times * ours.cpu_seconds)


def at_most(ours: Cost, theirs: Cost, times: float) -> Aim:
    """That ours takes at most ``times`` the processor time of theirs."""
    return Aim(f"ours at most {times:g} x it", ours.cpu_seconds <= times * theirs.cpu_seconds)


def ratio(ours: Cost, theirs: Cost) -> float:
    """Processor time of theirs over ours."""
    return theirs.cpu_seconds / ours.cpu_seconds


def unmet(comparisons: Sequence[Comparison]) -> list[str]:
    """The aims that were missed, one sentence each."""
    return [
        f"{comparison.title}, {line.contender}: {line.aim.words}"
        for comparison in comparisons
        for line in comparison.lines
        if line.aim is not None and not line.aim.is_met
    ]
