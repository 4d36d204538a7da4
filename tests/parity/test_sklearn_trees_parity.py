"""SHAP values of every scikit-learn tree family beside shap's own reading of the estimator."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations
from math import factorial
from typing import Any, NamedTuple

import numpy as np
import pytest
import skops.io

from explainers.attribution.kernel import build_tables, explain_rows
from explainers.attribution.shap_package import load_shap, shap_of_trees
from explainers.core import Column, Link
from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity

P = 5
LEVEL = 2
LEVELS = tuple("uvwxyz")
BOOSTED = {"n_trees": 12, "max_depth": 4, "learning_rate": 0.3}
VOTING = {"n_trees": 8, "max_depth": 6}
PARAMETERS = {
    "random-forest": VOTING,
    "extra-trees": VOTING,
    "decision-tree": {"max_depth": 6},
    "gradient-boosting": BOOSTED,
    "hist-gradient-boosting": BOOSTED,
}


class Trained(NamedTuple):
    """A model as it comes out of its file, and the library's own estimator."""

    model: Any
    native: Any
    patients: FloatArray
    reference: FloatArray


def make_patients(n: int, decimals: int) -> tuple[FloatArray, FloatArray]:
    """A category that matters without order among numbers, and no missing value yet."""
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(n, P)).round(decimals)
    matrix[:, LEVEL] = rng.integers(len(LEVELS), size=n)
    signal = matrix[:, 0] + matrix[:, 1] * matrix[:, 3] + 2 * np.isin(matrix[:, LEVEL], [0, 3, 4])
    return matrix, (signal + rng.normal(size=n) > 1).astype(np.float64)


def train(
    family: str, *, has_category: bool = False, missing: float = 0.0, decimals: int = 1
) -> Trained:
    """Values of one decimal often equal a threshold, which is the middle of two others."""
    matrix, labels = make_patients(500, decimals)
    matrix[np.random.default_rng(5).random(matrix.shape) < missing] = np.nan
    columns = tuple(
        Column(f"f{at}", f"F{at}", "category", levels=LEVELS)
        if has_category and at == LEVEL
        else Column(f"f{at}", f"F{at}", "number")
        for at in range(P)
    )
    found = FAMILIES[family]
    identity = Identity("toy", "1", "", columns, Link(found.score_kind))
    content = found.fit(matrix, labels, identity, PARAMETERS[family], 0)
    native = skops.io.loads(content, trusted=skops.io.get_untrusted_types(data=content))
    return Trained(found.load(content, identity), native, matrix[:12], matrix[100:125])


def native_score(native: Any, matrix: FloatArray) -> FloatArray:
    if hasattr(native, "decision_function"):
        return np.asarray(native.decision_function(matrix), dtype=np.float64)
    return np.asarray(native.predict_proba(matrix)[:, 1], dtype=np.float64)


@pytest.mark.parametrize("is_interventional", [False, True])
@pytest.mark.parametrize("family", PARAMETERS)
def test_values_are_those_of_shap_on_the_estimator(family: str, is_interventional: bool) -> None:  # noqa: FBT001
    """shap reads the estimator by itself: a lost prior, learning rate or cover would show.

    No value equals a threshold here: shap rounds scikit-learn's thresholds to single precision,
    and its values then do not even add up to the estimator's score.
    """
    # The histogram family takes quantiles, which can be values, only where values are many.
    trained = train(family, decimals=1 if family == "hist-gradient-boosting" else 9)
    shap = load_shap()
    reference = trained.reference if is_interventional else None
    masker = None if reference is None else shap.maskers.Independent(reference, len(reference))
    perturbation = "interventional" if is_interventional else "tree_path_dependent"
    explainer = shap.TreeExplainer(trained.native, masker, feature_perturbation=perturbation)
    theirs = explainer.shap_values(trained.patients)
    base = np.ravel(explainer.expected_value)[-1]
    theirs = theirs[:, :, 1] if theirs.ndim == 3 else theirs
    trees = trained.model.trees
    kernel, kernel_base = explain_rows(build_tables(trees, reference), trained.patients)
    package, package_base = shap_of_trees(trees, trained.patients, reference)
    np.testing.assert_allclose(kernel, theirs, atol=1e-5)
    np.testing.assert_allclose(package, theirs, atol=1e-5)
    assert kernel_base == pytest.approx(base, abs=1e-5)
    assert package_base == pytest.approx(base, abs=1e-5)


@pytest.mark.parametrize("has_category", [False, True])
@pytest.mark.parametrize("family", [name for name in PARAMETERS if name != "gradient-boosting"])
def test_interventional_values_with_gaps_are_shapleys_on_the_estimator(
    family: str,
    has_category: bool,  # noqa: FBT001
) -> None:
    """shap sends missing values of scikit-learn's trees right whatever was learnt, and knows no
    sets of levels; Shapley's formula on the library's own score knows both."""
    trained = train(family, has_category=has_category, missing=0.1)
    patients, reference = trained.patients[:4], trained.reference
    assert np.isnan(patients).any()
    expected = np.array(
        [shapley(partial(on_estimator, trained.native, row, reference)) for row in patients]
    )
    values, _ = explain_rows(build_tables(trained.model.trees, reference), patients)
    np.testing.assert_allclose(values, expected, atol=1e-9)
    values, _ = shap_of_trees(trained.model.trees, patients, reference)
    np.testing.assert_allclose(values, expected, atol=1e-5)


def shapley(worth: Callable[[tuple[int, ...]], float]) -> FloatArray:
    """Shapley's formula, for a game given by the worth of each set of features."""
    known = {kept: worth(kept) for size in range(P + 1) for kept in combinations(range(P), size)}
    values = np.zeros(P)
    for kept, without in known.items():
        weight = factorial(len(kept)) * factorial(max(P - len(kept) - 1, 0)) / factorial(P)
        for feature in set(range(P)) - set(kept):
            values[feature] += weight * (known[tuple(sorted((*kept, feature)))] - without)
    return values


def on_estimator(
    native: Any, row: FloatArray, reference: FloatArray, kept: tuple[int, ...]
) -> float:
    """Mean score of the reference patients with the patient's values of the kept features."""
    mixed = reference.copy()
    mixed[:, list(kept)] = row[list(kept)]
    return float(native_score(native, mixed).mean())


def test_path_dependent_values_of_level_sets_are_shapleys_on_the_records() -> None:
    """Walks scikit-learn's records, bit sets and counts themselves; shap cannot read them."""
    trained = train("hist-gradient-boosting", has_category=True, missing=0.1)
    assert any(predictor.nodes["is_categorical"].any() for (predictor,) in records(trained))
    for row in trained.patients[:4]:
        expected = shapley(partial(on_records, trained, row))
        values, base = explain_rows(build_tables(trained.model.trees), row[None, :])
        np.testing.assert_allclose(values[0], expected, atol=1e-9)
        assert base == pytest.approx(on_records(trained, row, ()), abs=1e-9)


def records(trained: Trained) -> Any:
    return trained.native._predictors


def on_records(trained: Trained, row: FloatArray, kept: tuple[int, ...]) -> float:
    """Score by the records, following counts at features not kept; all levels occur in training."""
    order = [LEVEL, *(at for at in range(P) if at != LEVEL)]

    def below(predictor: Any, node: int) -> float:
        record = predictor.nodes[node]
        if record["is_leaf"]:
            return float(record["value"])
        left, right = int(record["left"]), int(record["right"])
        feature = order[record["feature_idx"]]
        if feature in kept:
            return below(predictor, left if goes_left(predictor, record, row[feature]) else right)
        counts = [float(predictor.nodes[child]["count"]) for child in (left, right)]
        mean = counts[0] * below(predictor, left) + counts[1] * below(predictor, right)
        return mean / float(record["count"])

    start = float(trained.native._baseline_prediction[0, 0])
    return start + sum(below(predictor, 0) for (predictor,) in records(trained))


def goes_left(predictor: Any, record: Any, value: float) -> bool:
    if np.isnan(value):
        return bool(record["missing_go_to_left"])
    if record["is_categorical"]:
        words = predictor.raw_left_cat_bitsets[record["bitset_idx"]]
        return bool(int(words[int(value) // 32]) >> (int(value) % 32) & 1)
    return bool(value <= record["num_threshold"])


@pytest.mark.parametrize(("precision", "goes"), [("single", 1.0), ("double", -1.0)])
@pytest.mark.parametrize("n", [1, 3])
def test_both_engines_compare_as_the_library_does(precision: Any, goes: float, n: int) -> None:
    """1.1 in single precision lies above 1.1 and above this threshold; in double it does not."""
    trees = TreeEnsemble(
        feature=np.array([0, -1, -1]),
        threshold=np.array([1.1 + 1e-12, np.nan, np.nan]),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        missing_goes_left=np.zeros(3),
        value=np.array([0.0, -1.0, 1.0]),
        cover=np.array([2.0, 1.0, 1.0]),
        roots=np.array([0]),
        compares_in=precision,
    )
    patients = np.full((n, 1), 1.1)
    np.testing.assert_array_equal(trees.score(patients), goes)
    for reference, base in ((None, 0.0), (np.array([[0.0]]), -1.0)):
        for values, found in (
            explain_rows(build_tables(trees, reference), patients),
            shap_of_trees(trees, patients, reference),
        ):
            assert found == pytest.approx(base)
            np.testing.assert_allclose(values, goes - base, atol=1e-12)
