"""Compiled scores beside those of TreeEnsemble, which walks the trees in plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.models import compiled_trees
from explainers.models.compiled_trees import CompiledTrees

N_FEATURES = 6


def grow(rng: np.random.Generator, n_leaves: int) -> dict[str, list[Any]]:
    """One tree: leaves are split at random, so that nodes are in no order and paths uneven."""
    tree: dict[str, list[Any]] = {"feature": [-1], "threshold": [np.nan], "left": [-1]}
    tree["right"] = [-1]
    for _ in range(n_leaves - 1):
        leaves = np.flatnonzero(np.array(tree["feature"]) < 0)
        node = int(rng.choice(leaves))
        tree["feature"][node] = int(rng.integers(N_FEATURES))
        tree["threshold"][node] = float(np.round(rng.normal(), 1))
        children = [len(tree["feature"]), len(tree["feature"]) + 1]
        tree["left"][node], tree["right"][node] = rng.permutation(children).tolist()
        for name, value in (("feature", -1), ("threshold", np.nan), ("left", -1), ("right", -1)):
            tree[name] += [value, value]
    return tree


def ensemble(seed: int, leaves: list[int], **settings: Any) -> TreeEnsemble:
    rng = np.random.default_rng(seed)
    trees = [grow(rng, n) for n in leaves]
    sizes = [len(tree["feature"]) for tree in trees]
    roots = np.cumsum([0, *sizes])[:-1]
    joined = {
        name: np.concatenate([np.array(tree[name]) for tree in trees])
        for name in ("feature", "threshold")
    }
    for side in ("left", "right"):
        own = [np.array(tree[side]) for tree in trees]
        shifted = [np.where(to < 0, -1, to + root) for to, root in zip(own, roots, strict=True)]
        joined[side] = np.concatenate(shifted)
    n_nodes = sum(sizes)
    return TreeEnsemble(
        **joined,
        missing_goes_left=rng.random(n_nodes) < 0.5,
        value=np.where(joined["feature"] < 0, rng.normal(size=n_nodes), 0.0),
        cover=np.ones(n_nodes),
        roots=roots,
        constant=0.25,
        **settings,
    )


def patients(seed: int, n: int, n_features: int = N_FEATURES) -> FloatArray:
    """Values that often equal a threshold, and gaps."""
    rng = np.random.default_rng([seed, 1])
    matrix = np.round(rng.normal(size=(n, n_features)), 1)
    matrix[rng.random(matrix.shape) < 0.2] = np.nan
    return matrix


@pytest.mark.parametrize(
    "leaves",
    [[1], [2], [32], [33], [1, 1, 5], [3, 200, 8, 31, 34, 1, 64], [8] * 300],
    ids=lambda leaves: f"{len(leaves)} trees of {min(leaves)} to {max(leaves)} leaves",
)
@pytest.mark.parametrize("precision", ["single", "double"])
def test_scores_are_to_the_last_bit_those_of_the_plain_walk(
    leaves: list[int], precision: Any
) -> None:
    """Prevents <= taken for <, gaps sent the wrong way, a tree of the other kind left out."""
    trees = ensemble(len(leaves), leaves, compares_in=precision)
    matrix = patients(0, 1500)
    np.testing.assert_array_equal(CompiledTrees.of(trees).score(matrix), trees.score(matrix))


@pytest.mark.parametrize("precision", ["single", "double"])
def test_values_between_two_single_precision_neighbours(precision: Any) -> None:
    """Rounding in a library that does not round, or the reverse, would send them astray."""
    trees = ensemble(5, [20, 80], compares_in=precision)
    cuts = trees.threshold[trees.feature >= 0]
    nearby = np.concatenate([cuts, cuts + 1e-12, cuts - 1e-12, cuts.astype(np.float32)])
    matrix = np.random.default_rng(0).choice(nearby, (2000, N_FEATURES))
    np.testing.assert_array_equal(CompiledTrees.of(trees).score(matrix), trees.score(matrix))


def test_gaps_everywhere_and_infinite_values() -> None:
    trees = ensemble(2, [30, 50])
    matrix = np.array([[np.nan] * N_FEATURES, [np.inf] * N_FEATURES, [-np.inf] * N_FEATURES])
    np.testing.assert_array_equal(CompiledTrees.of(trees).score(matrix), trees.score(matrix))


@pytest.mark.parametrize("n", [0, 1, 7, 1024, 1025, 2049])
def test_any_number_of_patients(n: int) -> None:
    """Prevents a last, smaller block from being scored with the rest of the one before."""
    trees = ensemble(3, [6, 40])
    matrix = patients(n, n)
    np.testing.assert_array_equal(CompiledTrees.of(trees).score(matrix), trees.score(matrix))


def test_any_layout_in_memory() -> None:
    """Prevents rows read as columns, or every second row taken for every row."""
    trees = ensemble(4, [6, 40])
    matrix = patients(4, 400)
    compiled = CompiledTrees.of(trees)
    expected = trees.score(matrix)
    frozen = matrix.copy()
    frozen.setflags(write=False)
    for same in (np.asfortranarray(matrix), frozen, np.repeat(matrix, 2, axis=0)[::2]):
        np.testing.assert_array_equal(compiled.score(same), expected)
    single = matrix.astype(np.float32)
    np.testing.assert_array_equal(compiled.score(single), trees.score(single))


def test_features_that_no_tree_asks_for_are_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand features of which six are used must cost what six do."""
    trees = ensemble(6, [9, 50])
    compiled = CompiledTrees.of(trees)
    assert compiled.used.tolist() == sorted(set(trees.feature[trees.feature >= 0].tolist()))
    matrix = patients(6, 50, 10_000)
    expected = trees.score(matrix)
    widths: list[int] = []
    see = TreeEnsemble.seen

    def watch(self: TreeEnsemble, values: FloatArray) -> FloatArray:
        widths.append(values.shape[1])
        return see(self, values)

    monkeypatch.setattr(TreeEnsemble, "seen", watch)
    np.testing.assert_array_equal(compiled.score(matrix), expected)
    assert widths == [len(compiled.used)]


def test_blocks_shrink_as_models_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prevents memory from growing with the number of trees times a fixed block."""
    monkeypatch.setattr(compiled_trees, "NUMBERS_AT_ONCE", 300)
    trees = ensemble(7, [5] * 100)
    matrix = patients(7, 100)
    np.testing.assert_array_equal(CompiledTrees.of(trees).score(matrix), trees.score(matrix))


def test_no_tree_at_all_is_the_constant() -> None:
    nothing = np.empty(0)
    trees = TreeEnsemble(*[nothing] * 8, constant=1.5)
    np.testing.assert_array_equal(CompiledTrees.of(trees).score(patients(0, 3)), [1.5] * 3)
