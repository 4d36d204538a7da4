"""By which method, and on which scale, the checks ask for the reasons of a sample of patients."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explainers.attribution.attributor import Attributor
from explainers.attribution.coalition_shap import CoalitionShap, used_features
from explainers.attribution.permutation_shap import PermutationShap
from explainers.attribution.registry import exact_shap_for
from explainers.checks.certainty import sample_study
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.study import Study
from explainers.errors import UnsupportedError

# All coalitions of more inputs take a second and more for each patient.
MOST_FOR_COALITIONS = 14
FEWEST_ORDERS = 100
SLOW_REFERENCE = 30


@dataclass(frozen=True)
class ReasonsMethod:
    """A method and its scale.

    Attributes
    ----------
    attributor : Attributor
    scale : {"risk", "log-odds"}
        Log-odds where they are a straight line of the score, which makes exact values quick.
    is_quick : bool
        Whether hundreds of patients are explained in about a second.
    """

    attributor: Attributor
    scale: Scale
    is_quick: bool

    @property
    def is_exact(self) -> bool:
        """Whether the reasons are free of sampling."""
        return self.attributor.slug != PermutationShap.slug

    def explain(self, study: Study, n_patients: int) -> Attribution:
        """Reasons of a seeded sample of patients, all where there are fewer."""
        drawn = sample_study(study, n_patients)
        ids = drawn.cohort.patient_ids
        return self.attributor.explain(study, drawn.matrix, ids, self.scale)


def reasons_method(study: Study) -> ReasonsMethod:
    """Exact SHAP where it is bearable, sampled SHAP elsewhere."""
    scale: Scale = "log-odds" if study.model.link.is_affine("log-odds") else "risk"
    try:
        attributor = exact_shap_for(study.model, scale)
    except UnsupportedError:
        return ReasonsMethod(PermutationShap(FEWEST_ORDERS), scale, is_quick=False)
    if attributor.slug != CoalitionShap.slug:
        return ReasonsMethod(attributor, scale, is_quick=True)
    if len(used_features(study.model)) <= MOST_FOR_COALITIONS:
        return ReasonsMethod(attributor, scale, is_quick=False)
    return ReasonsMethod(PermutationShap(FEWEST_ORDERS), scale, is_quick=False)


def with_small_reference(study: Study) -> Study:
    """The same study with at most 30 reference patients, for methods that are slow."""
    ids = study.reference.patient_ids
    if len(ids) <= SLOW_REFERENCE:
        return study
    return replace(study, reference=study.reference.select(ids[:SLOW_REFERENCE]))
