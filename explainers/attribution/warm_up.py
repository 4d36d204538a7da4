"""Compile ahead what would keep the first patient waiting.

Run as ``python -m explainers.attribution.warm_up`` after an installation.

Compiled code is kept on disk, so this takes long once after an installation and a second or two
in each process after it.
"""

from __future__ import annotations

from explainers.attribution.partners import strongest_partners
from explainers.attribution.registry import explain_patient
from explainers.attribution.sample import explain_sample
from explainers.models.tree_scoring import load_compiled
from explainers.workspace import Workspace

MODEL = "diabetes-xgboost"
FEW_PATIENTS = 50


def warm_up() -> None:
    """Explain a patient and a sample of a built-in model, and find interactions; keeps nothing."""
    study = Workspace().open_study(MODEL)
    for method in ("shap", "lime"):
        explain_patient(study, study.cohort.patient_ids[0], method=method)
    load_compiled()
    explain_sample(study)
    strongest_partners(study, study.matrix[:FEW_PATIENTS])


if __name__ == "__main__":
    warm_up()
