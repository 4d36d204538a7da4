"""Crossings fixed beforehand: found where risks are off in them, silent elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explainers.checks import Inspection
from explainers.checks.crossed_halves import worst_crossing

Draw = Callable[..., pd.DataFrame]
Make = Callable[..., Inspection]


def more_ill(patients: pd.DataFrame, is_hit: pd.Series, share: float) -> pd.DataFrame:
    falls = np.random.default_rng(9).random(len(patients)) < share
    return patients.assign(ill=patients["ill"].mask(is_hit & falls, "yes"))


def test_two_halves_that_are_too_low_together_are_found(draw: Draw, make_inspection: Make) -> None:
    """Prevents a fault from being missed because half of the patients had to confirm it."""
    patients = draw(2000, 1)
    is_high = patients["marker"] >= patients["marker"].median()
    is_hit = (patients["pressure"] < patients["pressure"].median()) & is_high
    found = worst_crossing(make_inspection(more_ill(patients, is_hit, 0.5)).study)
    assert found is not None
    assert found.is_low
    assert "Marker" in found.text
    assert "Blood pressure" in found.text
    assert found.ratio.low is not None
    assert found.ratio.low > 1.0
    assert found.ratio.level > 0.999


def test_one_condition_alone_is_left_to_its_own_check(draw: Draw, make_inspection: Make) -> None:
    """Prevents a fault of one group from being told as that of a crossing."""
    patients = draw(6000, 1)
    hit = more_ill(patients, patients["origin"] == "East", 0.4)
    found = worst_crossing(make_inspection(hit).study)
    assert found is None or "Origin: East" not in found.text


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_sound_model_has_none(draw: Draw, make_inspection: Make, seed: int) -> None:
    """Prevents many crossings from bringing one by chance."""
    assert worst_crossing(make_inspection(draw(3000, seed)).study) is None


def test_one_attribute_makes_no_crossing(draw: Draw, make_inspection: Make) -> None:
    """Prevents a crash, and a finding, where everybody is alike."""
    alike = draw(300, 1).assign(age=50.0, pressure=120.0, marker=0.0, smoker="no")
    alike["smoker"] = pd.Categorical(alike["smoker"], categories=["no", "yes"])
    assert worst_crossing(make_inspection(alike).study) is None
