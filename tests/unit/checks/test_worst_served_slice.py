"""A badly served group that nobody named: spoken of where it matters, silent where it does not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explainers.checks import Inspection
from explainers.checks.worst_served_slice import WorstServedSlice

Draw = Callable[..., pd.DataFrame]
MakeInspection = Callable[..., Inspection]


def more_ill(patients: pd.DataFrame, is_hit: pd.Series, share: float) -> pd.DataFrame:
    """Of those hit who are well, this share falls ill by what no input tells."""
    falls = np.random.default_rng(9).random(len(patients)) < share
    return patients.assign(ill=patients["ill"].mask(is_hit & falls, "yes"))


def test_a_crossed_group_whose_risks_are_too_low_is_found(
    draw: Draw, make_inspection: MakeInspection
) -> None:
    patients = draw(6000, 1)
    is_hit = (patients["origin"] == "East") & (patients["smoker"] == "yes")
    result = WorstServedSlice().run(make_inspection(more_ill(patients, is_hit, 0.45)))
    assert result.outcome == "found"
    first = result.findings[0]
    assert first.severity == "high"
    assert "Origin: East" in first.affected
    assert "Smoker: yes" in first.affected
    assert first.evidence[0].value > 1.25
    assert "did not see" in first.explanation


def test_a_group_that_has_a_check_of_its_own_is_left_to_it(
    draw: Draw, make_inspection: MakeInspection
) -> None:
    """Two findings of one fault look like two faults."""
    patients = draw(6000, 1)
    hit = more_ill(patients, patients["origin"] == "East", 0.4)
    result = WorstServedSlice().run(make_inspection(hit))
    assert "Origin: East" not in [one.affected for one in result.findings]
    assert "confirmed 0" not in result.reason


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_sound_model_has_none(draw: Draw, make_inspection: MakeInspection, seed: int) -> None:
    assert WorstServedSlice().run(make_inspection(draw(3000, seed))).outcome == "nothing found"


def test_a_trifle_in_many_patients_is_not_spoken_of(
    draw: Draw, make_inspection: MakeInspection
) -> None:
    """A large cohort makes a difference sure that no clinic would notice."""
    patients = draw(40000, 1)
    is_hit = (patients["origin"] == "East") & (patients["smoker"] == "yes")
    result = WorstServedSlice().run(make_inspection(more_ill(patients, is_hit, 0.05)))
    assert result.outcome == "nothing found"


def test_few_patients_are_not_searched(draw: Draw, make_inspection: MakeInspection) -> None:
    result = WorstServedSlice().run(make_inspection(draw(90, 1)))
    assert result.outcome == "not applicable"
    assert "Nothing was searched" in result.reason
