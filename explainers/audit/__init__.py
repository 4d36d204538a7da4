"""Who saw and did what: append-only, hash-chained, without any value of a patient's."""

from explainers.audit.event import Action, Event, Record, digest_settings
from explainers.audit.log import AuditLog, Selection
from explainers.audit.patient_key import PatientKeys, open_patient_keys
from explainers.audit.verification import Verification

__all__ = [
    "Action",
    "AuditLog",
    "Event",
    "PatientKeys",
    "Record",
    "Selection",
    "Verification",
    "digest_settings",
    "open_patient_keys",
]
