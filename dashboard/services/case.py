"""One patient under one model, as the parts of the patient screen need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from dashboard.context import Context
from dashboard.services import record
from dashboard.services.reliability import edited_patient, unusual_patient
from explainers.core.arrays import FloatArray
from explainers.core.study import Study
from explainers.disclosure.roles import Permission
from explainers.models.bundle import BundleFacts
from explainers.reliability.edited_patient import EditedPatient
from explainers.reliability.out_of_distribution import UnusualPatient


@dataclass(frozen=True)
class Case:
    """What the screen is about; every view of a patient begins with one.

    Raises NotPermittedError where the role has no single patients, and AuditError where opening the
    patient cannot be put on record.

    Attributes
    ----------
    ctx : Context
    facts : BundleFacts
        Of the model.
    study : Study
        The model on its held-out patients.
    patient_id : str
    """

    ctx: Context
    facts: BundleFacts
    study: Study
    patient_id: str

    def __post_init__(self) -> None:
        self.ctx.person.require(Permission.PATIENT)
        record.opened_patient(self.ctx, self.study, self.patient_id)

    @classmethod
    def with_reasons(
        cls,
        ctx: Context,
        facts: BundleFacts,
        study: Study,
        patient_id: str,
        settings: Mapping[str, str],
    ) -> Case:
        """One whose risk and reasons, by these settings, are about to come on screen as well.

        All of it goes on record in one write; raises as the class.
        """
        ctx.person.require(Permission.PATIENT)
        record.opened_with_reasons(ctx, study, patient_id, settings)
        return cls(ctx, facts, study, patient_id)

    @cached_property
    def at(self) -> int:
        """Row of the patient in the study's matrix."""
        return self.study.position_of(self.patient_id)

    @property
    def row(self) -> FloatArray:
        """The patient, encoded (p,)."""
        row: FloatArray = self.study.matrix[self.at]
        return row

    @cached_property
    def unusual(self) -> UnusualPatient | None:
        """What is unusual about the patient; None where that cannot be tested."""
        return unusual_patient(self.ctx, self.facts, self.study, self.patient_id)

    def edited(self, row: FloatArray) -> EditedPatient | None:
        """What values (p,) other than the record's make unusual; None where it is not known."""
        return edited_patient(self.ctx, self.facts, self.row, row)
