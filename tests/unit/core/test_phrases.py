"""Names of groups as parts of a sentence."""

from __future__ import annotations

import pytest

from explainers.core.phrases import lower_first, name_patients


@pytest.mark.parametrize(
    ("label", "attribute", "words"),
    [
        ("Asian", "Race or ethnicity", "Asian patients (race or ethnicity)"),
        ("Mexican American", "Origin", "Mexican American patients (origin)"),
        ("60 and over", "Age", "patients in the group “60 and over” (age)"),
        ("yes", "Private insurance", "patients in the group “yes” (private insurance)"),
        ("Other or multiracial", "Race", "patients in the group “Other or multiracial” (race)"),
        ("Under $10,000", "HbA1c band", "patients in the group “Under $10,000” (HbA1c band)"),
    ],
)
def test_a_group_is_named_in_english(label: str, attribute: str, words: str) -> None:
    """Prevents “60 and over patients” and “yes patients”."""
    assert name_patients(label, attribute) == words


def test_an_abbreviation_keeps_its_capitals() -> None:
    assert lower_first("AUROC needs both") == "AUROC needs both"
    assert lower_first("HbA1c band") == "HbA1c band"
    assert lower_first("Needs both") == "needs both"
