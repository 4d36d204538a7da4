"""Which crossed groups follow from those of each attribute, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.disclosure.crossings import follows_from_margins


def follows(table: list[list[int]]) -> bool:
    counts = np.array(table)
    first, second = (at.ravel() for at in np.indices(counts.shape))
    return follows_from_margins(first, second, counts.ravel() > 0)


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        # All of the first row are in the second column: the last cell is row 2 less column 1.
        ([[0, 5], [7, 9]], True),
        # Each cell is the whole of a row or of a column.
        ([[5, 0], [0, 9]], False),
        ([[5, 0, 7]], False),
        # Each cell is on a circle of four.
        ([[5, 6], [7, 9]], False),
        ([[5, 6, 0], [7, 9, 4]], False),
        # Two circles with one cell between them.
        ([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 1]], True),
        ([[0, 0], [0, 0]], False),
    ],
)
def test_a_cell_on_no_circle_follows_unless_it_is_a_whole_group(
    table: list[list[int]], *, wanted: bool
) -> None:
    """Prevents the remainder of nested groups from being published at every threshold."""
    assert follows(table) == wanted
    assert follows(np.array(table).T.tolist()) == wanted
