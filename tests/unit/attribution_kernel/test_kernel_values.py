"""The kernel's values beside Shapley values from the definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explainers.attribution.cuts import find_cuts, rank_patients
from explainers.attribution.kernel import (
    build_tables,
    deep,
    explain_rows,
    lanes,
    plan,
    rows,
    shapes,
)
from explainers.attribution.kernel.conditions import rank_trees
from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.errors import SettingsError, UnsupportedError

Function = Callable[..., Any]


def assert_is_shapley(
    define_shapley: Function,
    trees: TreeEnsemble,
    matrix: FloatArray,
    reference: FloatArray | None,
) -> None:
    values, baseline = explain_rows(build_tables(trees, reference), matrix)
    expected, worth_of_none = define_shapley(trees, matrix, reference)
    np.testing.assert_allclose(values, expected, atol=1e-12)
    assert baseline == pytest.approx(worth_of_none, abs=1e-12)
    np.testing.assert_allclose(values.sum(axis=1) + baseline, trees.score(matrix), atol=1e-9)


@given(
    seed=st.integers(0, 2**32 - 1),
    n_features=st.integers(1, 6),
    n_trees=st.integers(1, 5),
    depth=st.integers(0, 6),
    is_interventional=st.booleans(),
)
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_trees_get_their_shapley_values(  # noqa: PLR0917
    make_trees: Function,
    make_patients: Function,
    define_shapley: Function,
    seed: int,
    n_features: int,
    n_trees: int,
    depth: int,
    is_interventional: bool,  # noqa: FBT001
) -> None:
    """Missing values, values on thresholds, repeated features, stumps and trees of one leaf."""
    trees = make_trees(seed, n_features, n_trees, depth)
    matrix = make_patients(seed + 1, 3, n_features)
    reference = make_patients(seed + 2, 5, n_features) if is_interventional else None
    assert_is_shapley(define_shapley, trees, matrix, reference)


@pytest.mark.parametrize("is_interventional", [False, True])
def test_a_missing_value_that_turns_left_and_right_on_one_feature(
    define_shapley: Function, *, is_interventional: bool
) -> None:
    """Counting missing as lowest or as highest everywhere would send it one way at both splits."""
    trees = TreeEnsemble(
        feature=np.array([0, 0, 0, -1, -1, -1, -1]),
        threshold=np.array([1.0, 0.0, 2.0, np.nan, np.nan, np.nan, np.nan]),
        left=np.array([1, 3, 5, -1, -1, -1, -1]),
        right=np.array([2, 4, 6, -1, -1, -1, -1]),
        missing_goes_left=np.array([0, 1, 1, 0, 0, 0, 0]),
        value=np.array([0.0, 0.0, 0.0, 1.0, 2.0, 4.0, 8.0]),
        cover=np.array([10.0, 4.0, 6.0, 1.0, 3.0, 2.0, 4.0]),
        roots=np.array([0]),
    )
    matrix = np.array([[np.nan], [0.0], [0.5], [1.0], [2.0], [3.0], [np.inf], [-np.inf]])
    assert_is_shapley(define_shapley, trees, matrix, matrix if is_interventional else None)


def test_a_missing_value_in_a_class_of_its_own(define_shapley: Function) -> None:
    """Left at 0 and right at 2 is what no value does: it must not share a row with one."""
    first = {"threshold": 0.0, "missing_goes_left": 1}
    second = {"threshold": 2.0, "missing_goes_left": 0}
    trees = TreeEnsemble(
        feature=np.array([0, -1, -1] * 2),
        threshold=np.array([t for s in (first, second) for t in (s["threshold"], np.nan, np.nan)]),
        left=np.array([1, -1, -1, 4, -1, -1]),
        right=np.array([2, -1, -1, 5, -1, -1]),
        missing_goes_left=np.array([1, 0, 0, 0, 0, 0]),
        value=np.array([0.0, 1.0, 2.0, 0.0, 4.0, 8.0]),
        cover=np.array([3.0, 1.0, 2.0] * 2),
        roots=np.array([0, 3]),
    )
    tables = build_tables(trees)
    assert list(tables.vectors.n_rows) == [4]
    matrix = np.array([[np.nan], [0.0], [1.0], [3.0]])
    assert_is_shapley(define_shapley, trees, matrix, None)


def test_thresholds_between_two_single_precision_numbers(define_shapley: Function) -> None:
    """A threshold rounded up to single precision would send its neighbour left."""
    above = float(np.nextafter(np.float32(1), np.float32(2)))
    trees = TreeEnsemble(
        feature=np.array([0, -1, -1]),
        threshold=np.array([(1 + above) / 2 + 1e-9, np.nan, np.nan]),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        missing_goes_left=np.zeros(3),
        value=np.array([0.0, 1.0, -1.0]),
        cover=np.array([2.0, 1.0, 1.0]),
        roots=np.array([0]),
    )
    matrix = np.array([[1.0], [above], [1 + 1e-9], [above - 1e-9], [1e300], [-1e300]])
    with np.errstate(over="ignore"):
        assert_is_shapley(define_shapley, trees, matrix, None)


def test_more_thresholds_than_a_byte_counts(
    make_trees: Function, make_patients: Function, define_shapley: Function
) -> None:
    """Ranks above 255 wrap around unless a feature has several columns."""
    trees = make_trees(1, n_features=2, n_trees=400, depth=3, n_cuts=900)
    assert np.diff(find_cuts(trees, 2).start).min() > 2 * 255
    matrix = make_patients(2, 40, 2, 900)
    assert_is_shapley(define_shapley, trees, matrix, None)
    assert_is_shapley(define_shapley, trees, matrix, make_patients(3, 7, 2, 900))


def test_ranks_send_patients_where_the_trees_do(
    make_trees: Function, make_patients: Function
) -> None:
    """A strict comparison in place of a weak one, or a rank off by one."""
    trees = make_trees(4, n_features=3, n_trees=10, depth=4)
    matrix = make_patients(5, 200, 3)
    cuts = find_cuts(trees, 3)
    ranks, ranked = rank_patients(matrix, cuts), rank_trees(trees, cuts)
    for node in np.flatnonzero(trees.feature >= 0):
        rank = ranks[:, trees.feature[node]]
        left = np.where(rank < 0, trees.missing_goes_left[node], rank <= ranked.rank[node])
        nodes = np.full(len(matrix), node)
        np.testing.assert_array_equal(left, trees.goes_left(nodes, matrix[:, trees.feature[node]]))


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 4095, 4096, 4097])
def test_block_edges_lose_no_patient(make_trees: Function, make_patients: Function, n: int) -> None:
    """The padding of the last block, and the seam between blocks."""
    trees = make_trees(6, n_features=5, n_trees=8, depth=4)
    matrix = make_patients(7, n, 5)
    tables = build_tables(trees)
    values, baseline = explain_rows(tables, matrix)
    assert values.shape == (n, 5)
    np.testing.assert_allclose(values.sum(axis=1) + baseline, trees.score(matrix), atol=1e-9)
    alone = [explain_rows(tables, matrix[[row]])[0][0] for row in range(0, n, 1000)]
    np.testing.assert_array_equal(values[::1000], np.array(alone).reshape(-1, 5))


def test_threads_do_not_share_sums(make_trees: Function, make_patients: Function) -> None:
    """Scratch space shared between threads would mix patients up."""
    tables = build_tables(make_trees(8, n_features=6, n_trees=30, depth=5))
    matrix = make_patients(9, 50_000, 6)
    one, _ = explain_rows(tables, matrix, n_threads=1)
    many, _ = explain_rows(tables, matrix, n_threads=4)
    np.testing.assert_array_equal(one, many)


def test_features_that_no_tree_uses_get_zero(make_trees: Function, make_patients: Function) -> None:
    """Patients have more features than the trees know: the sums of unused lanes must not show."""
    trees = make_trees(10, n_features=3, n_trees=4, depth=3)
    matrix = make_patients(11, 100, 9)
    values, _ = explain_rows(build_tables(trees, matrix[:10]), matrix)
    assert values.shape == (100, 9)
    assert not values[:, 3:].any()


def test_only_leaves_is_a_constant(make_patients: Function) -> None:
    """No split at all: nothing to look up, and the baseline is the sum of the leaves."""
    trees = TreeEnsemble(
        feature=[-1, -1],
        threshold=[np.nan, np.nan],
        left=[-1, -1],
        right=[-1, -1],
        missing_goes_left=[False, False],
        value=[1.0, 2.0],
        cover=[0.0, 0.0],
        roots=[0, 1],
        constant=0.5,
    )  # type: ignore[arg-type]
    values, baseline = explain_rows(build_tables(trees), make_patients(0, 5, 2))
    assert not values.any()
    assert baseline == 3.5


def test_order_of_trees_does_not_matter(make_trees: Function, make_patients: Function) -> None:
    """Trees are reordered and joined: one lost or counted twice would show."""
    trees = make_trees(12, n_features=5, n_trees=40, depth=2)
    matrix = make_patients(13, 50, 5)
    backwards = replace(trees, roots=trees.roots[::-1])
    values, _ = explain_rows(build_tables(trees), matrix)
    again, _ = explain_rows(build_tables(backwards), matrix)
    np.testing.assert_allclose(values, again, atol=1e-12)


def test_stumps_share_tables(make_trees: Function) -> None:
    """A table per tree would cost a lookup per tree."""
    tables = build_tables(make_trees(14, n_features=3, n_trees=200, depth=1))
    assert tables.n_groups <= 12


def test_walked_trees_agree_with_tables(
    make_trees: Function,
    make_patients: Function,
    define_shapley: Function,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Repeated features, missing values and covers of zero in trees that are walked."""
    monkeypatch.setattr(plan, "COSTS", plan.COSTS._replace(walk=0.0))
    for seed in range(12):
        trees = make_trees(seed, n_features=4, n_trees=3, depth=7)
        matrix = make_patients(seed + 100, 40, 4)
        tables = build_tables(trees)
        assert len(tables.deep.roots)
        assert_is_shapley(define_shapley, trees, matrix[:4], None)
        monkeypatch.setattr(plan, "COSTS", plan.COSTS._replace(walk=1e9))
        looked_up, _ = explain_rows(build_tables(trees), matrix)
        monkeypatch.setattr(plan, "COSTS", plan.COSTS._replace(walk=0.0))
        np.testing.assert_allclose(explain_rows(tables, matrix)[0], looked_up, atol=1e-12)


def test_deep_trees_add_up(make_trees: Function, make_patients: Function) -> None:
    """Twenty features on a path are beyond any table."""
    trees = make_trees(15, n_features=40, n_trees=2, depth=13, n_cuts=40)
    matrix = make_patients(16, 70, 40, 40)
    tables = build_tables(trees)
    assert len(tables.deep.roots) == 2
    values, baseline = explain_rows(tables, matrix)
    np.testing.assert_allclose(values.sum(axis=1) + baseline, trees.score(matrix), atol=1e-9)


def test_deep_trees_with_reference_patients_are_refused(
    make_trees: Function, make_patients: Function
) -> None:
    """Falling back to the other game in silence would answer another question."""
    trees = make_trees(15, n_features=40, n_trees=2, depth=13, n_cuts=40)
    with pytest.raises(UnsupportedError, match="features"):
        build_tables(trees, make_patients(17, 10, 40))


def test_tables_stay_within_memory(
    make_trees: Function, make_patients: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model of many deep trees must not fill the memory with tables."""
    trees = make_trees(18, n_features=12, n_trees=20, depth=8, n_cuts=20)
    monkeypatch.setattr(plan, "LARGEST_TABLES_BYTES", 100_000)
    tables = build_tables(trees)
    assert tables.n_bytes <= 100_000
    matrix = make_patients(19, 10, 12, 20)
    values, baseline = explain_rows(tables, matrix)
    np.testing.assert_allclose(values.sum(axis=1) + baseline, trees.score(matrix), atol=1e-9)
    with pytest.raises(UnsupportedError, match="MiB"):
        build_tables(trees, matrix)


def test_patients_with_too_few_features_are_refused(
    make_trees: Function, make_patients: Function
) -> None:
    """Compiled code does not check bounds: it would read another patient's values."""
    tables = build_tables(make_trees(20, n_features=4, n_trees=20))
    with pytest.raises(SettingsError, match="4 features"):
        explain_rows(tables, make_patients(0, 3, 3))


def test_limits_of_row_numbers_hold() -> None:
    """Row numbers are 16 bits and classes are bits of a 64-bit mask."""
    assert shapes.MOST_ROWS <= 2**16
    assert shapes.MOST_LEAVES <= 64


def test_blocks_are_whole() -> None:
    """Compiled loops take several patients at a time and would write beyond the last one."""
    for size in (rows.SMALLEST_BLOCK, rows.LARGEST_BLOCK):
        assert size % deep.PATIENTS_AT_ONCE == 0
        assert size % lanes.LANES == 0
