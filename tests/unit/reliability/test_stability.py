"""Reasons that are known to be steady, and reasons that are known to be noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from explainers.attribution.attributor import SUPPORTED, Setting, Support
from explainers.attribution.lime_tabular import LimeTabular
from explainers.attribution.permutation_shap import PermutationShap
from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.reliability.plausible_changes import MeasurementError, NeighbourValues
from explainers.reliability.stability import (
    Repeats,
    estimate_change_stability,
    estimate_reference_stability,
    estimate_seed_stability,
)


@dataclass(frozen=True)
class Noise:
    """Reasons that have nothing to do with anything."""

    slug: str = "noise"
    label: str = "Noise"
    settings: tuple[Setting, ...] = ()

    def supports(self, model: RiskModel, scale: Scale) -> Support:  # noqa: ARG002
        return SUPPORTED

    def explain(
        self, study: Study, rows: FloatArray, patient_ids: tuple[str, ...], scale: Scale
    ) -> Attribution:
        prediction = study.predict(rows, scale)
        return Attribution(
            values=np.random.default_rng(study.seed).standard_normal(rows.shape),
            baseline=np.zeros(len(rows)),
            prediction=prediction,
            scale=scale,
            feature_names=study.model.feature_names,
            patient_ids=patient_ids,
            method=self.slug,
            is_exact=False,
            provenance=study.provenance(self.slug),
            feature_values=rows,
        )


def linear(matrix: FloatArray) -> FloatArray:
    return matrix @ np.array([3.0, -2.0, 1.0, 0.5, 0.0])


def test_noise_is_unstable_over_seeds(rule_study: Callable[..., Study]) -> None:
    """Two random top twos of five overlap by 11/30 on average; a report near 1 would be blind."""
    report = estimate_seed_stability(
        rule_study(linear), Noise(), "p30", repeats=Repeats(n=100, k=2)
    )
    assert report.top_overlap.value == pytest.approx(11 / 30, abs=0.1)
    assert report.rank_correlation.value == pytest.approx(0.0, abs=0.15)
    assert report.to_frame()["sign_share"].mean() == pytest.approx(0.5, abs=0.1)


def test_sampling_without_error_is_stable_over_seeds(rule_study: Callable[..., Study]) -> None:
    """On a linear model every order gives the same contributions, so seeds cannot matter."""
    report = estimate_seed_stability(
        rule_study(linear), PermutationShap(100), "p30", scale="log-odds", repeats=Repeats(n=5)
    )
    assert report.top_overlap.value == 1.0
    assert report.to_frame()["spread"].max() < 1e-12


def test_few_lime_samples_are_less_stable_than_many(heart: Study) -> None:
    few, many = (
        estimate_seed_stability(
            heart, LimeTabular(n), heart.cohort.patient_ids[0], repeats=Repeats(n=6)
        )
        .to_frame()["spread"]
        .mean()
        for n in (500, 20_000)
    )
    assert few > 2 * many


def test_lime_under_many_seeds_together_is_lime_under_each(heart: Study) -> None:
    """Prevents a shortcut that reports on other seeds, or on no seeds, than it says."""
    patient = heart.cohort.patient_ids[3]
    told: list[tuple[int, int]] = []
    report = estimate_seed_stability(
        heart,
        LimeTabular(500),
        patient,
        repeats=Repeats(n=7),
        progress=lambda done, total: told.append((done, total)),
    )
    for at, repeat in enumerate(report.repeats, start=1):
        alone = LimeTabular(500).explain(
            replace(heart, seed=heart.seed + at), heart.rows_of([patient]), (patient,), "risk"
        )
        np.testing.assert_array_equal(repeat, alone.values[0])
        assert report.predictions[at - 1] == alone.prediction[0]
    assert told == [(at, 7) for at in range(1, 8)]


def test_other_reference_patients_move_an_exact_method(rule_study: Callable[..., Study]) -> None:
    """An exact method is silent about its one free choice unless it is varied."""
    study = rule_study(linear)
    report = estimate_reference_stability(
        study, PermutationShap(100), "p30", scale="log-odds", repeats=Repeats(n=30)
    )
    spread = report.to_frame()["spread"].to_numpy()
    expected = np.array([3.0, 2.0, 1.0, 0.5, 0.0]) / np.sqrt(20)
    assert spread == pytest.approx(expected, rel=0.45)


def test_a_small_change_moves_linear_reasons_by_its_own_size(
    rule_study: Callable[..., Study],
) -> None:
    report = estimate_change_stability(
        rule_study(linear),
        PermutationShap(100),
        "p30",
        scale="log-odds",
        repeats=Repeats(n=200),
        change=MeasurementError(0.05),
    )
    spread = report.to_frame()["spread"].to_numpy()
    assert spread == pytest.approx([0.15, 0.1, 0.05, 0.025, 0.0], rel=0.2)
    assert report.varied == "measurement error"


def test_measurement_error_keeps_kinds_levels_gaps_and_ranges(diabetes: Study) -> None:
    """A patient of 54.3 years, or of half a sex, was never measured."""
    with_gap = diabetes.matrix[np.flatnonzero(np.isnan(diabetes.matrix).any(axis=1))[0]]
    drawn = MeasurementError(0.5).draw(diabetes, with_gap, 200)
    for at, column in enumerate(diabetes.model.columns):
        values = drawn[:, at]
        if np.isnan(with_gap[at]) or not column.is_numeric:
            assert np.array_equal(values, np.full(200, with_gap[at]), equal_nan=True)
            continue
        known = diabetes.matrix[:, at]
        assert values.min() >= np.nanmin(known)
        assert values.max() <= np.nanmax(known)
        if column.kind == "integer":
            assert np.array_equal(values, np.round(values))
    assert len(np.unique(drawn[:, 0])) > 5


def test_neighbour_values_are_values_of_real_patients(diabetes: Study) -> None:
    drawn = NeighbourValues(0.5).draw(diabetes, diabetes.matrix[3], 100)
    for at in range(drawn.shape[1]):
        assert np.isin(drawn[:, at], np.append(diabetes.matrix[:, at], np.nan)).all() or (
            np.isnan(diabetes.matrix[3, at])
        )
    assert (drawn != diabetes.matrix[3]).any()


def test_the_same_seed_gives_the_same_report(rule_study: Callable[..., Study]) -> None:
    first, again = (
        estimate_change_stability(rule_study(linear), Noise(), "p1").to_dict() for _ in range(2)
    )
    first.pop("provenance")
    again.pop("provenance")
    assert first == again


def test_progress_is_told_after_each_repeat(rule_study: Callable[..., Study]) -> None:
    told: list[tuple[int, int]] = []
    estimate_seed_stability(
        rule_study(linear),
        Noise(),
        "p1",
        repeats=Repeats(n=5),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(at, 5) for at in range(1, 6)]


def test_impossible_settings_are_refused(rule_study: Callable[..., Study]) -> None:
    with pytest.raises(SettingsError, match="at least 5 repeats"):
        Repeats(n=2)
    with pytest.raises(SettingsError, match="size above 0"):
        MeasurementError(0.0).draw(rule_study(linear), np.zeros(5), 3)
    study = rule_study(linear)
    alone = replace(study, cohort=study.cohort.select(["p1"]))
    with pytest.raises(SettingsError, match="other patients"):
        NeighbourValues().draw(alone, alone.matrix[0], 3)
