"""The floor where a person may stand in several rows: people are protected, rows are counted.

Persons cannot be subtracted as rows can: somebody with one visit at which the outcome was found and
one at which it was not is in both counts. So the floor is turned into rows, once for all tables of
a cohort: a count of more rows than the ten persons with the most rows have together cannot be of
fewer than eleven persons.
"""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import IntArray
from explainers.core.belonging import Belonging
from explainers.core.cohort import Cohort
from explainers.disclosure.counts import SMALLEST_CELL, RowFloor, check_floor


def floor_in_rows(cohort: Cohort, floor: int = SMALLEST_CELL) -> int:
    """Smallest count of rows that is sure to be of at least ``floor`` persons.

    Parameters
    ----------
    cohort : Cohort
        All rows that anything is counted among.
    floor : int
        Fewest persons that may be shown, 11 or more; a floor in rows is taken as it is.

    Returns
    -------
    int
        The floor itself where each row is a person.

    Raises
    ------
    SettingsError
        When the floor is lower than 11.
    CohortError
        As :attr:`~explainers.core.cohort.Cohort.persons`.
    """
    return rows_for_persons(cohort.persons, floor)


def rows_for_persons(persons: Belonging | None, floor: int = SMALLEST_CELL) -> int:
    """The same for rows whose persons are known; None where each row is a person."""
    if persons is None or isinstance(floor, RowFloor):
        return check_floor(floor)
    sizes = np.sort(persons.sizes)[::-1]
    lowest = _rows_of(sizes, SMALLEST_CELL)
    return RowFloor(_rows_of(sizes, check_floor(floor)), floor, lowest)


def _rows_of(sizes: IntArray, people: int) -> int:
    """Fewest rows that are sure to be of so many of the people with so many rows, (k,)."""
    largest = sizes[: people - 1]
    return int(largest.sum()) + max(1, people - len(largest))
