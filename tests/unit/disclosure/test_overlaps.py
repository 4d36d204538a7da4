"""Whether overlapping counts give a small one away, against one program for each count."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from explainers.disclosure.overlaps import gives_away
from explainers.errors import SettingsError


def sets(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


def test_what_is_left_after_subtraction_is_given_away() -> None:
    counts = np.array([30, 5])
    assert gives_away(counts, sets([1, 1], [1, 0]), sets([0, 1]))


def test_cells_that_nothing_parts_could_be_of_anybody() -> None:
    """Taking each class of cells as one count would withhold what nobody can work out."""
    counts = np.array([30, 5])
    assert not gives_away(counts, sets([1, 1]), sets([0, 1]))


def test_two_small_cells_that_are_known_together_are_given_away() -> None:
    """Taking any part of a class as free would show a class that is itself too small."""
    counts = np.array([30, 5, 4])
    assert gives_away(counts, sets([1, 1, 1], [1, 0, 0]), sets([0, 1, 1]))


def is_sure(counts: np.ndarray, published: np.ndarray, who: np.ndarray) -> bool:
    ends = [
        sign
        * linprog(
            sign * who.astype(float),
            A_eq=published.astype(float),
            b_eq=published @ counts,
            bounds=(0.0, None),
        ).fun
        for sign in (1.0, -1.0)
    ]
    return bool(ends[0] > 1e-6 and ends[1] < 11 - 1e-6)


@pytest.mark.parametrize("seed", range(25))
def test_the_answer_is_that_of_a_program_for_each_count(seed: int) -> None:
    """Prevents a shortcut over cells or over counts from missing one that is given away."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 14, 12)
    published = np.vstack([np.ones(12, dtype=bool), rng.random((rng.integers(5, 10), 12)) < 0.4])
    wanted = rng.random((15, 12)) < 0.25
    sizes = wanted @ counts
    asked = wanted[(sizes > 0) & (sizes < 11)]
    expected = any(is_sure(counts, published, who) for who in asked)
    assert gives_away(counts, published, wanted) == expected


def test_sets_of_other_cells_are_refused() -> None:
    with pytest.raises(SettingsError, match="cells that are counted"):
        gives_away(np.array([30, 5]), sets([1, 1, 1]), sets([0, 1]))
