"""Exact Shapley values on a curved scale; parity with the formula is tested under parity/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from explainers.attribution import coalition_kernel, coalition_shap
from explainers.attribution.coalition_shap import CoalitionShap, used_features
from explainers.core import Column, Link, Study
from explainers.core.arrays import FloatArray
from explainers.errors import UnsupportedError

Make = Callable[..., Study]


@dataclass(frozen=True)
class WideModel:
    """An additive model of many features; only what ``supports`` asks for."""

    n_features: int
    name: str = "wide"
    link: Link = field(default_factory=lambda: Link("log-odds"))

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(Column(f"x{at}", f"x{at}", "number") for at in range(self.n_features))

    def terms(self, matrix: FloatArray) -> FloatArray:
        return matrix


@pytest.mark.parametrize(
    ("family", "scale"),
    [("xgboost", "risk"), ("forest", "risk"), ("forest", "log-odds"), ("logistic", "risk")],
)
def test_reasons_add_up_on_curved_scales(make_study: Make, family: str, scale: str) -> None:
    """Values computed on the raw score and stretched to the risk would leave a residual."""
    study = make_study(family)
    ids = study.cohort.patient_ids[:15]
    attribution = CoalitionShap().explain(study, study.matrix[:15], ids, scale)
    assert np.abs(attribution.residual()).max() < 1e-9
    np.testing.assert_array_equal(attribution.prediction, study.predict(study.matrix[:15], scale))
    assert attribution.is_exact


def test_a_patient_gets_the_same_reasons_alone_and_among_others(make_study: Make) -> None:
    """State kept from one patient to the next would change the later ones."""
    study = make_study("xgboost")
    ids = study.cohort.patient_ids[:5]
    together = CoalitionShap().explain(study, study.matrix[:5], ids, "risk")
    alone = CoalitionShap().explain(study, study.matrix[4:5], ids[4:], "risk")
    np.testing.assert_array_equal(alone.values[0], together.values[4])


def test_blocks_of_coalitions_give_the_same_values_as_one_block(make_study: Make) -> None:
    """Beyond 11 features the coalitions are cut into blocks; a lost upper bit shifts reasons.

    With the scale left straight the answer is known: a term shared by its players in equal parts.
    """
    make_study("xgboost")
    rng = np.random.default_rng(0)
    straight = coalition_kernel.Bend(
        score_is_probability=False,
        to_risk=False,
        intercept=0.0,
        slope=1.0,
        smallest_probability=1e-6,
    )
    ours, theirs = rng.normal(size=14), rng.normal(size=(3, 14))
    values = coalition_kernel.shapley_of_sums(0.3, ours, theirs, straight)
    np.testing.assert_allclose(values, (ours - theirs).sum(axis=0), atol=1e-10)


def test_a_long_list_of_terms_is_not_cut_off(make_study: Make) -> None:
    """More terms than there is room for at first: those beyond it must not be lost."""
    study = make_study("forest", n_reference=3)
    trees = study.model.trees
    n_copies = 1 + 4 * coalition_kernel.FIRST_ROOM // trees.n_trees
    offsets = np.arange(n_copies)[:, None] * len(trees.feature)
    copied = replace(
        trees,
        feature=np.tile(trees.feature, n_copies),
        threshold=np.tile(trees.threshold, n_copies),
        left=np.where(trees.left < 0, -1, trees.left + offsets).ravel(),
        right=np.where(trees.right < 0, -1, trees.right + offsets).ravel(),
        missing_goes_left=np.tile(trees.missing_goes_left, n_copies),
        value=np.tile(trees.value / n_copies, n_copies),
        cover=np.tile(trees.cover, n_copies),
        roots=(trees.roots + offsets).ravel(),
    )
    patient, references = study.matrix[0], study.reference_matrix
    bend = coalition_shap._bend(study.model.link, "risk")
    expected, found = (
        coalition_kernel.shapley_of_trees(
            coalition_shap._forest(each, np.arange(6)), patient, references, bend
        )
        for each in (trees, copied)
    )
    np.testing.assert_allclose(found, expected, atol=1e-10)


def test_a_model_of_too_many_features_is_refused_and_the_choice_named() -> None:
    """Falling back to sampling without a word would pass estimates off as exact."""
    assert CoalitionShap().supports(WideModel(22), "risk").is_supported
    support = CoalitionShap().supports(WideModel(23), "risk")
    assert not support.is_supported
    assert "permutation" in support.reason


def test_a_straight_scale_is_left_to_the_faster_methods(make_study: Make) -> None:
    study = make_study("xgboost")
    with pytest.raises(UnsupportedError, match="tree-shap"):
        CoalitionShap().explain(study, study.matrix[:1], ("p",), "log-odds")


def test_only_features_that_trees_split_on_count(make_study: Make) -> None:
    """Counting unused features would refuse models that can be explained."""
    model = make_study("xgboost").model
    split_on = set(model.trees.feature.tolist()) - {-1}
    assert set(used_features(model).tolist()) == split_on


def test_without_a_place_to_keep_compiled_code_it_is_compiled_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """numba refuses to load the kernel at all in a container that cannot be written to."""

    def njit(*, cache: bool = False, **_options: object) -> Callable[..., object]:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(coalition_kernel.numba, "njit", njit)
    assert coalition_kernel.compiled(abs) is abs
