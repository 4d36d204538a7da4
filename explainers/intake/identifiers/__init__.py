"""Identifiers caught at the door: found, then dropped, generalised or justified."""

from explainers.intake.identifiers.classes import TITLES, IdentifierClass
from explainers.intake.identifiers.scan import Hit, IdentifierReport, scan_table
from explainers.intake.identifiers.treatment import (
    Attestation,
    Deidentified,
    Treatment,
    TreatmentKind,
    deidentify,
    new_display_ids,
)
from explainers.intake.identifiers.zip_areas import ZipAreas, load_zip_areas

__all__ = [
    "TITLES",
    "Attestation",
    "Deidentified",
    "Hit",
    "IdentifierClass",
    "IdentifierReport",
    "Treatment",
    "TreatmentKind",
    "ZipAreas",
    "deidentify",
    "load_zip_areas",
    "new_display_ids",
    "scan_table",
]
