"""What a search for badly served groups is allowed to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from explainers.errors import SettingsError
from explainers.uncertainty.interval import tail_of

Criterion = Literal["too_low", "too_high", "missed"]
CRITERIA: tuple[Criterion, ...] = ("too_low", "too_high", "missed")


@dataclass(frozen=True)
class SearchSettings:
    """Choices of a search; all of them stand in its result.

    Attributes
    ----------
    depth : int
        How many conditions a group may be made of, 1 to 4.
    most_slices : int
        How many groups the search may bring to confirmation; the fewer, the easier to confirm.
    fewest_expected : float
        Patients with, and without, the outcome that the model expects in a group of either half.
    smallest_share : float
        Smallest share of a half that a group may be.
    margin : float
        The search ranks groups by the evidence that observed / expected is further than this from
        everybody's, so that a large cohort does not bring trifles.
    beam : int
        From three conditions on, how many groups by each criterion are divided further. Groups of
        one and of two conditions are all looked at.
    most_attributes : int
        Attributes that are searched; what is left out is named in the result.
    level : float
        Confidence with which no group is named that is not there, all groups together.
    """

    depth: int = 3
    most_slices: int = 6
    fewest_expected: float = 15.0
    smallest_share: float = 0.02
    margin: float = 0.10
    beam: int = 40
    most_attributes: int = 40
    level: float = 0.95

    def __post_init__(self) -> None:
        tail_of(self.level)
        for name, low, high in (
            ("depth", 1, 4),
            ("most_slices", 1, 20),
            ("fewest_expected", 11, float("inf")),
            ("smallest_share", 0.0, 0.5),
            ("margin", 0.0, 1.0),
            ("beam", 1, 1000),
            ("most_attributes", 1, 200),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(
                    f"the setting {name!r} of a search must lie between {low} and {high}",
                    value=value,
                )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)
