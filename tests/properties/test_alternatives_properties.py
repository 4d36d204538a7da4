"""What must hold for every counterfactual and every distance, whoever the patient is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.alternatives import (
    Counterfactual,
    CounterfactualSettings,
    SeenPatients,
    describe_seen_patients,
    find_counterfactuals,
)
from explainers.core import Study
from explainers.core.arrays import FloatArray


@pytest.fixture(scope="module")
def yardsticks(nhanes_study: Study, forest_study: Study) -> dict[str, tuple[Study, SeenPatients]]:
    return {
        "nhanes": (nhanes_study, describe_seen_patients(nhanes_study)),
        "forest": (forest_study, describe_seen_patients(forest_study)),
    }


def check_values(study: Study, seen: SeenPatients, row: FloatArray, answer: Counterfactual) -> None:
    """Only actionable inputs differ, at seen and valid values that the schema can hold."""
    changed = np.flatnonzero(~((answer.row == row) | (np.isnan(answer.row) & np.isnan(row))))
    assert [study.model.feature_names[at] for at in changed] == [
        change.feature for change in answer.changes
    ]
    for at in changed:
        column = study.model.columns[at]
        assert column.actionable
        assert seen.ranges[at][0] <= answer.row[at] <= seen.ranges[at][1]
        low, high = column.valid_range or (0, np.inf)
        assert low <= answer.row[at] <= high
        if not column.is_numeric:
            assert answer.row[at] < len(column.levels)
        if column.kind != "number":
            assert float(answer.row[at]).is_integer()


@given(
    cohort=st.sampled_from(["nhanes", "nhanes", "forest"]),
    share=st.floats(0, 0.999),
    max_changed=st.integers(1, 4),
    allow_unexpected=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_every_counterfactual_keeps_its_promises(
    yardsticks: dict[str, tuple[Study, SeenPatients]],
    cohort: str,
    share: float,
    max_changed: int,
    allow_unexpected: bool,  # noqa: FBT001
) -> None:
    """Crosses; only actionable, seen, valid values on their lattice; minimal; usual."""
    study, seen = yardsticks[cohort]
    place = int(share * len(study.cohort))
    row = study.matrix[place]
    chosen = CounterfactualSettings(max_changed=max_changed, allow_unexpected=allow_unexpected)
    result = find_counterfactuals(
        study, study.cohort.patient_ids[place], settings=chosen, seen=seen
    )
    assert bool(result.answers) != bool(result.reason)
    for answer in result.answers:
        assert answer.risk == pytest.approx(study.predict(answer.row[None], "risk")[0])
        assert (answer.risk < study.threshold) == result.towards_lower
        assert (answer.risk >= study.threshold) == (not result.towards_lower)
        assert answer.distance <= seen.distance_limit(chosen.usual_share)
        leading = [change for change in answer.changes if not change.carried_by]
        assert 1 <= len(leading) == answer.n_changed <= max_changed
        check_values(study, seen, row, answer)
        for change in leading:
            undone = np.array(answer.row)
            for other in answer.changes:
                if change.feature in (other.feature, other.carried_by):
                    at = study.model.feature_names.index(other.feature)
                    undone[at] = row[at]
            risk = study.predict(undone[None], "risk")[0]
            assert (risk < study.threshold) != result.towards_lower


@given(first=st.floats(0, 0.999), second=st.floats(0, 0.999))
@settings(max_examples=40, deadline=None)
def test_distance_is_symmetric_and_zero_to_oneself(
    yardsticks: dict[str, tuple[Study, SeenPatients]], first: float, second: float
) -> None:
    """Prevents a distance that depends on who is compared with whom, missing values or not.

    Whether two patients can be compared at all may differ: it depends on what the one asked about
    has measured.
    """
    study, seen = yardsticks["forest"]
    rows = [int(share * len(study.cohort)) for share in (first, second)]
    there, back = (seen.space.distances(study.matrix[a])[b] for a, b in (rows, rows[::-1]))
    assert seen.space.distances(study.matrix[rows[0]])[rows[0]] == 0.0
    if np.isfinite(there) and np.isfinite(back):
        assert there == pytest.approx(back, rel=1e-5)
