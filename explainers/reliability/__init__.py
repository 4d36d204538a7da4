"""Whether an explanation can be believed: stability, faithfulness, sanity, unusual patients."""

from explainers.reliability.bootstrapped_reasons import (
    BootstrappedReasons,
    Explainer,
    Refits,
    explain_with_refits,
)
from explainers.reliability.cohort_agreement import (
    CohortAgreement,
    compare_cohort_attributions,
    estimate_cohort_agreement,
)
from explainers.reliability.edited_patient import EditedPatient, StrainedPair, compare_edit
from explainers.reliability.faithfulness import FaithfulnessReport, estimate_faithfulness
from explainers.reliability.manipulation import ManipulationReport, estimate_manipulation
from explainers.reliability.out_of_distribution import (
    Familiarity,
    FamiliarPatients,
    UnusualPair,
    UnusualPatient,
    compare_patient,
    fit_familiar_patients,
)
from explainers.reliability.plausible_changes import (
    MeasurementError,
    NeighbourValues,
    PlausibleChange,
)
from explainers.reliability.random_models import randomise_model
from explainers.reliability.sanity import SanityCheck, SanityReport, estimate_sanity
from explainers.reliability.stability import (
    Repeats,
    StabilityReport,
    estimate_change_stability,
    estimate_reference_stability,
    estimate_seed_stability,
)
from explainers.reliability.training_patients import (
    TrainingPatients,
    refits_of,
    trainer_on_noise,
)

__all__ = [
    "BootstrappedReasons",
    "CohortAgreement",
    "EditedPatient",
    "Explainer",
    "FaithfulnessReport",
    "FamiliarPatients",
    "Familiarity",
    "ManipulationReport",
    "MeasurementError",
    "NeighbourValues",
    "PlausibleChange",
    "Refits",
    "Repeats",
    "SanityCheck",
    "SanityReport",
    "StabilityReport",
    "StrainedPair",
    "TrainingPatients",
    "UnusualPair",
    "UnusualPatient",
    "compare_cohort_attributions",
    "compare_edit",
    "compare_patient",
    "estimate_change_stability",
    "estimate_cohort_agreement",
    "estimate_faithfulness",
    "estimate_manipulation",
    "estimate_reference_stability",
    "estimate_sanity",
    "estimate_seed_stability",
    "explain_with_refits",
    "fit_familiar_patients",
    "randomise_model",
    "refits_of",
    "trainer_on_noise",
]
