"""For whom a model works: slices, statistics by slice, and gaps."""

from explainers.subgroups.disaggregation import (
    AttributeGroups,
    PatientGroup,
    compare_groups,
    estimate_attribute_groups,
    estimate_everybody,
    patient_groups,
)
from explainers.subgroups.gaps import compare_to_reference, estimate_gap
from explainers.subgroups.slices import make_slices

__all__ = [
    "AttributeGroups",
    "PatientGroup",
    "compare_groups",
    "compare_to_reference",
    "estimate_attribute_groups",
    "estimate_everybody",
    "estimate_gap",
    "make_slices",
    "patient_groups",
]
