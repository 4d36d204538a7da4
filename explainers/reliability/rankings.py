"""Comparing reasons by their order: ranks, sets of the largest, rank correlation."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from explainers.core.arrays import BoolArray, FloatArray
from explainers.errors import SettingsError


def ranks_by_size(values: FloatArray) -> FloatArray:
    """Rank (n, p) of each contribution by absolute size, 1 for the largest, ties averaged."""
    return np.asarray(rankdata(-np.abs(values), axis=1), dtype=np.float64)


def is_in_top(values: FloatArray, k: int) -> BoolArray:
    """Whether each contribution (n, p) is among its row's k largest; ties in column order.

    Raises
    ------
    SettingsError
        When k is not between 1 and p.
    """
    if not 1 <= k <= values.shape[1]:
        raise SettingsError(
            f"the number of top reasons must lie between 1 and {values.shape[1]}", value=k
        )
    order = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :k]
    chosen = np.zeros(values.shape, dtype=bool)
    np.put_along_axis(chosen, order, values=True, axis=1)
    return chosen


def set_overlap(first: BoolArray, second: BoolArray) -> FloatArray:
    """Jaccard overlap (n,) of sets given as memberships (n, p): shared over all; 1 for equal."""
    shared = (first & second).sum(axis=1)
    overlap: FloatArray = shared / np.maximum((first | second).sum(axis=1), 1)
    return overlap


def rank_correlation(first: FloatArray, second: FloatArray) -> FloatArray:
    """Spearman correlation (n,) of the rows of (n, p); NaN where a row is constant."""
    ranks = [np.asarray(rankdata(values, axis=1)) for values in (first, second)]
    centred = [rank - rank.mean(axis=1, keepdims=True) for rank in ranks]
    scale = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
    products = (centred[0] * centred[1]).sum(axis=1)
    correlation: FloatArray = np.divide(
        products, scale, out=np.full(len(first), np.nan), where=scale > 0
    )
    return correlation


def known_mean(values: FloatArray, *, axis: int) -> FloatArray:
    """Mean along an axis over the entries that exist; NaN where none does."""
    is_known = np.isfinite(values)
    counts = is_known.sum(axis=axis)
    totals = np.where(is_known, values, 0.0).sum(axis=axis)
    mean: FloatArray = np.divide(
        totals, counts, out=np.full(counts.shape, np.nan), where=counts > 0
    )
    return mean
