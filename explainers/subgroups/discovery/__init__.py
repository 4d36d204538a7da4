"""Badly served groups, found by a search and confirmed on patients that it did not see."""

from explainers.subgroups.discovery.discover import discover_slices
from explainers.subgroups.discovery.results import (
    Detectable,
    Discovery,
    FoundSlice,
    SliceFigures,
)
from explainers.subgroups.discovery.settings import CRITERIA, Criterion, SearchSettings
from explainers.subgroups.discovery.trait import Trait, members_of

__all__ = [
    "CRITERIA",
    "Criterion",
    "Detectable",
    "Discovery",
    "FoundSlice",
    "SearchSettings",
    "SliceFigures",
    "Trait",
    "discover_slices",
    "members_of",
]
