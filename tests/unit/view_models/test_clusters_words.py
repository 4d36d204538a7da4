"""What a screen says where rows belong together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.view_models.clusters import clusters_notes
from explainers.core import Cohort, CohortFacts, Column, Schema

SITES = tuple("ABCDEFGHIJKL")


def cohort(*, person: str = "", site: str = "") -> Cohort:
    """Sixty rows of thirty persons at twelve sites."""
    at = np.arange(60)
    frame = pd.DataFrame(
        {
            "age": at.astype(float),
            "site": pd.Categorical([SITES[(row // 2) % 12] for row in at], categories=SITES),
            "who": [f"w{row // 2}" for row in at],
        },
        index=[f"p{row}" for row in at],
    )
    schema = Schema(
        facts=CohortFacts("visits", "Visits", "Made-up visits."),
        patient_id="patient",
        columns=(
            Column("age", "Age", "number"),
            Column("site", "Site", "category", role="attribute", levels=SITES),
        ),
        person=person,
        site=site,
    )
    return Cohort(frame, schema)


PAGES = ("model", "groups", "compare", "labels", "patient", "problems")


def test_nothing_is_said_of_rows_that_are_independent() -> None:
    assert not any(clusters_notes(cohort(), page) for page in PAGES)


@pytest.mark.parametrize(
    ("declared", "left"),
    [
        ({"person": "who"}, {"model", "patient", "problems"}),
        ({"site": "site"}, {"model", "patient", "problems", "groups"}),
        ({"person": "who", "site": "site"}, {"model", "patient", "problems"}),
    ],
)
def test_only_pages_that_hold_figures_by_rows_say_so(
    declared: dict[str, str], left: set[str]
) -> None:
    """Prevents a note that calls figures too narrow which count people, or misses one by rows."""
    found = {page: clusters_notes(cohort(**declared), page) for page in PAGES}
    assert all(notes for notes in found.values())
    n_told = len(declared)
    assert {page for page, notes in found.items() if len(notes) > n_told} == left
    assert all(len(found[page]) == n_told + 1 for page in left)
