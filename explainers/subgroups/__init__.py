"""For whom a model works: slices, statistics by slice, and gaps."""

from explainers.subgroups.calibration_curves import compare_calibration
from explainers.subgroups.disaggregation import (
    AttributeGroups,
    PatientGroup,
    compare_groups,
    estimate_attribute_groups,
    estimate_everybody,
    patient_groups,
)
from explainers.subgroups.error_rates import compare_error_rates, estimate_flagged
from explainers.subgroups.gaps import compare_to_reference, estimate_gap
from explainers.subgroups.representation import compare_missingness, compare_representation
from explainers.subgroups.shrinkage import shrink_table
from explainers.subgroups.slices import make_slices
from explainers.subgroups.sums import AuditSums, shared_edges, sum_study
from explainers.subgroups.threshold_counts import ThresholdCounts, count_by_threshold
from explainers.subgroups.thresholds import PerThousand, harm_ratio, try_thresholds

__all__ = [
    "AttributeGroups",
    "AuditSums",
    "PatientGroup",
    "PerThousand",
    "ThresholdCounts",
    "compare_calibration",
    "compare_error_rates",
    "compare_groups",
    "compare_missingness",
    "compare_representation",
    "compare_to_reference",
    "count_by_threshold",
    "estimate_attribute_groups",
    "estimate_everybody",
    "estimate_flagged",
    "estimate_gap",
    "harm_ratio",
    "make_slices",
    "patient_groups",
    "shared_edges",
    "shrink_table",
    "sum_study",
    "try_thresholds",
]
