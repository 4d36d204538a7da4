"""ALE and partial dependence on one footing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.core import Study
from explainers.effects import estimate_ale, estimate_partial_dependence
from explainers.effects.pair import (
    EffectPair,
    estimate_centred_dependence,
    estimate_effect_pair,
)
from explainers.errors import UnsupportedError


@pytest.fixture(scope="module")
def pair(logistic_study: Study) -> EffectPair:
    return estimate_effect_pair(logistic_study, "age_years", scale="log-odds")


def test_of_a_straight_line_both_curves_are_the_same(pair: EffectPair) -> None:
    """Prevents a warning that the two differ where only their middle was taken differently."""
    found = pair.largest_difference()
    assert found is not None
    assert abs(found[1]) < 0.05 * np.ptp(pair.ale.curve.y)


def test_centred_dependence_is_partial_dependence_moved(logistic_study: Study) -> None:
    plain = estimate_partial_dependence(
        logistic_study, "age_years", scale="risk", n_points=10, n_patients=400
    )
    centred = estimate_centred_dependence(
        logistic_study, "age_years", scale="risk", n_points=10, n_patients=400
    )
    np.testing.assert_array_equal(plain.curve.x, centred.curve.x)
    shift = float(np.sum(plain.curve.y * plain.density))
    np.testing.assert_allclose(centred.curve.y, plain.curve.y - shift, atol=1e-12)


def test_the_band_is_of_the_difference_and_not_of_the_level(logistic_study: Study) -> None:
    """On the log-odds an additive model moves everybody alike: the difference is certain."""
    centred = estimate_centred_dependence(
        logistic_study, "age_years", scale="log-odds", n_points=10, n_patients=400
    )
    assert centred.curve.low is not None
    np.testing.assert_allclose(centred.curve.low, centred.curve.y, atol=1e-6)


def test_every_point_has_eleven_patients_near_it(pair: EffectPair, logistic_study: Study) -> None:
    position = logistic_study.model.feature_names.index("age_years")
    n_measured = int((~np.isnan(logistic_study.matrix[:, position])).sum())
    for effect in (pair.ale, pair.partial):
        assert (effect.density * n_measured > 10.5).all()


def test_ale_is_as_it_is_alone(pair: EffectPair, logistic_study: Study) -> None:
    n = len(logistic_study.cohort)
    alone = estimate_ale(logistic_study, "age_years", scale="log-odds", n_patients=n)
    shared = np.isin(alone.curve.x, pair.ale.curve.x)
    np.testing.assert_allclose(alone.curve.y[shared], pair.ale.curve.y)


def test_few_patients_have_no_curves(logistic_study: Study) -> None:
    few = logistic_study.cohort.select(logistic_study.cohort.patient_ids[:98])
    with pytest.raises(UnsupportedError, match="at least 99 patients"):
        estimate_effect_pair(replace(logistic_study, cohort=few), "age_years")
