"""Resamples counted in cells are those counted row by row, and intervals stay what they were."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from explainers.errors import SettingsError
from explainers.subgroups import selection_cells
from explainers.subgroups.selection_cells import make_cells
from explainers.subgroups.selection_draws import (
    _no_counts,
    count_in_cells,
    count_resamples,
    tally_of,
)
from explainers.subgroups.selection_walk import count_draw
from explainers.subgroups.selections import (
    Ranked,
    SelectionCounts,
    count_selections,
    rank_patients,
)


def ranked_patients(n: int, *, decimals: int, seed: int = 0) -> Ranked:
    """Three rankings, four groups, two outcomes."""
    rng = np.random.default_rng(seed)
    group = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    illness = rng.normal(size=n)
    need = (illness + rng.normal(size=n)).round(decimals)
    scores = [illness - 0.5 * (group > 1) + rng.normal(size=n), illness + rng.normal(size=n), need]
    return Ranked(
        orders=tuple(rank_patients(own, rng.permutation(n)) for own in scores),
        members=np.eye(4)[group],
        labels=np.column_stack([own + rng.normal(size=n) > 1.5 for own in scores[:2]]).astype(
            float
        ),
        need=need,
        favoured=0,
        n_selected=n // 10,
    )


@pytest.fixture
def few_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells for few patients too, so that rows can be counted beside them."""
    monkeypatch.setattr(selection_cells, "FEWEST_IN_CELLS", 0)


@pytest.mark.usefixtures("few_cells")
@pytest.mark.parametrize("decimals", [0, 1, 9])
@pytest.mark.parametrize("favoured", [0, 2, -1])
def test_cells_count_what_rows_count(decimals: int, favoured: int) -> None:
    """Prevents a patient near the cut, or a swap, from being counted with the wrong cell.

    The same rows drawn with replacement, counted by the plain procedure and by cells.
    """
    n = 6_000
    ranked = replace(ranked_patients(n, decimals=decimals), favoured=favoured)
    patients = make_cells(ranked)
    assert patients.n_cells < n
    rng = np.random.default_rng(1)
    drawn = np.stack([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(20)])
    expected = count_selections(ranked, drawn.astype(float))
    found = _no_counts(ranked, len(drawn))
    for at, weights in enumerate(drawn):
        assert count_draw(
            patients.cells, *patients.added(weights.astype(float)), tally_of(found, at)
        )
    for own in fields(SelectionCounts):
        if own.name != "need":
            np.testing.assert_array_equal(getattr(found, own.name), getattr(expected, own.name))
    # Of a cell that is selected as a whole the sum of need is exact.
    np.testing.assert_allclose(found.need, expected.need, rtol=1e-9, atol=1e-6)


@pytest.mark.usefixtures("few_cells")
def test_cells_that_are_too_coarse_are_noticed() -> None:
    """Prevents a cut that moved beyond the patients kept apart from being counted wrongly."""
    ranked = ranked_patients(4_000, decimals=9)
    assert count_in_cells(ranked, make_cells(ranked, 0.05), 100, 0) is None
    assert count_in_cells(ranked, make_cells(ranked, 2.0), 100, 0) is not None


@pytest.mark.parametrize("decimals", [1, 9])
def test_draws_of_cells_are_spread_as_draws_of_rows(
    monkeypatch: pytest.MonkeyPatch, decimals: int
) -> None:
    """Prevents intervals that are too narrow: 2,000 draws of each agree in mean and deviation."""
    ranked = ranked_patients(2_000, decimals=decimals)
    by_rows = count_resamples(ranked, 2_000, 3)
    monkeypatch.setattr(selection_cells, "FEWEST_IN_CELLS", 0)
    by_cells = count_resamples(ranked, 2_000, 4)
    for name in ("groups", "events", "need", "both", "swapped", "everybody"):
        rows, cells = getattr(by_rows, name), getattr(by_cells, name)
        spread = rows.std(axis=0)
        assert (np.abs(rows.mean(axis=0) - cells.mean(axis=0)) <= 0.17 * spread + 1e-9).all(), name
        np.testing.assert_allclose(cells.std(axis=0), spread, rtol=0.12, atol=0.2)


def test_the_same_seed_gives_the_same_draws() -> None:
    ranked = ranked_patients(12_000, decimals=1)
    first, again = (count_resamples(ranked, 100, 7) for _ in range(2))
    np.testing.assert_array_equal(first.need, again.need)
    np.testing.assert_array_equal(first.swapped, again.swapped)


def test_too_few_resamples_are_refused() -> None:
    with pytest.raises(SettingsError):
        count_resamples(ranked_patients(100, decimals=1), 99, 0)
