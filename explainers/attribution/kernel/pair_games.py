"""All pairs' answers of one leaf, as a table over which of its conditions a patient meets.

The games are those of :mod:`leaf_games`. The SHAP interaction value of features i and j (Lundberg
et al. 2020) is half of the Shapley interaction index, so that both halves of a pair, (i, j) and
(j, i), together are the index. Path-dependent::

    phi_ij = 1/2 v (o_i - z_i) (o_j - z_j) int_0^1 prod_{k != i,j} (o_k t + z_k (1 - t)) dt

whose integrand has degree d - 2, so a Gauss-Legendre rule of ceil((d - 1) / 2) points is exact.

Interventional, with a conditions that only the patient meets and m that only the reference patient
meets: ``1/2 v (a-2)! m! / (a+m-1)!`` for two of the former, ``1/2 v a! (m-2)! / (a+m-1)!`` for two
of the latter, ``-1/2 v (a-1)! (m-1)! / (a+m-1)!`` for one of each, and 0 for all other pairs.

The pair of conditions i and j < i stands in row ``i (i - 1) / 2 + j`` of a leaf's table.
"""

from __future__ import annotations

import numpy as np

from explainers.attribution.kernel.compiled import compiled
from explainers.attribution.kernel.conditions import Paths
from explainers.attribution.kernel.leaf_games import (
    MOST_CONDITIONS,
    Game,
    count_bits,
    count_patterns,
)
from explainers.core.arrays import FloatArray

MOST_LEAF_PAIRS = MOST_CONDITIONS * (MOST_CONDITIONS - 1) // 2


@compiled
def fill_leaf_pairs(paths: Paths, leaf: int, game: Game, table: FloatArray) -> None:
    """Write one leaf's interactions, pairs by patterns, into ``table``."""
    if len(game.reference):
        _fill_interventional(paths, leaf, game, table)
    else:
        _fill_path_dependent(paths, leaf, game, table)


@compiled
def _fill_path_dependent(paths: Paths, leaf: int, game: Game, table: FloatArray) -> None:
    begin = paths.start[leaf]
    size = paths.start[leaf + 1] - begin
    ratio = paths.ratio[begin : begin + size]
    n_points = size // 2
    factor = np.empty(size)
    integral = np.empty(size * (size - 1) // 2)
    for pattern in range(1 << size):
        integral[:] = 0.0
        for k in range(n_points):
            here = game.point[n_points, k]
            for i in range(size):
                met = float((pattern >> i) & 1)
                factor[i] = met * here + ratio[i] * (1.0 - here)
            _add_products_of_others(factor, game.weight[n_points, k], integral)
        at = 0
        for i in range(size):
            mine = 0.5 * paths.value[leaf] * (float((pattern >> i) & 1) - ratio[i])
            for j in range(i):
                table[at, pattern] = mine * (float((pattern >> j) & 1) - ratio[j]) * integral[at]
                at += 1


@compiled
def _add_products_of_others(factor: FloatArray, scale: float, total: FloatArray) -> None:
    """Add to each pair ``scale`` times the product of all other factors, dividing by none."""
    size = len(factor)
    after = np.empty(size)
    running = scale
    for i in range(size - 1, -1, -1):
        after[i] = running
        running *= factor[i]
    before = 1.0
    for j in range(size):
        between = before
        for i in range(j + 1, size):
            total[i * (i - 1) // 2 + j] += between * after[i]
            between *= factor[i]
        before *= factor[j]


@compiled
def _fill_interventional(paths: Paths, leaf: int, game: Game, table: FloatArray) -> None:
    """For bits o, only references that meet all of what o misses count: c = ~o + subset of o."""
    size = paths.start[leaf + 1] - paths.start[leaf]
    value = 0.5 * paths.value[leaf] / len(game.reference)
    everything = (1 << size) - 1
    count = count_patterns(paths, leaf, game.reference)
    table[: size * (size - 1) // 2, : everything + 1] = 0.0
    for pattern in range(everything + 1):
        missed = everything ^ pattern
        common = pattern
        while True:
            times = count[missed | common]
            if times:
                _add_reference(value * times, pattern ^ common, missed, game, table[:, pattern])
            if common == 0:
                break
            common = (common - 1) & pattern


@compiled
def _add_reference(value: float, mine: int, theirs: int, game: Game, column: FloatArray) -> None:
    """Add the pairs' parts for conditions that only the patient, or only the reference, meets."""
    a, m = count_bits(mine), count_bits(theirs)
    both_mine = value * game.share[a - 1, m] if a > 1 else 0.0
    both_theirs = value * game.share[m - 1, a] if m > 1 else 0.0
    one_of_each = -value * game.share[a, m - 1] if m > 0 else 0.0
    at = 0
    for i in range(MOST_CONDITIONS):
        if (mine | theirs) >> i == 0:
            break
        for j in range(i):
            if (mine >> i) & (mine >> j) & 1:
                column[at] += both_mine
            elif (theirs >> i) & (theirs >> j) & 1:
                column[at] += both_theirs
            elif ((mine | theirs) >> i) & ((mine | theirs) >> j) & 1:
                column[at] += one_of_each
            at += 1
