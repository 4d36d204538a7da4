"""What every Shapley value must satisfy, on random trees, links and patients."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.attribution.coalition_shap import CoalitionShap
from explainers.attribution.linear_shap import LinearShap
from explainers.attribution.permutation_shap import PermutationShap
from explainers.attribution.registry import exact_shap_for
from explainers.attribution.tree_shap import TreeShap
from explainers.core import Cohort, CohortFacts, Column, Link, Schema, Study, TreeEnsemble
from explainers.core.arrays import FloatArray
from explainers.core.link import Scale

# shap works in single precision inside; the others in double.
CLOSE = {"tree-shap": 1e-6, "linear-shap": 1e-9, "exact-shap": 1e-9, "permutation": 1e-9}
SCALES = st.sampled_from(["risk", "log-odds"])
SEEDS = st.integers(0, 10**6)
LINKS = st.builds(
    Link,
    st.sampled_from(["log-odds", "probability"]),
    st.floats(-2, 2),
    st.floats(0.3, 2),
)


@dataclass(frozen=True, eq=False)
class MadeUpModel:
    """What the two kinds of random model share."""

    columns: tuple[Column, ...]
    link: Link
    name: str = "made-up"
    version: str = "1"
    family: str = "made-up"
    digest: str = "digest"

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, eq=False)
class MadeUpTrees(MadeUpModel):
    """Random trees as a RiskModel and TreeModel."""

    trees: TreeEnsemble = field(kw_only=True)

    def score(self, matrix: FloatArray) -> FloatArray:
        return self.trees.score(matrix)


@dataclass(frozen=True, eq=False)
class MadeUpTerms(MadeUpModel):
    """A sum of squares as a RiskModel and AdditiveModel."""

    def terms(self, matrix: FloatArray) -> FloatArray:
        weights = np.linspace(-1, 1, len(self.columns))
        return np.where(np.isnan(matrix), 0.5, weights * matrix**2)

    def score(self, matrix: FloatArray) -> FloatArray:
        total: FloatArray = 0.1 + self.terms(matrix).sum(axis=1)
        return total


def random_tree(rng: np.random.Generator, features: list[int], depth: int) -> list[list[float]]:
    """Nodes as [feature, threshold, left, right, missing goes left, value, cover]."""
    if depth == 0 or rng.random() < 0.15:
        return [[-1, np.nan, -1, -1, 0, rng.normal(), 1.0]]
    left = random_tree(rng, features, depth - 1)
    right = random_tree(rng, features, depth - 1)
    threshold = np.float32(rng.choice([-1, -0.5, 0, 0.5]))
    top = [rng.choice(features), threshold, 1, 1 + len(left), rng.integers(2), 0.0, 2.0]
    return [top, *shifted(left, 1), *shifted(right, 1 + len(left))]


def shifted(nodes: list[list[float]], by: int) -> list[list[float]]:
    return [[n[0], n[1], *(c + by if c >= 0 else -1 for c in n[2:4]), *n[4:]] for n in nodes]


def random_trees(seed: int, features: list[int], n_trees: int = 4) -> TreeEnsemble:
    rng = np.random.default_rng(seed)
    nodes: list[list[float]] = []
    roots = []
    for _ in range(n_trees):
        roots.append(len(nodes))
        nodes += shifted(random_tree(rng, features, 3), len(nodes))
    trees = as_ensemble(np.array(nodes), np.array(roots))
    return replace(trees, compares_in="double" if seed % 2 else "single")


def as_ensemble(nodes: FloatArray, roots: Any) -> TreeEnsemble:
    return TreeEnsemble(
        feature=nodes[:, 0],
        threshold=nodes[:, 1],
        left=nodes[:, 2],
        right=nodes[:, 3],
        missing_goes_left=nodes[:, 4],
        value=nodes[:, 5],
        cover=nodes[:, 6],
        roots=roots,
        constant=0.2,
    )


def as_share(trees: TreeEnsemble) -> TreeEnsemble:
    """The same trees with leaves that add up to a probability."""
    is_leaf = trees.feature < 0
    share = 0.9 / (1 + np.exp(-trees.value)) / trees.n_trees
    return replace(trees, value=np.where(is_leaf, share, 0.0), constant=0.05)


def make_model(seed: int, link: Link, p: int, *, additive: bool = False, unused: int = 0) -> Any:
    columns = tuple(Column(f"x{at}", f"x{at}", "number") for at in range(p))
    if additive:
        return MadeUpTerms(columns, replace(link, score_kind="log-odds"))
    trees = random_trees(seed, list(range(p - unused)))
    if link.score_kind == "probability":
        trees = as_share(trees)
    return MadeUpTrees(columns, link, trees=trees)


def random_patients(seed: int, n: int, p: int) -> FloatArray:
    """Values that often equal a threshold, some of them missing."""
    rng = np.random.default_rng(seed)
    values = rng.choice([-1, -0.5, 0, 0.5, 1.0, np.nan], size=(n, p))
    return np.asarray(values, dtype=np.float64)


def study_of(model: Any, patients: FloatArray, reference: FloatArray) -> Study:
    schema = Schema(CohortFacts("made-up", "Made up", "Made up"), "id", model.columns)
    cohorts = [
        Cohort(
            pd.DataFrame(
                matrix,
                columns=list(model.feature_names),
                index=pd.Index([f"{name}{at}" for at in range(len(matrix))]),
            ),
            schema,
        )
        for name, matrix in (("p", patients), ("r", reference))
    ]
    return Study(model, cohorts[0], cohorts[1], "none", 0.2)


def exact_values(study: Study, scale: Scale) -> tuple[FloatArray, float]:
    """Exact SHAP values of all patients, and how closely the method computes."""
    method = exact_shap_for(study.model, scale)
    found = method.explain(study, study.matrix, study.cohort.patient_ids, scale)
    tolerance = CLOSE[found.method]
    assert np.abs(found.residual()).max() < tolerance
    return found.values, 3 * tolerance


@settings(max_examples=60, deadline=None)
@given(SEEDS, LINKS, SCALES, st.integers(1, 13), st.booleans())
def test_efficiency(seed: int, link: Link, scale: Scale, p: int, additive: bool) -> None:  # noqa: FBT001
    """Reasons that do not add up to prediction minus baseline explain another model."""
    model = make_model(seed, link, p, additive=additive)
    study = study_of(model, random_patients(seed, 3, p), random_patients(seed + 1, 5, p))
    exact_values(study, scale)
    sampled = PermutationShap(100).explain(study, study.matrix, study.cohort.patient_ids, scale)
    assert np.abs(sampled.residual()).max() < CLOSE["permutation"]


@settings(max_examples=40, deadline=None)
@given(SEEDS, LINKS, SCALES)
def test_a_feature_the_model_does_not_use_gets_nothing(seed: int, link: Link, scale: Scale) -> None:
    """Credit that leaks to an unused feature would accuse an innocent one."""
    model = make_model(seed, link, 6, unused=2)
    study = study_of(model, random_patients(seed, 3, 6), random_patients(seed + 1, 5, 6))
    values, _ = exact_values(study, scale)
    assert not values[:, 4:].any()


@settings(max_examples=40, deadline=None)
@given(SEEDS, LINKS, SCALES)
def test_two_features_that_play_the_same_part_get_the_same(
    seed: int, link: Link, scale: Scale
) -> None:
    """An order of the features that matters would favour the first column."""
    model = make_model(seed, link, 4)
    mirrored = mirror(model.trees)
    both = replace(model, trees=joined(model.trees, mirrored))
    patients, reference = random_patients(seed, 3, 4), random_patients(seed + 1, 4, 4)
    patients[:, 1] = patients[:, 0]
    study = study_of(both, patients, np.concatenate([reference, reference[:, [1, 0, 2, 3]]]))
    values, tolerance = exact_values(study, scale)
    np.testing.assert_allclose(values[:, 0], values[:, 1], atol=tolerance)


def mirror(trees: TreeEnsemble) -> TreeEnsemble:
    """The same trees with the first two features in each other's place."""
    swap = np.array([1, 0, 2, 3, -1])
    return replace(trees, feature=swap[trees.feature])


def joined(first: TreeEnsemble, second: TreeEnsemble) -> TreeEnsemble:
    """Half of each ensemble's score, added up."""
    offset = len(first.feature)

    def moved(children: Any) -> Any:
        return np.where(children < 0, -1, children + offset)

    arrays = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("feature", "threshold", "missing_goes_left", "cover")
    }
    return TreeEnsemble(
        **arrays,
        left=np.concatenate([first.left, moved(second.left)]),
        right=np.concatenate([first.right, moved(second.right)]),
        value=np.concatenate([first.value, second.value]) / 2,
        roots=np.concatenate([first.roots, second.roots + offset]),
        constant=first.constant,
        compares_in=first.compares_in,
    )


@settings(max_examples=40, deadline=None)
@given(SEEDS, LINKS, SCALES)
def test_the_order_of_the_columns_does_not_matter(seed: int, link: Link, scale: Scale) -> None:
    """A value read from its neighbour's column would go unseen by every sum."""
    model = make_model(seed, link, 5)
    patients, reference = random_patients(seed, 3, 5), random_patients(seed + 1, 5, 5)
    order = np.random.default_rng(seed).permutation(5)
    where = np.append(np.argsort(order), -1)
    shuffled = replace(model, trees=replace(model.trees, feature=where[model.trees.feature]))
    values, tolerance = exact_values(study_of(model, patients, reference), scale)
    again, _ = exact_values(study_of(shuffled, patients[:, order], reference[:, order]), scale)
    np.testing.assert_allclose(again, values[:, order], atol=tolerance)


@settings(max_examples=40, deadline=None)
@given(SEEDS, LINKS, SCALES)
def test_the_order_of_the_patients_does_not_matter(seed: int, link: Link, scale: Scale) -> None:
    model = make_model(seed, link, 5)
    patients, reference = random_patients(seed, 4, 5), random_patients(seed + 1, 20, 5)
    values, tolerance = exact_values(study_of(model, patients, reference), scale)
    again, _ = exact_values(study_of(model, patients[::-1], reference[::-1]), scale)
    np.testing.assert_allclose(again, values[::-1], atol=tolerance)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(2, 12))
def test_on_a_straight_scale_all_methods_are_one(seed: int, p: int) -> None:
    """Three computations of one quantity: a slip in any of them would part it from the others."""
    link = Link("log-odds", 0.3, 1.5)
    model = make_model(seed, link, p)
    study = study_of(model, random_patients(seed, 2, p), random_patients(seed + 1, 4, p))
    ids = study.cohort.patient_ids
    exact = TreeShap().explain(study, study.matrix, ids, "log-odds").values
    sampled = PermutationShap(400).explain(study, study.matrix, ids, "log-odds")
    assert sampled.std_error is not None
    assert (np.abs(sampled.values - exact) <= 6 * sampled.std_error + 1e-6).all()


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_a_nearly_straight_link_gives_nearly_the_straight_values(seed: int) -> None:
    """At a tiny slope the risk is a straight line of the score: the curved method must meet it."""
    slope = 1e-4
    model = make_model(seed, Link("log-odds", 0.0, slope), 5, additive=True)
    study = study_of(model, random_patients(seed, 2, 5), random_patients(seed + 1, 4, 5))
    ids = study.cohort.patient_ids
    straight = LinearShap().explain(study, study.matrix, ids, "log-odds").values
    curved = CoalitionShap().explain(study, study.matrix, ids, "risk").values
    np.testing.assert_allclose(curved / slope, straight / slope / 4, atol=1e-4)
