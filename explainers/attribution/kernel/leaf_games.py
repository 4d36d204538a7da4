"""All answers of one leaf, as a table over which of its conditions a patient meets.

A leaf of value v with d conditions plays a game of d players. Which conditions a patient meets is
d bits o; row o of the leaf's table holds the Shapley values of the d features.

Path-dependent (Lundberg, Erion and Lee 2018): ``f(S) = v prod_{i in S} o_i prod_{i not in S} z_i``
with z_i the product of cover ratios. With ``s! (d-1-s)! / d! = int_0^1 t^s (1-t)^(d-1-s) dt``::

    phi_i = v (o_i - z_i) int_0^1 prod_{j != i} (o_j t + z_j (1 - t)) dt

whose integrand has degree d - 1, so a Gauss-Legendre rule of ceil(d / 2) points is exact.

Interventional, with c the bits of a reference patient (Wettenstein, Nadel and Boker 2025): the leaf
is silent unless every condition is met by one of the two. With a conditions that only the patient
meets and m that only the reference patient meets, phi is ``v (a-1)! m! / (a+m)!`` for each of the
former, ``-v a! (m-1)! / (a+m)!`` for each of the latter, and 0 for the rest. The table is the mean
over how often each pattern c occurs among the reference patients.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from explainers.attribution.cuts import MISSING
from explainers.attribution.kernel.compiled import compiled
from explainers.attribution.kernel.conditions import Paths
from explainers.core.arrays import FloatArray, IntArray

# A leaf with more distinct features than this has too large a table.
MOST_CONDITIONS = 12


class Game(NamedTuple):
    """Which game the leaves play.

    Attributes
    ----------
    reference : ndarray of shape (m, p)
        Ranks of the reference patients; no rows in the path-dependent game.
    point, weight : ndarray of shape (most conditions // 2 + 1, points)
        Row k holds the Gauss-Legendre rule of k points on [0, 1].
    share : ndarray of shape (most conditions + 1, most conditions + 1)
        ``share[a, m] = (a-1)! m! / (a+m)!``, and 0 for a = 0.
    """

    reference: IntArray
    point: FloatArray
    weight: FloatArray
    share: FloatArray


def make_game(reference_ranks: IntArray) -> Game:
    """The game of the given reference patients (m, p); path-dependent when there are none."""
    point, weight = gauss_legendre(MOST_CONDITIONS // 2 + 1)
    size = MOST_CONDITIONS + 1
    share = np.zeros((size, size))
    for mine in range(1, size):
        share[mine, 0] = 1 / mine
        for theirs in range(1, size):
            share[mine, theirs] = share[mine, theirs - 1] * theirs / (mine + theirs)
    return Game(reference_ranks, point, weight, share)


def gauss_legendre(most: int) -> tuple[FloatArray, FloatArray]:
    """Points and weights on [0, 1]; row k holds the rule of k points, exact to degree 2k - 1."""
    point = np.zeros((most + 1, most))
    weight = np.zeros((most + 1, most))
    for size in range(1, most + 1):
        nodes, masses = np.polynomial.legendre.leggauss(size)
        point[size, :size] = (nodes + 1) / 2
        weight[size, :size] = masses / 2
    return point, weight


@compiled
def fill_leaf_table(paths: Paths, leaf: int, game: Game, table: FloatArray) -> float:
    """Write the rows of one leaf's game into ``table``; returns its value of no features."""
    if len(game.reference):
        return _fill_interventional(paths, leaf, game, table)
    return _fill_path_dependent(paths, leaf, game, table)


@compiled
def _fill_path_dependent(paths: Paths, leaf: int, game: Game, table: FloatArray) -> float:
    begin = paths.start[leaf]
    size = paths.start[leaf + 1] - begin
    value = paths.value[leaf]
    ratio = paths.ratio[begin : begin + size]
    n_points = (size + 1) // 2
    factor = np.empty(size)
    integral = np.empty(size)
    for pattern in range(1 << size):
        integral[:] = 0.0
        for k in range(n_points):
            here = game.point[n_points, k]
            for i in range(size):
                met = float((pattern >> i) & 1)
                factor[i] = met * here + ratio[i] * (1.0 - here)
            _add_products_of_others(factor, game.weight[n_points, k], integral)
        for i in range(size):
            met = float((pattern >> i) & 1)
            table[pattern, i] = value * (met - ratio[i]) * integral[i]
    return float(value * ratio.prod())


@compiled
def _add_products_of_others(factor: FloatArray, scale: float, total: FloatArray) -> None:
    """Add to total_i ``scale`` times the product of all factors but i, without dividing by any."""
    before = np.empty(len(factor))
    running = scale
    for i in range(len(factor)):
        before[i] = running
        running *= factor[i]
    running = 1.0
    for i in range(len(factor) - 1, -1, -1):
        total[i] += before[i] * running
        running *= factor[i]


@compiled
def _fill_interventional(paths: Paths, leaf: int, game: Game, table: FloatArray) -> float:
    """For bits o, only references that meet all of what o misses count: c = ~o + subset of o."""
    size = paths.start[leaf + 1] - paths.start[leaf]
    value = paths.value[leaf] / len(game.reference)
    everything = (1 << size) - 1
    count = count_patterns(paths, leaf, game.reference)
    table[: everything + 1, :size] = 0.0
    for pattern in range(everything + 1):
        missed = everything ^ pattern
        n_theirs = count_bits(missed)
        common = pattern
        while True:
            times = count[missed | common]
            if times:
                only_mine = pattern ^ common
                n_mine = count_bits(only_mine)
                mine = value * times * game.share[n_mine, n_theirs]
                theirs = value * times * game.share[n_theirs, n_mine]
                for i in range(size):
                    if (only_mine >> i) & 1:
                        table[pattern, i] += mine
                    elif (missed >> i) & 1:
                        table[pattern, i] -= theirs
            if common == 0:
                break
            common = (common - 1) & pattern
    return float(value * count[everything])


@compiled
def count_patterns(paths: Paths, leaf: int, reference: IntArray) -> IntArray:
    """How many reference patients meet exactly the conditions of each pattern, (2^d,)."""
    begin = paths.start[leaf]
    size = paths.start[leaf + 1] - begin
    count = np.zeros(1 << size, np.int64)
    for row in range(len(reference)):
        pattern = 0
        for i in range(size):
            at = begin + i
            rank = reference[row, paths.feature[at]]
            if rank == MISSING:
                met = paths.missing_passes[at]
            else:
                met = paths.low[at] < rank <= paths.high[at]
            pattern |= int(met) << i
        count[pattern] += 1
    return count


@compiled
def count_bits(mask: int) -> int:
    """How many bits of a mask are set."""
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count
