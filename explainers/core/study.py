"""A model on a set of patients: what every explanation, statistic and chart starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, frozen_floats
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.provenance import Provenance
from explainers.errors import SettingsError


@dataclass(frozen=True)
class Study:
    """A model, the held-out patients it is looked at on, and the choices made.

    Attributes
    ----------
    model : RiskModel
    cohort : Cohort
        Patients the model was not trained on.
    reference : Cohort
        Patients an explanation compares with; always explicit.
    outcome : str
        Slug of the outcome the model predicts.
    threshold : float
        Declared decision threshold on the risk, in (0, 1).
    seed : int
        Seed of every random draw.
    declared : float, optional
        Threshold declared for the model, where ``threshold`` is another that somebody tries.
    """

    model: RiskModel
    cohort: Cohort
    reference: Cohort
    outcome: str
    threshold: float
    seed: int = 0
    declared: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold < 1.0:
            raise SettingsError(
                "a threshold must lie between 0 and 1, both excluded", value=self.threshold
            )
        if len(self.reference) == 0:
            raise SettingsError("an explanation needs at least one reference patient")

    @cached_property
    def matrix(self) -> FloatArray:
        """Encoded patients, (n, p), read-only."""
        return frozen_floats(encode(self.cohort.frame, self.model.columns))

    @cached_property
    def reference_matrix(self) -> FloatArray:
        """Encoded reference patients, (m, p), read-only."""
        return frozen_floats(encode(self.reference.frame, self.model.columns))

    @cached_property
    def risk(self) -> FloatArray:
        """Predicted risk of the patients, (n,), read-only."""
        return frozen_floats(self.model.predict_risk(self.cohort.frame))

    @cached_property
    def labels(self) -> FloatArray:
        """Outcome of the patients, (n,): 1, 0, or NaN where there is no label."""
        return frozen_floats(self.cohort.outcome_labels(self.outcome))

    @property
    def is_labelled(self) -> BoolArray:
        """Which patients have an outcome label, (n,)."""
        return ~np.isnan(self.labels)

    def position_of(self, patient_id: str) -> int:
        """Row of a patient in ``matrix``, ``risk`` and ``labels``; NotFoundError where absent."""
        return self.cohort.positions_of([patient_id])[0]

    def rows_of(self, patient_ids: Sequence[str]) -> FloatArray:
        """Encoded values (k, p) of the named patients; NotFoundError where one is absent."""
        return self.matrix[self.cohort.positions_of(patient_ids)]

    def predict(self, matrix: FloatArray, scale: Scale) -> FloatArray:
        """Prediction (k,) for encoded patients (k, p) on the scale asked for."""
        return self.model.link.to_scale(self.model.score(matrix), scale)

    def with_threshold(self, threshold: float) -> Study:
        """The same study at another threshold, which remembers the declared one."""
        declared = self.declared_threshold
        other = replace(
            self, threshold=threshold, declared=None if threshold == declared else declared
        )
        # What was computed for the patients holds at any threshold.
        for name in ("matrix", "reference_matrix", "risk", "labels"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    @property
    def declared_threshold(self) -> float:
        """The threshold declared for the model, whichever one is tried."""
        return self.threshold if self.declared is None else self.declared

    def provenance(self, method: str, **settings: object) -> Provenance:
        """Provenance of a result of this study."""
        return Provenance(
            model_digest=self.model.digest,
            cohort_digest=self.cohort.digest,
            reference_digest=self.reference.digest,
            method=method,
            settings=settings,
            seed=self.seed,
        )
