"""Small groups put together, worked out by hand."""

from __future__ import annotations

import numpy as np

from explainers.subgroups.merged_groups import merge_small_groups, merged_members, merged_name


def test_a_small_band_joins_its_neighbour_and_not_the_smallest_group() -> None:
    """Prevents people under 40 and over 80 from being shown as one group."""
    counts = np.array([[400, 3], [500, 60], [300, 90], [100, 40]])
    assert merge_small_groups(counts, 4, 2, 11) == ((0, 1), (2,), (3,))


def test_who_is_no_band_joins_the_smallest_other_but_the_reference_last() -> None:
    counts = np.array([[60, 20], [90, 30], [4, 1]])
    assert merge_small_groups(counts, 0, 0, 11) == ((0,), (1, 2))
    assert merge_small_groups(counts, 2, -1, 11) == ((0, 2), (1,))


def test_merging_goes_on_until_no_count_is_small() -> None:
    """Two small counts may still add up to a small one."""
    counts = np.array([[400, 2], [500, 3], [600, 79], [300, 94]])
    assert merge_small_groups(counts, 4, -1, 11) == ((0, 1, 2), (3,))


def test_everybody_together_is_no_comparison() -> None:
    assert merge_small_groups(np.array([[500, 200], [500, 3]]), 2, 0, 11) is None


def test_nothing_is_merged_where_nothing_is_small() -> None:
    counts = np.array([[50, 0], [60, 11]])
    assert merge_small_groups(counts, 2, 0, 11) == ((0,), (1,))
    members = np.eye(3, dtype=bool)
    assert merged_members(members, ((0, 2), (1,))).tolist() == [[1, 0], [0, 1], [1, 0]]
    assert merged_name(("a", "b", "c"), (0, 1, 2)) == "a, b or c"
    assert merged_name(("a", "b", "c"), (1,)) == "b"
