"""A page with every part filled, as a view model would fill it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explainers.reports import (
    PatientPage,
    PrintedFact,
    PrintedPart,
    PrintedReason,
    PrintedReasons,
    PrintedTable,
)

REASONS = PrintedReasons(
    heading="Reasons",
    sentence="The model puts this patient at 24.1%, where the reference patients average 21.8%.",
    is_withheld=False,
    start=PrintedFact("Reference patients", "21.8%"),
    end=PrintedFact("This patient", "24.1%"),
    start_value=0.218,
    rows=(
        PrintedReason("Body size", "Waist: 124 cm", "+5.1 points", 0.051),
        PrintedReason("Age", "34 years", "\u22122.0 points", -0.02),
        PrintedReason("Everything else (3 inputs)", "", "\u22120.8 points", -0.008, is_sum=True),
    ),
    scale="risk",
    notes=("Sum check: 21.8% at the start.", "Method: SHAP."),
)


@pytest.fixture
def make_page() -> Callable[..., PatientPage]:
    def make(**changes: Any) -> PatientPage:
        page = PatientPage(
            title="One patient",
            caption="Not for deciding on its own.",
            made_at="Made 2026-01-02 03:04 UTC",
            patient="Patient NH-00010",
            model=(PrintedFact("Model", "Diabetes (diabetes-xgboost 1.0.0)"),),
            caveats=PrintedPart("Data", ("Unweighted.", "One visit."), is_run_on=True),
            warnings=PrintedPart("Read this before the risk", ("Not measured: waist.", "Unusual.")),
            risk=PrintedPart("The risk", ("About 24 in 100.", "The model's risk: 24.1%.")),
            validity=PrintedPart(
                "Validity",
                ("1 means calibrated.",),
                PrintedTable(
                    ("Group", "Patients", "Observed / expected", "Sensitivity"),
                    (("Everybody", "2,507 (497)", "1.01 [0.94, 1.10]", "81.1% [77.4, 84.3]"),),
                ),
            ),
            reasons=REASONS,
            similar=PrintedPart("Similar", ("Of the 50 most like this one, 28.0% [17.5, 41.7].",)),
            decision=PrintedPart("Decision", ("You agreed at 03:04 UTC.",)),
            limits=PrintedPart("Limits", ("Not advice.",), is_run_on=True),
            provenance=PrintedPart("Provenance", ("SHA-256 0123456789abcdef.",)),
        )
        return replace(page, **changes)

    return make


@pytest.fixture
def page(make_page: Callable[..., PatientPage]) -> PatientPage:
    return make_page()
