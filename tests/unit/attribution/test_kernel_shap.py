"""Kernel SHAP; parity with shap and with exact values is tested under parity/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from explainers.attribution import kernel_shap
from explainers.attribution.coalition_shap import CoalitionShap
from explainers.attribution.kernel_shap import KernelShap
from explainers.attribution.permutation_shap import PermutationShap
from explainers.core import Attribution, Study
from explainers.core.arrays import FloatArray
from explainers.errors import CancelledError, SettingsError

Make = Callable[..., Study]
SAMPLING = (KernelShap, PermutationShap)


@dataclass(frozen=True)
class Counter:
    """Passes everything on to a model and counts the predictions, call by call."""

    model: Any
    calls: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def score(self, matrix: FloatArray) -> FloatArray:
        self.calls.append(len(matrix))
        scored: FloatArray = self.model.score(matrix)
        return scored


@dataclass(frozen=True)
class Wide:
    """The same model with further features that it does not look at: no coalition is left out."""

    model: Any
    n_more: int = 8

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    @property
    def columns(self) -> tuple[Any, ...]:
        own = self.model.columns
        return (*own, *(replace(own[0], name=f"more{at}") for at in range(self.n_more)))

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def score(self, matrix: FloatArray) -> FloatArray:
        scored: FloatArray = self.model.score(matrix[:, : -self.n_more])
        return scored


def explain(study: Study, method: Any = KernelShap(), at: int = 0) -> Attribution:  # noqa: B008
    ids = study.cohort.patient_ids[at : at + 1]
    return method.explain(study, study.matrix[at : at + 1], ids, "risk")


def widened(study: Study) -> Study:
    """14 features, 8 of them copies of the age that only the study knows."""
    cohorts = []
    for cohort in (study.cohort, study.reference):
        frame = cohort.frame.assign(**{f"more{at}": cohort.frame["age"] for at in range(8)})
        cohorts.append(replace(cohort, frame=frame, digest=""))
    return replace(study, model=Wide(study.model), cohort=cohorts[0], reference=cohorts[1])


@pytest.mark.parametrize("family", ["xgboost", "forest", "logistic"])
def test_with_all_coalitions_the_values_are_exact(make_study: Make, family: str) -> None:
    """A weight or coalition lost would move single values and leave their sum."""
    study = make_study(family)
    found, exact = explain(study), explain(study, CoalitionShap())
    np.testing.assert_allclose(found.values, exact.values, atol=1e-12)
    assert found.is_exact
    assert not found.std_error.any()
    assert found.provenance.settings["coalitions"] == "all"
    assert np.abs(found.residual()).max() < 1e-12


def test_sampled_reasons_add_up_and_do_not_pass_for_exact(make_study: Make) -> None:
    found = explain(widened(make_study("forest")), KernelShap(300))
    assert np.abs(found.residual()).max() < 1e-12
    assert not found.is_exact
    assert found.provenance.settings["n_coalitions"] == 300
    assert "drawn" in found.provenance.settings["coalitions"]


def test_the_sampling_error_covers_the_exact_values(make_study: Make) -> None:
    """Errors that take the listed coalitions for drawn would be too wide; errors from residuals
    that the regression has already made small, too narrow."""
    study = widened(make_study("forest", n_reference=8))
    exact = explain(study, KernelShap(2**14)).values[0]
    scores = []
    for seed in range(100):
        sampled = explain(replace(study, seed=seed), KernelShap(300))
        scores.append((sampled.values[0] - exact) / sampled.std_error[0])
    covered = (np.abs(scores) < 1.96).mean()
    assert 0.92 < covered < 0.98
    assert np.abs(np.mean(scores, axis=0)).max() < 0.4


def test_four_times_as_many_draws_about_halve_the_error(make_study: Make) -> None:
    study = widened(make_study("forest", n_reference=8))
    few, many = (explain(study, KernelShap(n)).std_error.sum() for n in (500, 2000))
    assert 1.6 < few / many < 3.0


def test_a_feature_in_which_nobody_differs_gets_nothing(make_study: Make) -> None:
    """Draws would else give it a share, and half of the coalitions would be wasted."""
    study = make_study("forest")
    same = study.reference.frame.assign(age=study.cohort.frame["age"].iloc[0])
    study = replace(study, reference=replace(study.reference, frame=same, digest=""))
    found = explain(study)
    assert found.values[0, 0] == found.std_error[0, 0] == 0.0
    assert found.provenance.settings["n_coalitions"] == 2**5 - 2


def test_a_patient_compared_with_herself_has_no_reasons(make_study: Make) -> None:
    """No feature differs, then one: there is no regression to solve."""
    study = make_study("forest")
    self_only = study.cohort.select(study.cohort.patient_ids[:1])
    found = explain(replace(study, reference=self_only))
    assert not found.values.any()
    frame = self_only.frame.assign(age=self_only.frame["age"] + 1)
    one = explain(replace(study, reference=replace(self_only, frame=frame, digest="")))
    assert one.values[0, 0] == pytest.approx(one.prediction[0] - one.baseline[0])
    assert not one.values[0, 1:].any()


@pytest.mark.parametrize("method", [KernelShap(300), KernelShap(128)])
def test_the_seed_decides_and_nothing_else(make_study: Make, method: KernelShap) -> None:
    """A patient's reasons must not depend on who else is explained, nor on earlier calls."""
    study = widened(make_study("forest", n_reference=8))
    ids = study.cohort.patient_ids[:3]
    together = method.explain(study, study.matrix[:3], ids, "risk")
    np.testing.assert_array_equal(explain(study, method, at=2).values[0], together.values[2])
    other = explain(replace(study, seed=1), method, at=2)
    assert (other.values[0] != together.values[2]).any()


@pytest.mark.parametrize("chunk", [7, 100])
def test_predicting_in_small_parts_changes_nothing_and_bounds_memory(
    make_study: Make, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """Parts that cut through the reference patients of a coalition must add up again."""
    study = make_study("forest")
    whole = explain(study)
    monkeypatch.setattr(kernel_shap, "CHUNK_ROWS", chunk)
    counter = Counter(study.model)
    parts = explain(replace(study, model=counter))
    np.testing.assert_allclose(parts.values, whole.values, atol=1e-13)
    assert max(counter.calls) <= max(chunk, len(study.reference))


@pytest.mark.parametrize("method", SAMPLING)
def test_the_budget_is_kept_and_used(make_study: Make, method: Any) -> None:
    """A budget that is passed or left unspent would not be one."""
    study = widened(make_study("forest", n_reference=8))
    counter = Counter(study.model)
    found = explain(replace(study, model=counter), method(budget=6000))
    spent = sum(counter.calls) - len(study.reference) - 1
    assert 0.9 * 6000 < spent <= 6000
    assert np.abs(found.residual()).max() < 1e-12


@pytest.mark.parametrize("method", SAMPLING)
def test_a_budget_too_small_for_a_sampling_error_is_refused(make_study: Make, method: Any) -> None:
    with pytest.raises(SettingsError, match=r"budget of at least [\d,]+ predictions.*got 10\)"):
        explain(make_study("forest"), method(budget=10))


@pytest.mark.parametrize("method", SAMPLING)
def test_progress_ends_at_all_predictions(make_study: Make, method: Any) -> None:
    """Prevents a bar that ends early, goes back or stays below the end."""
    study = make_study("logistic")
    told: list[tuple[int, int]] = []
    counter = Counter(study.model)
    watched = method(progress=lambda done, of: told.append((done, of)))
    ids = study.cohort.patient_ids[:3]
    watched.explain(replace(study, model=counter), study.matrix[:3], ids, "risk")
    done = [each for each, _ in told]
    assert done == sorted(done)
    assert {of for _, of in told} == {done[-1]}
    assert done[-1] == sum(counter.calls) - len(study.reference) - 3


@pytest.mark.parametrize("method", SAMPLING)
def test_whoever_waits_can_stop_it(make_study: Make, method: Any) -> None:
    def stop(done: int, of: int) -> None:
        raise CancelledError("stopped by the user", value=f"{done} of {of}")

    with pytest.raises(CancelledError, match="stopped by the user"):
        explain(make_study("logistic"), method(progress=stop))


@pytest.mark.parametrize("method", SAMPLING)
def test_a_listener_does_not_make_another_method(method: Any) -> None:
    """What is cached for a method must be found again by a page that watches."""
    assert method(progress=print) == method()
    assert hash(method(progress=print)) == hash(method())
