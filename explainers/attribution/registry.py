"""The methods of attribution there are, and the choice among them.

A new method is one file that satisfies :class:`~explainers.attribution.attributor.Attributor` and
one entry here. Importing this module loads neither shap nor lime.
"""

from __future__ import annotations

from explainers.attribution.attributor import Attributor
from explainers.attribution.coalition_shap import CoalitionShap
from explainers.attribution.kernel_shap import KernelShap
from explainers.attribution.lime_tabular import LimeTabular
from explainers.attribution.linear_shap import LinearShap
from explainers.attribution.permutation_shap import PermutationShap
from explainers.attribution.tree_shap import TreeShap
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.study import Study
from explainers.errors import NotFoundError, UnsupportedError

EXACT_SHAP: tuple[Attributor, ...] = (TreeShap(), LinearShap(), CoalitionShap())
ATTRIBUTORS: tuple[Attributor, ...] = (
    *EXACT_SHAP,
    PermutationShap(),
    KernelShap(),
    LimeTabular(),
)


def find_attributor(slug: str) -> Attributor:
    """The method of that slug, with its default settings; NotFoundError where there is none."""
    for attributor in ATTRIBUTORS:
        if attributor.slug == slug:
            return attributor
    known = ", ".join(attributor.slug for attributor in ATTRIBUTORS)
    raise NotFoundError(
        "there is no method of attribution of that name", value=slug, remedy=f"There are: {known}."
    )


def exact_shap_for(model: RiskModel, scale: Scale) -> Attributor:
    """The method that computes SHAP values of this model on this scale without sampling.

    Raises
    ------
    UnsupportedError
        Where none does; sampling is then a choice to make, never one that is made silently.
    """
    refusals = []
    for attributor in EXACT_SHAP:
        support = attributor.supports(model, scale)
        if support.is_supported:
            return attributor
        refusals.append(f"{attributor.slug}: {support.reason}")
    raise UnsupportedError(
        f"no method computes exact SHAP values of this model on the {scale} scale"
        f" ({'; '.join(refusals)})",
        value=model.name,
        remedy="Choose permutation or kernel-shap, which estimate them and state their sampling"
        " error.",
    )


def explain_patient(
    study: Study, patient_id: str, *, method: str = "shap", scale: Scale = "risk"
) -> Attribution:
    """Explain one patient of a study.

    Parameters
    ----------
    study : Study
    patient_id : str
        A patient of the study's cohort.
    method : str
        ``shap`` for the exact method that suits model and scale, or the slug of a method.
    scale : {"risk", "log-odds"}

    Raises
    ------
    NotFoundError
        Where there is no such patient or method.
    UnsupportedError
        Where the method does not explain this model on this scale.
    """
    is_shap = method == "shap"
    attributor = exact_shap_for(study.model, scale) if is_shap else find_attributor(method)
    return attributor.explain(study, study.rows_of([patient_id]), (patient_id,), scale)
