"""What a search for badly served groups came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explainers.core.estimate import Estimate
from explainers.core.provenance import Provenance
from explainers.core.subgroup import Slice
from explainers.subgroups.discovery.search import Method
from explainers.subgroups.discovery.settings import Criterion
from explainers.subgroups.discovery.trait import Trait

FIGURES = (
    "oe_ratio",
    "rest_oe_ratio",
    "relative_oe",
    "oe_below",
    "sensitivity",
    "rest_sensitivity",
    "sensitivity_gap",
    "missed_share",
    "benefit_gap",
)


@dataclass(frozen=True)
class SliceFigures:
    """How a model does for a group of one half, beside everybody else of that half.

    Attributes
    ----------
    oe_ratio, rest_oe_ratio : Estimate
        Observed over expected events in the group, and among everybody else.
    relative_oe : Estimate
        The first over the second.
    oe_below : Estimate
        Observed over expected events among those of the group whose risk is below the threshold:
        cases missed, over those that the model's own risks announce.
    sensitivity, rest_sensitivity, sensitivity_gap : Estimate
        Share of cases flagged at the threshold, in the group and among everybody else, and the
        first less the second.
    missed_share : Estimate
        Share of all missed cases who are in the group.
    benefit_gap : Estimate
        Standardised net benefit, that of the group less that of everybody else.
    """

    oe_ratio: Estimate
    rest_oe_ratio: Estimate
    relative_oe: Estimate
    oe_below: Estimate
    sensitivity: Estimate
    rest_sensitivity: Estimate
    sensitivity_gap: Estimate
    missed_share: Estimate
    benefit_gap: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {name: getattr(self, name).to_dict() for name in FIGURES}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> SliceFigures:
        """Inverse of :meth:`to_dict`."""
        return cls(**{name: Estimate.from_dict(record[name]) for name in FIGURES})


@dataclass(frozen=True)
class FoundSlice:
    """One group that the search brought to confirmation.

    Attributes
    ----------
    traits : tuple of Trait
        A patient is in the group who has all of them.
    criterion : {"too_low", "too_high", "missed"}
        What is worse in the group than elsewhere: risks too low, risks too high, or more cases
        below the threshold than their risks announce.
    method : {"crossed", "tree"}
        Which search found it.
    p_value : float
        From the confirmation half, adjusted by Holm's method for all groups brought to it.
    is_confirmed : bool
        Whether that is at most one minus the level.
    searched, confirmed : SliceFigures
        The same figures in the half that was searched, where they look worse than they are, and
        in the other half.
    """

    traits: tuple[Trait, ...]
    criterion: Criterion
    method: Method
    p_value: float
    is_confirmed: bool
    searched: SliceFigures
    confirmed: SliceFigures

    @property
    def place(self) -> Slice:
        """The group, by attribute and by its words."""
        return Slice(tuple((trait.attribute, trait.text) for trait in self.traits))

    @property
    def text(self) -> str:
        """In plain words, such as ``Sex: Female; Age: 60 and over``."""
        return "; ".join(trait.text for trait in self.traits)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "group": self.text,
            "traits": [trait.to_dict() for trait in self.traits],
            "criterion": self.criterion,
            "method": self.method,
            "p_value": self.p_value,
            "is_confirmed": self.is_confirmed,
            "searched": self.searched.to_dict(),
            "confirmed": self.confirmed.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> FoundSlice:
        """Inverse of :meth:`to_dict`."""
        kept = {name: record[name] for name in ("criterion", "method", "p_value", "is_confirmed")}
        return cls(
            traits=tuple(Trait.from_dict(trait) for trait in record["traits"]),
            searched=SliceFigures.from_dict(record["searched"]),
            confirmed=SliceFigures.from_dict(record["confirmed"]),
            **kept,
        )


@dataclass(frozen=True)
class Detectable:
    """The weakest fault that would have been confirmed four times in five.

    Attributes
    ----------
    share : float
        Of the patients who are in the group.
    n : int
        Patients of the confirmation half in a group of that share.
    oe_ratio : float
        Observed / expected in it, where it is 1 among everybody together.
    """

    share: float
    n: int
    oe_ratio: float


@dataclass(frozen=True)
class Discovery:
    """What was searched, what was found, and what could have been.

    Attributes
    ----------
    slices : tuple of FoundSlice
        Confirmed ones first, then by adjusted p-value.
    n_withheld : int
        Groups brought to confirmation that are too small to be shown.
    n_searched, n_confirming : int
        Patients of both halves.
    attributes, left_out : tuple of str
        Labels of what was crossed, and of what was not.
    n_candidates : tuple of int
        Groups looked at by number of conditions.
    n_tree_parts : int
        Parts of the tree.
    detectable : tuple of Detectable
        For groups of several sizes.
    reason : str
        Why nothing was searched; empty where something was.
    provenance : Provenance
    """

    slices: tuple[FoundSlice, ...]
    n_withheld: int
    n_searched: int
    n_confirming: int
    attributes: tuple[str, ...]
    left_out: tuple[str, ...]
    n_candidates: tuple[int, ...]
    n_tree_parts: int
    detectable: tuple[Detectable, ...]
    provenance: Provenance
    reason: str = field(default="")

    @property
    def n_looked_at(self) -> int:
        """Groups looked at, by both searches."""
        return sum(self.n_candidates) + self.n_tree_parts

    @property
    def confirmed(self) -> tuple[FoundSlice, ...]:
        """The groups that the confirmation half bears out."""
        return tuple(one for one in self.slices if one.is_confirmed)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "slices": [one.to_dict() for one in self.slices],
            "n_withheld": self.n_withheld,
            "n_searched": self.n_searched,
            "n_confirming": self.n_confirming,
            "attributes": list(self.attributes),
            "left_out": list(self.left_out),
            "n_candidates": list(self.n_candidates),
            "n_tree_parts": self.n_tree_parts,
            "detectable": [vars(one).copy() for one in self.detectable],
            "provenance": self.provenance.to_dict(),
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Discovery:
        """Inverse of :meth:`to_dict`."""
        made = {
            "slices": tuple(FoundSlice.from_dict(one) for one in record["slices"]),
            "detectable": tuple(Detectable(**one) for one in record["detectable"]),
            "provenance": Provenance.from_dict(record["provenance"]),
        }
        made |= {name: tuple(record[name]) for name in ("attributes", "left_out", "n_candidates")}
        return cls(**{**record, **made})
