"""Merging of bins."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.disclosure import merge_small_bins
from explainers.errors import SettingsError


def merged(counts: list[list[int]]) -> list[list[int]]:
    table = np.array(counts)
    starts = merge_small_bins(table)
    assert starts is not None
    return np.add.reduceat(table, starts[:-1], axis=0).tolist()


def test_good_bins_stay() -> None:
    assert merged([[20, 0], [11, 30]]) == [[20, 0], [11, 30]]


def test_a_small_bin_joins_its_neighbour() -> None:
    assert merged([[20, 20], [5, 20], [20, 20]]) == [[20, 20], [25, 40]]


def test_a_small_remainder_goes_back_as_far_as_needed() -> None:
    """The last bin has no right neighbour, and its left one has no events to hide among."""
    assert merged([[20, 20], [0, 20], [5, 20]]) == [[25, 60]]


def test_nothing_can_be_shown_of_too_few() -> None:
    assert merge_small_bins(np.array([[5, 20], [2, 30]])) is None


def test_no_bins_and_a_low_floor() -> None:
    assert merge_small_bins(np.zeros((0, 2), dtype=np.int64)).tolist() == [0]
    with pytest.raises(SettingsError, match="at least 11"):
        merge_small_bins(np.array([[20, 20]]), 3)
