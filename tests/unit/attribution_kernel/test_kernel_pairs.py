"""The kernel's interactions beside Shapley interaction indices from the definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explainers.attribution.kernel import build_pair_tables, find_interacting, map_pairs, plan
from explainers.attribution.kernel.pair_rows import block_size
from explainers.attribution.kernel.pair_tables import PairTables
from explainers.attribution.kernel.rows import SMALLEST_BLOCK
from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.errors import SettingsError, UnsupportedError

Function = Callable[..., Any]


def matrices(tables: PairTables, rows: FloatArray, n_threads: int | None = None) -> FloatArray:
    found = np.zeros((len(rows), rows.shape[1], rows.shape[1]))
    first, second = tables.pairs.T

    def place(block: slice, halves: FloatArray) -> None:
        found[block, first, second] = found[block, second, first] = halves.T

    list(map_pairs(tables, rows, place, n_threads))
    return found


@given(
    seed=st.integers(0, 2**32 - 1),
    n_features=st.integers(1, 5),
    depth=st.integers(0, 6),
    is_interventional=st.booleans(),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_trees_get_their_interaction_indices(  # noqa: PLR0917
    make_trees: Function,
    make_patients: Function,
    define_interactions: Function,
    seed: int,
    n_features: int,
    depth: int,
    is_interventional: bool,  # noqa: FBT001
) -> None:
    """Missing values, values on thresholds, repeated features, covers, stumps, single leaves."""
    trees = make_trees(seed, n_features, 3, depth)
    rows = make_patients(seed + 1, 2, n_features)
    reference = make_patients(seed + 2, 4, n_features) if is_interventional else None
    found = matrices(build_pair_tables(trees, reference), rows)
    np.testing.assert_allclose(found, define_interactions(trees, rows, reference), atol=1e-12)


def two_splits(threshold: float) -> TreeEnsemble:
    """Feature 0 at the root and feature 1 below it on the right; leaves 0, 0 and 4."""
    return TreeEnsemble(
        feature=np.array([0, -1, 1, -1, -1]),
        threshold=np.array([threshold, np.nan, 0.5, np.nan, np.nan]),
        left=np.array([1, -1, 3, -1, -1]),
        right=np.array([2, -1, 4, -1, -1]),
        missing_goes_left=np.zeros(5),
        value=np.array([0.0, 0.0, 0.0, 0.0, 4.0]),
        cover=np.array([4.0, 2.0, 2.0, 1.0, 1.0]),
        roots=np.array([0]),
    )


@pytest.mark.parametrize("is_interventional", [False, True])
def test_a_product_of_two_inputs_by_hand(*, is_interventional: bool) -> None:
    """f = 4ab, half of each seen: the index is 4 (1 - 1/2)(1 - 1/2) = 1, and each half 1/2."""
    reference = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    tables = build_pair_tables(two_splits(0.5), reference if is_interventional else None)
    found = matrices(tables, np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]))
    np.testing.assert_allclose(found[:, 0, 1], [0.5, -0.5, 0.5])


def test_a_value_equal_to_the_threshold_in_single_precision(define_interactions: Function) -> None:
    """In double precision it lies right of the threshold, and the interaction changes sign."""
    threshold = float(np.float32(0.1))
    trees = two_splits(threshold)
    rows = np.array([[threshold + 1e-10, 1.0], [threshold + 1e-6, 1.0]])
    found = matrices(build_pair_tables(trees), rows)
    np.testing.assert_allclose(found[:, 0, 1], [-0.5, 0.5])
    np.testing.assert_allclose(found, define_interactions(trees, rows, None), atol=1e-12)
    # Libraries that compare in double precision do send it right.
    found = matrices(build_pair_tables(replace(trees, compares_in="double")), rows)
    np.testing.assert_allclose(found[:, 0, 1], [0.5, 0.5])


def test_a_pair_that_never_meets_on_a_path_is_absent(
    make_trees: Function, make_patients: Function
) -> None:
    """Features of different trees, or of different branches, do not interact."""
    stumps = make_trees(1, n_features=3, n_trees=30, depth=1)
    assert len(find_interacting(stumps)) == 0
    assert not matrices(build_pair_tables(stumps), make_patients(2, 70, 3)).any()
    np.testing.assert_array_equal(find_interacting(two_splits(0.5)), [[0, 1]])


def test_features_that_no_tree_uses_interact_with_none(
    make_trees: Function, make_patients: Function
) -> None:
    """The sums of unused lanes must not show as those of a feature."""
    trees = make_trees(3, n_features=3, n_trees=6, depth=4)
    rows = make_patients(4, 100, 7)
    found = matrices(build_pair_tables(trees, rows[:5]), rows)
    assert found[:, :3, :3].any()
    assert not found[:, 3:, :].any()
    assert not found[:, :, 3:].any()


def test_chosen_pairs_are_the_same_from_smaller_tables(
    make_trees: Function, make_patients: Function
) -> None:
    """A pair's number within its group taken for its number in the model."""
    trees = make_trees(5, n_features=6, n_trees=30, depth=5)
    rows = make_patients(6, 200, 6)
    every = build_pair_tables(trees)
    expected = matrices(every, rows)
    wanted = np.zeros((6, 6), dtype=np.bool_)
    wanted[2, :] = wanted[:, 2] = True
    chosen = build_pair_tables(trees, wanted=wanted)
    assert chosen.n_bytes < every.n_bytes / 2
    np.testing.assert_allclose(matrices(chosen, rows), np.where(wanted, expected, 0.0), atol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 4097])
def test_block_edges_lose_no_patient(make_trees: Function, make_patients: Function, n: int) -> None:
    """The padding of the last block, and the seam between blocks."""
    tables = build_pair_tables(make_trees(7, n_features=5, n_trees=8, depth=4))
    rows = make_patients(8, n, 5)
    found = matrices(tables, rows)
    alone = [matrices(tables, rows[[row]])[0] for row in range(0, n, 500)]
    np.testing.assert_array_equal(found[::500], np.array(alone).reshape(-1, 5, 5))


def test_threads_do_not_share_sums(make_trees: Function, make_patients: Function) -> None:
    """Scratch space shared between threads would mix patients up."""
    tables = build_pair_tables(make_trees(9, n_features=6, n_trees=30, depth=5))
    rows = make_patients(10, 20_000, 6)
    np.testing.assert_array_equal(matrices(tables, rows, 1), matrices(tables, rows, 4))


def test_blocks_shrink_with_the_number_of_pairs() -> None:
    """Memory would grow with the square of the number of features; loops need whole blocks."""
    for n_pairs in (0, 1, 400, 5_000, 10**7):
        for n in (0, 1, 100, 10**6):
            size = block_size(n_pairs, n)
            assert size % SMALLEST_BLOCK == 0
            assert size >= SMALLEST_BLOCK
    assert block_size(5_000, 10**6) * 5_000 * 8 < 2**23


def test_what_tables_cannot_hold_is_refused(
    make_trees: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silent answer without the deep trees would be another model's."""
    with pytest.raises(UnsupportedError, match="11 features on a path"):
        build_pair_tables(make_trees(15, n_features=40, n_trees=2, depth=13, n_cuts=40))
    monkeypatch.setattr(plan, "LARGEST_TABLES_BYTES", 1_000)
    with pytest.raises(UnsupportedError, match="MiB"):
        build_pair_tables(make_trees(18, n_features=12, n_trees=20, depth=6, n_cuts=20))


def test_patients_with_too_few_features_are_refused(
    make_trees: Function, make_patients: Function
) -> None:
    """Compiled code does not check bounds: it would read another patient's values."""
    tables = build_pair_tables(make_trees(20, n_features=4, n_trees=20))
    with pytest.raises(SettingsError, match="4 features"):
        matrices(tables, make_patients(0, 3, 3))
