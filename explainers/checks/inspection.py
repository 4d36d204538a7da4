"""All that a check may look at: the model on held-out patients, and what it was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explainers.core.arrays import FloatArray, frozen_floats
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.study import Study
from explainers.errors import PellucidError
from explainers.models.bundle import Bundle
from explainers.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Inspection:
    """A model, its held-out patients, and the rest of its cohort where that is at hand.

    Attributes
    ----------
    study : Study
        The model on its held-out patients.
    bundle : Bundle or None
        What the model declares, and its recipe; None for a model outside a bundle.
    training : Cohort or None
        The patients it was trained on; None where they are not at hand.
    comparator : Study or None
        A simpler model on the same held-out patients.
    """

    study: Study
    bundle: Bundle | None = None
    training: Cohort | None = None
    comparator: Study | None = None

    @cached_property
    def training_matrix(self) -> FloatArray:
        """Encoded training patients, (m, p), read-only; no rows where they are not at hand."""
        columns = self.study.model.columns
        if self.training is None:
            return frozen_floats(np.empty((0, len(columns))))
        return frozen_floats(encode(self.training.frame, columns))

    @cached_property
    def training_labels(self) -> FloatArray:
        """Outcomes of the training patients, (m,): 1, 0 or NaN, read-only."""
        if self.training is None:
            return frozen_floats(np.empty(0))
        return frozen_floats(self.training.outcome_labels(self.study.outcome))

    @cached_property
    def training_risk(self) -> FloatArray:
        """The model's risk of its training patients, (m,), read-only."""
        if self.training is None:
            return frozen_floats(np.empty(0))
        return frozen_floats(self.study.predict(self.training_matrix, "risk"))


def inspect_bundle(workspace: Workspace, name: str) -> Inspection:
    """Open a bundle with everything that can be found for it.

    Raises
    ------
    PellucidError
        Where the bundle or its cohort is refused; a comparator that is, is left out.
    """
    study = workspace.open_study(name)
    bundle = workspace.load_bundle(name)
    cohort = workspace.load_cohort(bundle.facts.cohort)
    held_out = set(bundle.test_patient_ids)
    training = None
    if cohort.digest == bundle.facts.training_cohort_digest:
        training = cohort.select([one for one in cohort.patient_ids if one not in held_out])
    return Inspection(study, bundle, training, _comparator(workspace, bundle))


def _comparator(workspace: Workspace, bundle: Bundle) -> Study | None:
    """The simpler model that the bundle names, where it was judged on the same patients."""
    if not bundle.facts.comparator:
        return None
    try:
        study = workspace.open_study(bundle.facts.comparator)
    except PellucidError:
        return None
    return study if set(study.cohort.patient_ids) == set(bundle.test_patient_ids) else None
