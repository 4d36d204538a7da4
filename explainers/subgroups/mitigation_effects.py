"""What a mitigation did to every group: figures before and after, and who changed sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explainers.core.estimate import Estimate
from explainers.core.subgroup import Slice
from explainers.subgroups.mitigation import GroupStep
from explainers.subgroups.mitigation_changes import CHANGED

_LISTS = ("before", "after", "change", "people")


@dataclass(frozen=True)
class GroupEffect:
    """One group before and after.

    Attributes
    ----------
    place : Slice
        The group; everybody without conditions.
    before, after, change : tuple of Estimate
        One per statistic of ``CHANGED``, in its order; ``change`` is after less before.
    people : tuple of Estimate
        In 1,000 patients of the group, in the order of ``PEOPLE``.
    is_left_alone : bool
        Whether the mitigation does nothing to this group.
    counted_at : float or None
        The cut on the old risk at which people were counted, where the exact one would give a few
        of them away.
    """

    place: Slice
    before: tuple[Estimate, ...]
    after: tuple[Estimate, ...]
    change: tuple[Estimate, ...]
    people: tuple[Estimate, ...]
    is_left_alone: bool = False
    counted_at: float | None = None

    def of(self, slug: str) -> tuple[Estimate, Estimate, Estimate]:
        """Before, after and change of one statistic of ``CHANGED``."""
        at = CHANGED.index(slug)
        return self.before[at], self.after[at], self.change[at]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "slice": dict(self.place.conditions),
            "is_left_alone": self.is_left_alone,
            "counted_at": self.counted_at,
            **{name: [one.to_dict() for one in getattr(self, name)] for name in _LISTS},
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> GroupEffect:
        """Inverse of :meth:`to_dict`."""
        lists = {name: tuple(Estimate.from_dict(one) for one in record[name]) for name in _LISTS}
        place = Slice(tuple(record["slice"].items()))
        return cls(
            place=place,
            is_left_alone=record["is_left_alone"],
            counted_at=record["counted_at"],
            **lists,
        )


@dataclass(frozen=True)
class MitigationEffect:
    """What a mitigation does to everybody and to each group.

    Attributes
    ----------
    slug, by : str
        The mitigation, and the attribute it was made for.
    threshold : float
        The declared one.
    groups : tuple of GroupEffect
        Everybody first, then in display order.
    steps : tuple of GroupStep
        What was done to each group, where that can be said in numbers.
    n_contrasts : int
        Changes with an interval; each interval has the level at which all hold at once with
        ``level``.
    level : float
    """

    slug: str
    by: str
    threshold: float
    groups: tuple[GroupEffect, ...]
    steps: tuple[GroupStep, ...]
    n_contrasts: int
    level: float = 0.95

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "slug": self.slug,
            "by": self.by,
            "threshold": self.threshold,
            "groups": [group.to_dict() for group in self.groups],
            "steps": [step.to_dict() for step in self.steps],
            "n_contrasts": self.n_contrasts,
            "level": self.level,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> MitigationEffect:
        """Inverse of :meth:`to_dict`."""
        groups = tuple(GroupEffect.from_dict(group) for group in record["groups"])
        steps = tuple(GroupStep.from_dict(step) for step in record["steps"])
        return cls(**{**record, "groups": groups, "steps": steps})
