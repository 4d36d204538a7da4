from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution.anchor_search import bernoulli_bound
from explainers.attribution.anchors import Anchor, AnchorSettings, find_anchor
from explainers.core import Study
from explainers.core.arrays import FloatArray
from explainers.errors import NotFoundError, SettingsError


class OlderThan:
    """A model that only looks at the age and says 80% above the cut, else 5%."""

    def __init__(self, study: Study, cut: float) -> None:
        self._model = study.model
        self._cut = cut
        self._at = study.model.feature_names.index("age_years")

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)

    def score(self, matrix: FloatArray) -> FloatArray:
        return np.where(matrix[:, self._at] > self._cut, 2.0, -4.0)

    def predict_risk(self, frame: object) -> FloatArray:
        from explainers.core.encoding import encode  # noqa: PLC0415

        return self.link.risk(self.score(encode(frame, self.columns)))


@pytest.fixture(scope="module")
def age_study(nhanes_study: Study) -> Study:
    cut = float(np.quantile(nhanes_study.matrix[:, 0], 0.5, method="inverted_cdf"))
    return replace(nhanes_study, model=OlderThan(nhanes_study, cut))


def patient_aged(study: Study, low: float, high: float) -> str:
    ages = study.matrix[:, 0]
    return study.cohort.patient_ids[int(np.flatnonzero((ages >= low) & (ages < high))[0])]


def test_rule_of_a_one_feature_model_is_that_feature(age_study: Study) -> None:
    """Prevents rules padded with conditions that do nothing, and the wrong side of the cut."""
    older = find_anchor(age_study, patient_aged(age_study, 60, 64))
    assert [(c.feature, c.comparison) for c in older.conditions] == [("age_years", "above")]
    assert older.is_above
    assert older.is_anchor
    assert older.precision.value == 1.0
    assert older.observed_precision.value == 1.0
    younger = find_anchor(age_study, patient_aged(age_study, 37, 40))
    assert [(c.feature, c.comparison) for c in younger.conditions] == [("age_years", "at most")]
    assert not younger.is_above


def test_widest_rule_among_precise_ones_is_chosen(age_study: Study) -> None:
    """A patient of 78 meets "above the median" and "above the third quartile": the first wins."""
    anchor = find_anchor(age_study, patient_aged(age_study, 78, 80))
    cut = float(np.quantile(age_study.matrix[:, 0], 0.5, method="inverted_cdf"))
    assert anchor.conditions[0].value == cut
    covered = (age_study.matrix[:, 0] > cut).sum()
    assert anchor.coverage.n_events == covered


def test_precision_asked_for_is_reached_or_denied(nhanes_study: Study) -> None:
    """Prevents a rule being called an anchor on the strength of its point estimate."""
    for patient_id in nhanes_study.cohort.patient_ids[:2]:
        anchor = find_anchor(nhanes_study, patient_id)
        assert anchor.is_anchor == ((anchor.precision.low or 0) >= 0.95)
        row = nhanes_study.rows_of([patient_id])[0]
        for condition in anchor.conditions:
            at = nhanes_study.model.feature_names.index(condition.feature)
            assert condition.holds(row[at : at + 1]).all()
        assert len(anchor.in_words(nhanes_study.model.columns)) == len(anchor.conditions)
        assert Anchor.from_dict(anchor.to_dict()).to_dict() == anchor.to_dict()


def test_reported_precision_agrees_with_many_fresh_draws(nhanes_study: Study) -> None:
    """Prevents the optimism of reporting the draws by which the rule was chosen."""
    patient_id = nhanes_study.cohort.patient_ids[2]
    anchor = find_anchor(nhanes_study, patient_id)
    large = find_anchor(nhanes_study, patient_id, settings=AnchorSettings(n_final=20_000))
    if anchor.conditions == large.conditions:
        assert (anchor.precision.low or 0) <= (large.precision.value or 0)
        assert (large.precision.value or 0) <= (anchor.precision.high or 1)


def test_empty_rule_where_the_model_never_changes_its_mind(age_study: Study) -> None:
    always = replace(age_study, threshold=0.001)
    anchor = find_anchor(always, always.cohort.patient_ids[0])
    assert anchor.conditions == ()
    assert anchor.coverage.value == 1.0


def test_same_seed_same_rule(heart_study: Study) -> None:
    patient_id = heart_study.cohort.patient_ids[9]
    first, again = (find_anchor(heart_study, patient_id) for _ in range(2))
    assert first.conditions == again.conditions
    assert first.precision == again.precision


def test_small_groups_are_withheld(forest_study: Study) -> None:
    """Prevents a rule so narrow that it points at a handful of people."""
    for patient_id in forest_study.cohort.patient_ids[:6]:
        anchor = find_anchor(forest_study, patient_id, settings=AnchorSettings(most_samples=50))
        for estimate in (anchor.coverage, anchor.observed_precision):
            assert estimate.n is None or estimate.status == "estimated"
        if anchor.coverage.n_events is not None:
            assert anchor.coverage.n_events >= 11


def test_bound_inverts_the_divergence() -> None:
    """Prevents a bound on the wrong side; at mean 0 the upper bound has a closed form."""
    upper = bernoulli_bound(np.array([0.0, 0.5]), np.array([0.1, 0.1]), upper=True)
    lower = bernoulli_bound(np.array([0.5, 1.0]), np.array([0.1, 0.1]), upper=False)
    assert upper[0] == pytest.approx(1 - np.exp(-0.1), abs=1e-6)
    assert lower[1] == pytest.approx(np.exp(-0.1), abs=1e-6)
    assert upper[1] + lower[0] == pytest.approx(1.0, abs=1e-6)


def test_refusals(nhanes_study: Study) -> None:
    with pytest.raises(NotFoundError):
        find_anchor(nhanes_study, "nobody")
    with pytest.raises(SettingsError, match="precision"):
        AnchorSettings(precision=1.0)
    with pytest.raises(SettingsError, match="batch"):
        AnchorSettings(batch=0)
