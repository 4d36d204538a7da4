"""A model's performance by group as sums that add up."""

from explainers.subgroups.sums.audit import AuditSums, shared_edges, sum_study
from explainers.subgroups.sums.groups import GroupSums

__all__ = ["AuditSums", "GroupSums", "shared_edges", "sum_study"]
