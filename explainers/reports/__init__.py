"""What a reader takes away: one page about one patient, as HTML and as PDF.

A page is a plain value whose every figure was put into words elsewhere; here it is only laid out.
"""

from explainers.reports.patient_html import patient_html
from explainers.reports.patient_page import (
    PatientPage,
    PrintedFact,
    PrintedPart,
    PrintedReason,
    PrintedReasons,
    PrintedTable,
)
from explainers.reports.patient_pdf import fit_page, patient_pdf

__all__ = [
    "PatientPage",
    "PrintedFact",
    "PrintedPart",
    "PrintedReason",
    "PrintedReasons",
    "PrintedTable",
    "fit_page",
    "patient_html",
    "patient_pdf",
]
