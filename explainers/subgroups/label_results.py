"""What comes of training for one outcome rather than another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from explainers.core.curve import Curve
from explainers.core.estimate import Estimate
from explainers.core.provenance import Provenance
from explainers.subgroups.candidate_labels import NeedMeasure


@dataclass(frozen=True)
class CandidateLabel:
    """One outcome and whom a model of it selects.

    Attributes
    ----------
    outcome, label, note : str
        Slug, name on screen, and what the schema says about it.
    auroc : Estimate
        How well its model tells apart who has this outcome and who has not.
    concentration : tuple of Estimate, length c
        For each candidate outcome, the share of all people with it who are among the selected.
    among : tuple of Estimate, length c
        For each candidate outcome, the share of the selected who have it.
    need : Estimate
        Mean recorded need of the selected.
    """

    outcome: str
    label: str
    note: str
    auroc: Estimate
    concentration: tuple[Estimate, ...]
    among: tuple[Estimate, ...]
    need: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> CandidateLabel:
        """Inverse of :meth:`to_dict`."""
        return cls(
            outcome=record["outcome"],
            label=record["label"],
            note=record["note"],
            auroc=Estimate.from_dict(record["auroc"]),
            concentration=_estimates(record["concentration"]),
            among=_estimates(record["among"]),
            need=Estimate.from_dict(record["need"]),
        )


@dataclass(frozen=True)
class GroupSelection:
    """How one group fares under each label, and under each way of correcting.

    Attributes
    ----------
    group : str
        Label of the group.
    everybody : Estimate
        Its share of all people.
    in_need : tuple of Estimate, length c
        Its share of the people who have each outcome.
    share : tuple of Estimate, length c
        Its share of the people selected by the model of each outcome.
    rate : tuple of Estimate, length c
        Share of its people who are selected by each.
    change : Estimate
        Its share by the second label minus that by the first, for the same people.
    recorded_need : Estimate
        Its share if everybody were ranked by recorded need.
    swap : Estimate
        Its share after the one-way swap; not estimable for the favoured group itself.
    """

    group: str
    everybody: Estimate
    in_need: tuple[Estimate, ...]
    share: tuple[Estimate, ...]
    rate: tuple[Estimate, ...]
    change: Estimate
    recorded_need: Estimate
    swap: Estimate

    @property
    def is_hidden(self) -> bool:
        """Whether nothing may be shown of it."""
        return self.everybody.status == "suppressed"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> GroupSelection:
        """Inverse of :meth:`to_dict`."""
        return cls(
            group=record["group"],
            everybody=Estimate.from_dict(record["everybody"]),
            in_need=_estimates(record["in_need"]),
            share=_estimates(record["share"]),
            rate=_estimates(record["rate"]),
            change=Estimate.from_dict(record["change"]),
            recorded_need=Estimate.from_dict(record["recorded_need"]),
            swap=Estimate.from_dict(record["swap"]),
        )


@dataclass(frozen=True)
class Overlap:
    """Share of the people selected by one label whom another selects too."""

    first: str
    second: str
    share: Estimate


@dataclass(frozen=True)
class NeedCurve:
    """Mean need of a group by the risk that the model of one outcome predicts."""

    outcome: str
    group: str
    curve: Curve


@dataclass(frozen=True)
class LabelChoice:
    """Models of several outcomes by one recipe, held against each other.

    Attributes
    ----------
    model, cohort : str
        Names of the bundle and of its cohort.
    n, n_train, n_selected : int
        Held-out patients ranked, patients trained on, and how many are selected.
    top, asked : float
        Share that is selected, a released one, and the share that somebody asked for.
    shares : tuple of float
        Every share that is released, ascending.
    by, reference : str
        Attribute, and the group that the swap takes from.
    measure : NeedMeasure
        What need is measured by.
    labels : tuple of CandidateLabel, length c
        The label in question first, the need it is held against second.
    groups : tuple of GroupSelection
    overlaps : tuple of Overlap
        Every pair of labels once.
    curves : tuple of NeedCurve
        For each label every group of which one may be shown.
    floor : int
        Smallest count that may be shown.
    provenance : Provenance
    merged : tuple of str
        Labels of those groups that are several of the attribute's, shown together.
    """

    model: str
    cohort: str
    n: int
    n_train: int
    n_selected: int
    top: float
    asked: float
    shares: tuple[float, ...]
    by: str
    reference: str
    measure: NeedMeasure
    labels: tuple[CandidateLabel, ...]
    groups: tuple[GroupSelection, ...]
    overlaps: tuple[Overlap, ...]
    curves: tuple[NeedCurve, ...]
    floor: int
    provenance: Provenance
    merged: tuple[str, ...] = ()

    @property
    def largest_change(self) -> GroupSelection | None:
        """The group whose share changes most from the first label to the second, if any is shown.

        Picked after looking at all of them, which whoever prints it must say. The reference group
        is passed over: what others gain it loses.
        """
        shown = [
            group
            for group in self.groups
            if group.group != self.reference and group.change.value is not None
        ]
        return max(shown, key=lambda group: abs(group.change.value or 0.0), default=None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "shares": list(self.shares),
            "merged": list(self.merged),
            "measure": asdict(self.measure),
            "labels": [label.to_dict() for label in self.labels],
            "groups": [group.to_dict() for group in self.groups],
            "overlaps": [asdict(overlap) for overlap in self.overlaps],
            "curves": [
                {"outcome": one.outcome, "group": one.group, "curve": one.curve.to_dict()}
                for one in self.curves
            ],
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> LabelChoice:
        """Inverse of :meth:`to_dict`."""
        return cls(
            **{name: record[name] for name in _PLAIN},
            shares=tuple(record["shares"]),
            merged=tuple(record["merged"]),
            measure=NeedMeasure(**record["measure"]),
            labels=tuple(map(CandidateLabel.from_dict, record["labels"])),
            groups=tuple(map(GroupSelection.from_dict, record["groups"])),
            overlaps=tuple(
                Overlap(one["first"], one["second"], Estimate.from_dict(one["share"]))
                for one in record["overlaps"]
            ),
            curves=tuple(
                NeedCurve(one["outcome"], one["group"], Curve.from_dict(one["curve"]))
                for one in record["curves"]
            ),
            provenance=Provenance.from_dict(record["provenance"]),
        )


_PLAIN = (
    "model",
    "cohort",
    "n",
    "n_train",
    "n_selected",
    "top",
    "asked",
    "by",
    "reference",
    "floor",
)


def _estimates(records: Any) -> tuple[Estimate, ...]:
    return tuple(map(Estimate.from_dict, records))
