"""The nouns: what the rest of the library talks about. Light to import."""

from explainers.core.attribution import Attribution
from explainers.core.cohort import Cohort
from explainers.core.curve import Curve
from explainers.core.estimate import Estimate
from explainers.core.link import Link, Scale
from explainers.core.model import AdditiveModel, RiskModel, TreeModel
from explainers.core.provenance import Provenance
from explainers.core.schema import (
    CohortFacts,
    Column,
    Condition,
    Correction,
    Grouping,
    Outcome,
    Schema,
)
from explainers.core.study import Study
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.core.trees import TreeEnsemble

__all__ = [
    "AdditiveModel",
    "Attribution",
    "Cohort",
    "CohortFacts",
    "Column",
    "Condition",
    "Correction",
    "Curve",
    "Estimate",
    "Grouping",
    "Link",
    "Outcome",
    "Provenance",
    "RiskModel",
    "Scale",
    "Schema",
    "Slice",
    "Study",
    "SubgroupTable",
    "TreeEnsemble",
    "TreeModel",
]
