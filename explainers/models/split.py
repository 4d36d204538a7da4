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


def assign_folds(labels: FloatArray, *, n_folds: int, seed: int) -> IntArray:
    """Fold (n,) of each patient, from 0; each fold gets its share of events up to one."""
    order = _shuffled_within(labels, np.random.default_rng([seed, 1]))
    folds = np.empty(len(labels), dtype=np.int64)
    folds[order] = np.arange(len(labels)) % n_folds
    return folds


def _shuffled_within(strata: FloatArray | IntArray, rng: np.random.Generator) -> IntArray:
    """Positions of the patients, stratum after stratum, in random order within each."""
    return np.lexsort((rng.random(len(strata)), strata)).astype(np.int64)
