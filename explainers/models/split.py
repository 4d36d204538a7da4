"""Seeded ways to part patients: held-out against training, and folds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explainers.core.arrays import BoolArray, FloatArray, IntArray


def draw_test_patients(
    outcomes: FloatArray, outcome: int, *, test_fraction: float, seed: int
) -> BoolArray:
    """Choose the patients to hold out.

    Strata are the combinations of all the cohort's outcomes, not only of the one predicted, so that
    models of different outcomes with the same seed hold out the same patients and can be compared.

    Parameters
    ----------
    outcomes : ndarray of shape (n, n_outcomes)
        Labels of 1, 0 or NaN.
    outcome : int
        Which of them is predicted; who has no label for it cannot be trained on and is held out.
    test_fraction : float
    seed : int

    Returns
    -------
    ndarray of shape (n,)
        True for held-out patients. Each stratum gives its share up to one patient.
    """
    keys = pd.DataFrame(outcomes).fillna(-1.0)
    strata = np.array(keys.groupby(list(keys.columns), sort=True).ngroup(), dtype=np.int64)
    order = _shuffled_within(strata, np.random.default_rng([seed, 0]))
    steps = np.floor(np.arange(len(order) + 1) * test_fraction)
    is_test = np.empty(len(order), dtype=bool)
    is_test[order] = np.diff(steps) > 0
    return is_test | np.isnan(outcomes[:, outcome])


def draw_test_persons(
    outcomes: FloatArray, outcome: int, persons: IntArray, *, test_fraction: float, seed: int
) -> tuple[BoolArray, BoolArray]:
    """The same where a person may stand in several rows: all of them fall on one side.

    Persons are drawn as patients are, each by the highest label of each outcome in any of their
    rows.

    Parameters
    ----------
    outcomes, outcome, test_fraction, seed
        As for :func:`draw_test_patients`.
    persons : ndarray of shape (n,)
        Person of each row, as a number from 0.

    Returns
    -------
    (ndarray of shape (n,), ndarray of shape (n,))
        Rows to hold out, and rows to train on. A row without a label for the outcome whose person
        trains is in neither: held out it would be a patient the model knows.
    """
    of_person = np.asarray(
        pd.DataFrame(outcomes).groupby(persons, sort=True).max().to_numpy(), dtype=np.float64
    )
    own = np.unique(persons, return_inverse=True)[1]
    is_held_out = draw_test_patients(of_person, outcome, test_fraction=test_fraction, seed=seed)
    is_test = is_held_out[own]
    return is_test, ~is_test & ~np.isnan(outcomes[:, outcome])


def assign_folds(
    labels: FloatArray, *, n_folds: int, seed: int, persons: IntArray | None = None
) -> IntArray:
    """Fold (n,) of each patient, from 0; each fold gets its share of events up to one.

    Where a person (n,) may stand in several rows, all of them fall in one fold, and the share is
    of persons with any event.
    """
    if persons is not None:
        # By first row, so that leaving out rows of others changes nobody's fold.
        own = pd.factorize(persons)[0]
        of_person = np.asarray(
            pd.Series(labels).groupby(own, sort=True).max().to_numpy(), dtype=np.float64
        )
        return assign_folds(of_person, n_folds=n_folds, seed=seed)[own]
    order = _shuffled_within(labels, np.random.default_rng([seed, 1]))
    folds = np.empty(len(labels), dtype=np.int64)
    folds[order] = np.arange(len(labels)) % n_folds
    return folds


def _shuffled_within(strata: FloatArray | IntArray, rng: np.random.Generator) -> IntArray:
    """Positions of the patients, stratum after stratum, in random order within each."""
    return np.lexsort((rng.random(len(strata)), strata)).astype(np.int64)
