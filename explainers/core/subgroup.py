"""A statistic for everybody and for each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from explainers.core.estimate import Estimate


@dataclass(frozen=True)
class Slice:
    """A group of patients, by one or more attributes.

    Attributes
    ----------
    conditions : tuple of (str, str)
        Pairs of grouping slug and group label; empty for everybody.
    """

    conditions: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """Name on screen, such as ``Black, women``."""
        return ", ".join(label for _, label in self.conditions) or "Everybody"


@dataclass(frozen=True)
class SubgroupTable:
    """One metric, for everybody and by group.

    Attributes
    ----------
    metric : str
        Slug of the statistic.
    overall : Estimate
        The statistic for all patients with a label.
    groups : tuple of (Slice, Estimate)
        In display order.
    reference_group : str
        Label of the group that others are compared with.
    """

    metric: str
    overall: Estimate
    groups: tuple[tuple[Slice, Estimate], ...]
    reference_group: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row per group, everybody first: group, then the fields of the estimate."""
        rows = [{"group": Slice().label, **self.overall.to_dict()}]
        rows += [{"group": place.label, **estimate.to_dict()} for place, estimate in self.groups]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "metric": self.metric,
            "overall": self.overall.to_dict(),
            "groups": [
                {"slice": dict(place.conditions), "estimate": estimate.to_dict()}
                for place, estimate in self.groups
            ],
            "reference_group": self.reference_group,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> SubgroupTable:
        """Inverse of :meth:`to_dict`."""
        groups = tuple(
            (Slice(tuple(entry["slice"].items())), Estimate.from_dict(entry["estimate"]))
            for entry in record["groups"]
        )
        return cls(
            metric=record["metric"],
            overall=Estimate.from_dict(record["overall"]),
            groups=groups,
            reference_group=record["reference_group"],
        )
