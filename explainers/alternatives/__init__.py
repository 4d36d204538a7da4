"""What would change a prediction: what-if, counterfactuals, similar patients."""

from explainers.alternatives.change import Change
from explainers.alternatives.counterfactuals import (
    Counterfactual,
    Counterfactuals,
    CounterfactualSettings,
    find_counterfactuals,
)
from explainers.alternatives.relations import Relation, find_relations
from explainers.alternatives.seen_patients import SeenPatients, describe_seen_patients
from explainers.alternatives.similar_patients import (
    FeatureDifference,
    SimilarPatients,
    find_similar_patients,
)
from explainers.alternatives.what_if import WhatIf, rescore
from explainers.distances import PatientSpace, build_attribution_space, build_space

__all__ = [
    "Change",
    "Counterfactual",
    "CounterfactualSettings",
    "Counterfactuals",
    "FeatureDifference",
    "PatientSpace",
    "Relation",
    "SeenPatients",
    "SimilarPatients",
    "WhatIf",
    "build_attribution_space",
    "build_space",
    "describe_seen_patients",
    "find_counterfactuals",
    "find_relations",
    "find_similar_patients",
    "rescore",
]
