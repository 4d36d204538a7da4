"""Coverage of the label sets, overall and where it is harder to keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.uncertainty.calibration_split import split_patients
from explainers.uncertainty.conformal import (
    ConformalLabels,
    LabelSets,
    compare_coverage,
    estimate_coverage,
    estimate_label_sets,
)
from explainers.workspace import Workspace


@pytest.fixture(scope="module")
def diabetes() -> Study:
    return Workspace().open_study("diabetes-xgboost", n_reference=10)


def simulated(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A model that is far too sure of itself, and worse for the second group."""
    truth = rng.normal(-1.5, 1.5, n)
    group = np.where(rng.random(n) < 0.3, "b", "a").astype(object)
    labels = (rng.random(n) < 1 / (1 + np.exp(-truth))).astype(np.float64)
    blur = np.where(group == "b", 3.0, 0.5)
    risk = 1 / (1 + np.exp(-3 * (truth + blur * rng.standard_normal(n))))
    return risk, labels, group


def coverage(level: float, *, by_class: bool, by_group: bool) -> dict[str, float]:
    rng = np.random.default_rng(7)
    covered: dict[str, list[float]] = {name: [] for name in ("all", "0", "1", "a", "b")}
    for _ in range(200):
        risk, labels, group = simulated(rng, 700)
        groups = group if by_group else np.full(700, "everybody", dtype=object)
        predictor = ConformalLabels.fit(
            risk[:400], labels[:400], groups=groups[:400], by_class=by_class
        )
        sets = LabelSets(predictor.p_values(risk[400:], groups[400:]), level)
        held = sets.covers(labels[400:])
        covered["all"].append(held.mean())
        for name, where in (
            ("0", labels[400:] == 0),
            ("1", labels[400:] == 1),
            ("a", group[400:] == "a"),
            ("b", group[400:] == "b"),
        ):
            covered[name].append(held[where].mean())
    return {name: float(np.mean(values)) for name, values in covered.items()}


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_the_promise_holds_for_a_model_that_is_too_sure(level: float) -> None:
    """Taking the model's own probabilities at their word would cover far less."""
    assert level - 0.005 <= coverage(level, by_class=False, by_group=False)["all"] <= level + 0.015


def test_class_conditional_sets_cover_events_too() -> None:
    """Overall coverage can be kept by always answering "no event"."""
    pooled = coverage(0.9, by_class=False, by_group=False)
    by_class = coverage(0.9, by_class=True, by_group=False)
    assert pooled["1"] < 0.8
    assert by_class["1"] == pytest.approx(0.9, abs=0.02)
    assert by_class["0"] == pytest.approx(0.9, abs=0.02)


def test_group_conditional_sets_cover_the_worse_group() -> None:
    pooled = coverage(0.9, by_class=False, by_group=False)
    by_group = coverage(0.9, by_class=False, by_group=True)
    assert pooled["b"] < 0.85
    assert by_group["b"] == pytest.approx(0.9, abs=0.02)
    assert by_group["a"] == pytest.approx(0.9, abs=0.02)


def test_held_out_patients_are_covered_overall_and_by_group(diabetes: Study) -> None:
    sets = estimate_label_sets(diabetes, level=0.9)
    estimate = estimate_coverage(sets.covers(diabetes.labels), diabetes.labels)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low < 0.9 < estimate.high
    table = compare_coverage(diabetes, sets, "sex")
    assert table.overall.value == pytest.approx(estimate.value)
    assert sum(part.n or 0 for _, part in table.groups) == len(diabetes.labels)


def test_group_conditional_sets_on_held_out_patients(diabetes: Study) -> None:
    sets = estimate_label_sets(diabetes, level=0.9, group_name="sex")
    for _, part in compare_coverage(diabetes, sets, "sex").groups:
        assert part.low is not None
        assert part.high is not None
        assert part.low - 0.01 < 0.9 < part.high + 0.01


def test_nobody_is_judged_on_what_calibrated_it(diabetes: Study) -> None:
    """A patient's own outcome must not enter their own set: turn it round and nothing moves."""
    split = split_patients(diabetes.is_labelled, seed=diabetes.seed)
    assert not (split.is_calibration & split.is_evaluation).any()
    before = estimate_label_sets(diabetes)
    turned = diabetes.labels.copy()
    turned[0] = 1 - turned[0]
    other = replace(diabetes)
    other.__dict__["labels"] = turned
    after = estimate_label_sets(other)
    assert np.array_equal(before.p_values[0], after.p_values[0])
    assert not np.array_equal(before.p_values, after.p_values)


def test_sets_shrink_as_the_promise_does(diabetes: Study) -> None:
    strict, loose = (estimate_label_sets(diabetes, level=level) for level in (0.99, 0.7))
    assert (strict.sizes >= loose.sizes).all()
    assert strict.sizes.mean() > loose.sizes.mean()
    assert list(strict.to_frame().columns) == [
        "p_no_event",
        "p_event",
        "has_no_event",
        "has_event",
    ]


def test_too_few_of_a_kind_are_refused() -> None:
    risk, labels = np.linspace(0, 1, 100), np.zeros(100)
    labels[:5] = 1.0
    with pytest.raises(SettingsError, match="20 calibration patients"):
        ConformalLabels.fit(risk, labels)
    with pytest.raises(SettingsError, match="of this group"):
        ConformalLabels.fit(risk, labels, by_class=False).p_values(
            risk[:1], np.array(["unseen"], dtype=object)
        )
    with pytest.raises(SettingsError, match="labelled patients each"):
        split_patients(np.ones(30, dtype=bool))


def test_no_patient_is_not_estimable() -> None:
    empty = estimate_coverage(np.zeros(0, dtype=bool), np.zeros(0))
    assert empty.status == "not_estimable"
