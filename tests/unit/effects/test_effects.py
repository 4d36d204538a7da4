"""Effect curves on models whose answer is known in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from explainers.core import Cohort, CohortFacts, Column, Link, Outcome, Schema, Study
from explainers.core.arrays import FloatArray
from explainers.core.schema import Condition
from explainers.effects import (
    Effect,
    choose_effect,
    estimate_ale,
    estimate_ice,
    estimate_partial_dependence,
    seen_grid,
    seen_range,
)
from explainers.errors import NotFoundError, SettingsError, UnsupportedError

LOG_ODDS = Link("log-odds")


@dataclass(frozen=True)
class FormulaModel:
    """A model whose log-odds are a given formula of the encoded patients."""

    columns: tuple[Column, ...]
    formula: Callable[[FloatArray], FloatArray]
    name: str = "formula"
    version: str = "1"
    family: str = "formula"
    digest: str = "0"
    link: Link = LOG_ODDS

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def score(self, matrix: FloatArray) -> FloatArray:
        return self.formula(matrix)

    def predict_risk(self, frame: pd.DataFrame) -> FloatArray:
        raise NotImplementedError


NUMBERS = tuple(Column(name, name.upper(), "number", decimals=2) for name in ("a", "b", "c"))
CITY = Column("city", "City", "category", levels=("north", "south", "west"))
OUTCOME = Outcome("sick", "Sick", "are sick", "now", (Condition("y", at_least=1),))


def make_study(
    values: dict[str, object], columns: tuple[Column, ...], formula: Callable[..., FloatArray]
) -> Study:
    frame = pd.DataFrame(values)
    frame["y"] = 0.0
    frame.index = pd.Index([f"P{row}" for row in range(len(frame))])
    schema = Schema(
        CohortFacts("made", "Made", ""),
        "patient_id",
        (*columns, Column("y", "Y", "number", role="outcome")),
        (OUTCOME,),
    )
    cohort = Cohort(frame, schema)
    return Study(FormulaModel(columns, formula), cohort, cohort, "sick", 0.3)


@pytest.fixture(scope="module")
def correlated_study() -> Study:
    """b is a plus a little noise, and the model multiplies them."""
    rng = np.random.default_rng(3)
    a = rng.uniform(0, 1, 2000)
    values = {"a": a, "b": a + rng.normal(0, 0.02, 2000), "c": rng.normal(size=2000)}
    return make_study(values, NUMBERS, lambda m: m[:, 0] * m[:, 1])


def slope_of(effect: Effect) -> FloatArray:
    return np.diff(effect.curve.y) / np.diff(effect.curve.x)


def test_ale_of_linear_model_is_its_coefficient_despite_correlation() -> None:
    """Prevents a curve that credits a feature with its correlated partner's coefficient."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=800)
    values = {"a": a, "b": a + 0.1 * rng.normal(size=800), "c": rng.normal(size=800)}
    study = make_study(values, NUMBERS, lambda m: 2 * m[:, 0] - 5 * m[:, 1] + m[:, 2])
    for feature, slope in (("a", 2.0), ("b", -5.0), ("c", 1.0)):
        ale = estimate_ale(study, feature, scale="log-odds")
        np.testing.assert_allclose(slope_of(ale), slope, atol=1e-9)


def test_ale_of_product_follows_the_local_slope_where_partial_dependence_is_misled(
    correlated_study: Study,
) -> None:
    """With b = a, moving a changes a*b by a per unit: ALE bends, partial dependence is straight."""
    ale = estimate_ale(correlated_study, "a", scale="log-odds", n_patients=2000)
    middle = (ale.curve.x[1:] + ale.curve.x[:-1]) / 2
    np.testing.assert_allclose(slope_of(ale), middle, atol=0.03)
    dependence = estimate_partial_dependence(correlated_study, "a", scale="log-odds")
    np.testing.assert_allclose(slope_of(dependence), slope_of(dependence)[0], atol=1e-9)
    assert abs(slope_of(dependence)[0] - middle[0]) > 0.3


def test_partial_dependence_is_misled_by_a_corner_without_patients() -> None:
    """A model that is wild only where nobody is: ALE is flat, partial dependence is not."""
    rng = np.random.default_rng(5)
    a = rng.uniform(0, 1, 1000)
    values = {"a": a, "b": a + rng.normal(0, 0.01, 1000), "c": rng.normal(size=1000)}
    study = make_study(values, NUMBERS, lambda m: 10.0 * (np.abs(m[:, 0] - m[:, 1]) > 0.4))
    assert np.ptp(estimate_ale(study, "a", scale="log-odds").curve.y) == 0.0
    assert np.ptp(estimate_partial_dependence(study, "a", scale="log-odds").curve.y) > 2.0
    assert choose_effect(study, "a").method == "ale"


def test_ale_averages_zero_over_the_patients() -> None:
    """Prevents a curve centred over the grid instead of over the people."""
    rng = np.random.default_rng(1)
    values = {name: rng.exponential(size=500) for name in "abc"}
    study = make_study(values, NUMBERS, lambda m: m[:, 0])
    ale = estimate_ale(study, "a", scale="log-odds")
    own = study.matrix[:, 0]
    inside = own[(own >= ale.curve.x[0]) & (own <= ale.curve.x[-1])]
    at = np.maximum(np.searchsorted(ale.curve.x, inside), 1)
    mean = (ale.curve.y[at] + ale.curve.y[at - 1]).mean() / 2
    assert mean == pytest.approx(0.0, abs=1e-12)


def test_ale_of_levels_steps_by_their_effect_and_is_weighted_by_patients() -> None:
    """Prevents levels treated as numbers, and a centre that counts each level once."""
    rng = np.random.default_rng(2)
    codes = rng.choice(3, 600, p=[0.7, 0.2, 0.1])
    effects = np.array([0.0, 1.0, -2.0])
    values = {
        "city": pd.Categorical.from_codes(codes, categories=list(CITY.levels)),
        "a": rng.normal(size=600),
    }
    study = make_study(values, (CITY, NUMBERS[0]), lambda m: effects[m[:, 0].astype(int)] + m[:, 1])
    ale = estimate_ale(study, "city", scale="log-odds", n_patients=600)
    expected = effects - effects[codes].mean()
    np.testing.assert_allclose(ale.curve.y, expected, atol=1e-9)
    assert ale.levels == CITY.levels


def test_ice_passes_through_the_patient_and_marks_them(nhanes_study: Study) -> None:
    """Prevents a mark that does not lie on its curve."""
    patient_id = nhanes_study.cohort.patient_ids[7]
    ice = estimate_ice(nhanes_study, patient_id, "age_years")
    at = np.flatnonzero(ice.curve.x == ice.patient_value)
    assert ice.curve.y[at] == pytest.approx([ice.patient_prediction])
    assert ice.patient_prediction == pytest.approx(nhanes_study.risk[7])


def test_partial_dependence_is_the_mean_of_ice_curves(nhanes_study: Study) -> None:
    dependence = estimate_partial_dependence(nhanes_study, "snoring", n_patients=40, seed=9)
    rows = np.sort(np.random.default_rng(9).choice(len(nhanes_study.cohort), 40, replace=False))
    curves = [estimate_ice(nhanes_study, nhanes_study.matrix[row], "snoring") for row in rows]
    mean = np.mean([ice.curve.y for ice in curves], axis=0)
    np.testing.assert_allclose(dependence.curve.y, mean, atol=1e-12)
    assert (dependence.curve.low <= mean).all()
    assert (dependence.curve.high >= mean).all()


def test_curves_stay_inside_what_is_seen(nhanes_study: Study) -> None:
    """Prevents a curve drawn to the extremes that one recording error makes."""
    for effect in (
        estimate_ale(nhanes_study, "bmi_kg_m2"),
        estimate_partial_dependence(nhanes_study, "bmi_kg_m2", n_patients=50),
    ):
        values = nhanes_study.matrix[:, nhanes_study.model.feature_names.index("bmi_kg_m2")]
        assert effect.curve.x[0] >= np.nanmin(values)
        assert effect.curve.x[-1] < np.nanquantile(values, 0.999)
        assert effect.density.sum() == pytest.approx(1.0)


def test_same_seed_same_curve_other_seed_other_patients(nhanes_study: Study) -> None:
    first, again, other = (
        estimate_ale(nhanes_study, "hdl_cholesterol_mg_dl", seed=seed).curve.y for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()


def test_choice_finds_the_partner_of_either_sign_and_of_levels(nhanes_study: Study) -> None:
    """Prevents a rule that overlooks negative correlations or categories."""
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 3, 500)
    values = {
        "a": -np.exp(codes == 1) + 0.01 * rng.normal(size=500),
        "city": pd.Categorical.from_codes(codes, categories=list(CITY.levels)),
        "b": rng.normal(size=500),
    }
    study = make_study(values, (NUMBERS[0], CITY, NUMBERS[1]), lambda m: m[:, 0])
    choice = choose_effect(study, "a")
    assert (choice.method, choice.partner) == ("ale", "city")
    assert choice.correlation < -0.5
    assert choose_effect(study, "b").method == "partial-dependence"
    assert choose_effect(nhanes_study, "bmi_kg_m2").partner == "waist_cm"


@pytest.mark.parametrize("maker", [estimate_ale, estimate_partial_dependence])
def test_round_trip(nhanes_study: Study, maker: Callable[..., Effect]) -> None:
    effect = maker(nhanes_study, "general_health", n_patients=60)
    assert Effect.from_dict(effect.to_dict()).to_dict() == effect.to_dict()
    assert list(effect.to_frame().columns) == [
        "feature", "level", "x", "y", "low", "high", "density",
    ]  # fmt: skip


def test_missing_value_of_the_patient_leaves_the_curve_and_no_mark(nhanes_study: Study) -> None:
    row = nhanes_study.matrix[0].copy()
    row[0] = np.nan
    ice = estimate_ice(nhanes_study, row, "age_years")
    assert ice.patient_value is not None
    assert np.isnan(ice.patient_value)
    assert np.isfinite(ice.curve.y).all()
    assert np.isnan(Effect.from_dict(ice.to_dict()).patient_value or 0.0)


def test_refusals_name_the_rule(nhanes_study: Study) -> None:
    with pytest.raises(SettingsError, match="feature of the model"):
        estimate_ale(nhanes_study, "race")
    with pytest.raises(NotFoundError, match="held-out"):
        estimate_ice(nhanes_study, "nobody", "age_years")
    with pytest.raises(SettingsError, match="one per feature"):
        estimate_ice(nhanes_study, np.zeros(3), "age_years")
    with pytest.raises(SettingsError, match="at least 2 patients"):
        estimate_partial_dependence(nhanes_study, "age_years", n_patients=1)
    with pytest.raises(SettingsError, match="at least 2 points"):
        seen_grid(np.arange(3.0), NUMBERS[0], 1)
    with pytest.raises(UnsupportedError, match="no patient has"):
        seen_range(np.array([np.nan]), NUMBERS[0])
    constant = make_study({"a": np.ones(50), "b": np.arange(50.0)}, NUMBERS[:2], lambda m: m[:, 0])
    with pytest.raises(UnsupportedError, match="at least two"):
        estimate_ale(constant, "a")
    assert choose_effect(constant, "a").partner == ""
