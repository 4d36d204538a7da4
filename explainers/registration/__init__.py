"""A hospital's own patients and model, brought in step by step, each step a value to look at.

Read a source (``explainers.intake``), scan and treat identifiers, propose and correct a schema,
:func:`prepare_cohort`, :func:`stage_cohort`; then read a model file, :func:`match_features`,
:func:`prepare_model`, and save both. Nothing is in the workspace before the last step.
"""

from explainers.registration.cohort import (
    CohortDraft,
    leave_out_suspects,
    prepare_cohort,
    scan_source,
)
from explainers.registration.features import (
    FeatureMatch,
    columns_named,
    match_features,
    matched_columns,
)
from explainers.registration.model import (
    ModelDeclaration,
    ModelDraft,
    PatientScore,
    prepare_model,
    save_model,
)
from explainers.registration.staging import StagedCohort, save_both, stage_cohort

__all__ = [
    "CohortDraft",
    "FeatureMatch",
    "ModelDeclaration",
    "ModelDraft",
    "PatientScore",
    "StagedCohort",
    "columns_named",
    "leave_out_suspects",
    "match_features",
    "matched_columns",
    "prepare_cohort",
    "prepare_model",
    "save_both",
    "save_model",
    "scan_source",
    "stage_cohort",
]
