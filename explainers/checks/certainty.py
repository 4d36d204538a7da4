"""What the checks on a model share: being sure of a figure, and the patients it rests on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explainers.checks.evidence import WITHHELD, draw_rows
from explainers.checks.inspection import Inspection
from explainers.core.cohort import Cohort
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.disclosure.counts import is_small
from explainers.performance.labelled_risk import LabelledRisk

NO_OUTCOME = "no held-out patient has a recorded outcome"
NO_TRAINING = "the patients that the model was trained on are not at hand"
NO_BUNDLE = "the model comes without a bundle that says how it was made"

# More patients change no figure here by as much as its last digit shown.
MOST_PATIENTS = 100_000


def is_surely_above(estimate: Estimate, limit: float) -> bool:
    """Whether the whole interval lies above the limit; never where there is none."""
    return estimate.low is not None and estimate.low > limit


def is_surely_below(estimate: Estimate, limit: float) -> bool:
    """Whether the whole interval lies below the limit; never where there is none."""
    return estimate.high is not None and estimate.high < limit


def is_shown(*counts: int) -> bool:
    """Whether none of these counts of people is of 1 to 10."""
    return not is_small(np.array(counts, dtype=np.int64)).any()


def shown(estimate: Estimate, *counts: int) -> Estimate:
    """The estimate, withheld where one of the counts it gives away is of 1 to 10 people."""
    return estimate if is_shown(*counts) else Estimate.suppressed(estimate.metric, WITHHELD)


def training_study(inspection: Inspection) -> Study | None:
    """The model on a seeded sample of its training patients; None where they are not at hand."""
    if inspection.training is None or not len(inspection.training):
        return None
    return sample_study(replace(inspection.study, cohort=inspection.training), MOST_PATIENTS)


def sample_study(study: Study, n_patients: int) -> Study:
    """The study on a seeded sample of its patients; itself where it has no more."""
    if len(study.cohort) <= n_patients:
        return study
    rows = draw_rows(len(study.cohort), n_patients, study.seed)
    frame = study.cohort.frame.iloc[rows]
    return replace(study, cohort=Cohort(frame, study.cohort.schema))


def labelled_risk(study: Study) -> LabelledRisk:
    """Risks of the study's patients whose outcome is known."""
    return LabelledRisk.of_study(study)


def case_counts(patients: LabelledRisk) -> tuple[int, ...]:
    """Patients with and without the outcome: what any figure on them gives away."""
    return patients.n_events, patients.n_others


def flag_counts(patients: LabelledRisk, threshold: float) -> tuple[int, ...]:
    """Patients by outcome and flag: what any figure at a threshold gives away."""
    events, others = patients.flagged_counts(threshold)
    return (
        *case_counts(patients),
        events,
        patients.n_events - events,
        others,
        patients.n_others - others,
    )
