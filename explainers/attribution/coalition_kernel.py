"""The compiled part of exact Shapley values on a curved scale.

For one patient x and one reference patient b, a coalition S of features takes x's values and the
rest take b's. The raw score of S is written as a sum of terms: a term (mask, value) counts when S
holds every feature of the mask (Moebius form). A leaf that is reached when S holds all of A and
none of N gives the terms A + T for every subset T of N, with the sign of (-1)^|T|. Adding up
subsets (Yates' zeta transform) gives the score of all 2^d coalitions, the link bends each, and
Shapley's weights add them up. Features on which x and b go the same way everywhere drop out, so d
is often well below the number of features.

Coalitions are taken a block at a time so that the work stays in the processor's cache. Functions
release the interpreter lock; threads share the reference patients. Threads of numba itself are
avoided: its default layer ends the process when two server threads enter it together.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numba
import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.compiled import OPTIONS, Function, compiled

# 2^11 coalitions in double precision fill half of a small first-level cache.
SMALLEST_BLOCK_BITS = 11
# 2^16 of them fit a second-level cache; a larger block saves visits to a long list of terms.
LARGEST_BLOCK_BITS = 16
# Terms there is room for at first.
FIRST_ROOM = 4096

NO_WRAPPERS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class Bend(NamedTuple):
    """The step from raw score to scale: the numbers of a Link, and which steps apply."""

    score_is_probability: bool
    to_risk: bool
    intercept: float
    slope: float
    smallest_probability: float


class Forest(NamedTuple):
    """Tree arrays, as in TreeEnsemble; ``player`` numbers a node's feature, -1 at a leaf."""

    player: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    missing_goes_left: BoolArray
    value: FloatArray
    roots: IntArray
    constant: float


def inner(function: Function) -> Function:
    """As ``compiled``, for what only compiled code calls: no wrappers, half the compile time."""
    return cast("Function", numba.njit(**OPTIONS, **NO_WRAPPERS)(function))


@inner
def count_bits(mask: int) -> int:
    """Number of features in a coalition."""
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@inner
def goes_left(forest: Forest, node: int, value: float) -> bool:
    """Where an inner node sends a value that is already rounded to single precision."""
    if np.isnan(value):
        return bool(forest.missing_goes_left[node])
    return bool(value <= forest.threshold[node])


@inner
def add_leaf(
    masks: IntArray, values: FloatArray, used: int, leaf: tuple[int, int], value: float
) -> int:
    """Write the terms of a leaf reached by coalitions that hold all of one mask, none of the other.

    Returns how many terms there are now; those beyond the room are counted and not written.
    """
    held, absent = leaf
    part = absent
    while True:
        if used < len(masks):
            masks[used] = held | part
            values[used] = -value if count_bits(part) & 1 else value
        used += 1
        if part == 0:
            return used
        part = (part - 1) & absent


@inner
def tree_terms(
    forest: Forest,
    patient: FloatArray,
    reference: FloatArray,
    masks: IntArray,
    values: FloatArray,
) -> int:
    """Write the terms of a sum of trees for a pair of patients; return how many there are.

    Each tree is walked once: where the two part ways at a node, the walk follows both, and notes
    that the coalition must hold (patient's way) or lack (reference's way) the feature.
    """
    used = add_leaf(masks, values, 0, (0, 0), forest.constant)
    stack = np.zeros((len(forest.player) + 1, 3), dtype=np.int64)
    for root in forest.roots:
        stack[0, 0] = root
        stack[0, 1] = 0
        stack[0, 2] = 0
        waiting = 1
        while waiting:
            waiting -= 1
            node = stack[waiting, 0]
            held = stack[waiting, 1]
            absent = stack[waiting, 2]
            player = forest.player[node]
            if player < 0:
                used = add_leaf(masks, values, used, (held, absent), forest.value[node])
                continue
            bit = 1 << player
            ours = goes_left(forest, node, patient[player])
            theirs = goes_left(forest, node, reference[player])
            if ours == theirs or not absent & bit:
                stack[waiting, 0] = forest.left[node] if ours else forest.right[node]
                stack[waiting, 1] = held if ours == theirs else held | bit
                waiting += 1
            if ours != theirs and not held & bit:
                stack[waiting, 0] = forest.left[node] if theirs else forest.right[node]
                stack[waiting, 1] = held
                stack[waiting, 2] = absent | bit
                waiting += 1
    return used


@inner
def shapley_weights(n_players: int) -> tuple[FloatArray, FloatArray]:
    """Weights of v(S) by the size of S, (n + 1,) each.

    The value of player i is the sum of ``inside[|S|] v(S)`` over S that hold i, minus the sum of
    ``outside[|S|] v(S)`` over all S. Here outside[s] = s! (n-s-1)! / n!, and inside adds
    (s-1)! (n-s)! / n! to it.
    """
    inside = np.zeros(n_players + 1)
    outside = np.zeros(n_players + 1)
    choices = 1.0
    for size in range(n_players):
        # choices is the number of coalitions of this size among the other players.
        outside[size] = 1 / (n_players * choices)
        inside[size] += outside[size]
        inside[size + 1] += outside[size]
        choices = choices * (n_players - 1 - size) / (size + 1)
    return inside, outside


@inner
def add_up_subsets(block: FloatArray) -> None:
    """Replace each entry by the sum over its sub-masks, in place (zeta transform)."""
    step = 1
    while step < len(block):
        for start in range(0, len(block), 2 * step):
            low = block[start : start + step]
            high = block[start + step : start + 2 * step]
            for at in range(step):
                high[at] += low[at]
        step *= 2


@inner
def bend_scores(block: FloatArray, bend: Bend) -> None:
    """Turn raw scores into the scale asked for, in place."""
    if bend.score_is_probability:
        lowest = bend.smallest_probability
        for at in range(len(block)):
            share = min(max(block[at], lowest), 1 - lowest)
            block[at] = np.log(share / (1 - share))
    for at in range(len(block)):
        block[at] = bend.intercept + bend.slope * block[at]
    if bend.to_risk:
        for at in range(len(block)):
            block[at] = 1 / (1 + np.exp(-block[at]))


@inner
def renumber(masks: IntArray) -> tuple[IntArray, IntArray]:
    """Players that occur in any mask, and the masks in terms of these players only."""
    occurring = 0
    for mask in masks:
        occurring |= mask
    players = np.empty(count_bits(occurring), dtype=np.int64)
    narrow = np.zeros(len(masks), dtype=np.int64)
    found = 0
    for player in range(63):
        if (occurring >> player) & 1:
            players[found] = player
            for at in range(len(masks)):
                narrow[at] |= ((masks[at] >> player) & 1) << found
            found += 1
    return players, narrow


@inner
def block_bits(n_terms: int, n_players: int) -> int:
    """Number of players whose coalitions are worked on together."""
    bits = SMALLEST_BLOCK_BITS
    while bits < LARGEST_BLOCK_BITS and (1 << bits) < n_terms:
        bits += 1
    return min(bits, n_players)


@inner
def fill_block(
    block: FloatArray, masks: IntArray, values: FloatArray, bits: int, upper: int
) -> None:
    """Raw scores of the coalitions whose players beyond ``bits`` are those of ``upper``."""
    for at in range(len(block)):
        block[at] = 0.0
    for at in range(len(masks)):
        if (masks[at] >> bits) & ~upper == 0:
            block[masks[at] & (len(block) - 1)] += values[at]
    add_up_subsets(block)


@inner
def sizes_up_to(n_players: int) -> IntArray:
    """Size of every coalition of so many players, (2^n,)."""
    sizes = np.zeros(1 << n_players, dtype=np.int64)
    for at in range(1, len(sizes)):
        sizes[at] = sizes[at >> 1] + (at & 1)
    return sizes


@inner
def add_to_members(total: FloatArray, players: IntArray, coalition: int, amount: float) -> None:
    """Add an amount to each player of a coalition of ``players``."""
    for at in range(len(players)):
        if (coalition >> at) & 1:
            total[players[at]] += amount


@inner
def shapley_of_terms(masks: IntArray, values: FloatArray, bend: Bend, total: FloatArray) -> None:
    """Add the Shapley values of the bent sum of terms to ``total`` (players,)."""
    players, masks = renumber(masks)
    d = len(players)
    bits = block_bits(len(masks), d)
    inside, outside = shapley_weights(d)
    sizes = sizes_up_to(bits)
    block, inside_sum = np.zeros(len(sizes)), np.zeros(len(sizes))
    outside_sum = np.zeros(len(sizes))
    for upper in range(1 << (d - bits)):
        fill_block(block, masks, values, bits, upper)
        bend_scores(block, bend)
        n_upper = count_bits(upper)
        upper_sum = 0.0
        for at in range(len(sizes)):
            weighted = inside[n_upper + sizes[at]] * block[at]
            upper_sum += weighted
            inside_sum[at] += weighted
            outside_sum[at] += outside[n_upper + sizes[at]] * block[at]
        add_to_members(total, players[bits:], upper, upper_sum)
    everyone = (1 << d) - 1
    for at in range(len(sizes)):
        add_to_members(total, players[:bits], at, inside_sum[at])
        add_to_members(total, players, everyone, -outside_sum[at])


@compiled
def shapley_of_trees(
    forest: Forest, patient: FloatArray, references: FloatArray, bend: Bend
) -> FloatArray:
    """Sum over reference patients (m, players) of the Shapley values, (players,)."""
    total = np.zeros(len(patient))
    masks = np.zeros(FIRST_ROOM, dtype=np.int64)
    values = np.zeros(FIRST_ROOM)
    for at in range(len(references)):
        used = tree_terms(forest, patient, references[at], masks, values)
        if used > len(masks):
            masks = np.zeros(2 * used, dtype=np.int64)
            values = np.zeros(2 * used)
            tree_terms(forest, patient, references[at], masks, values)
        shapley_of_terms(masks[:used], values[:used], bend, total)
    return total


@compiled
def shapley_of_sums(
    constant: float, patient_terms: FloatArray, reference_terms: FloatArray, bend: Bend
) -> FloatArray:
    """The same for an additive model, from the patient's terms and the references' (m, players)."""
    n_players = len(patient_terms)
    total = np.zeros(n_players)
    for reference in range(len(reference_terms)):
        masks = np.zeros(n_players + 1, dtype=np.int64)
        values = np.zeros(n_players + 1)
        values[0] = constant
        used = 1
        for player in range(n_players):
            values[0] += reference_terms[reference, player]
            difference = patient_terms[player] - reference_terms[reference, player]
            if difference != 0:
                masks[used] = np.int64(1) << player
                values[used] = difference
                used += 1
        shapley_of_terms(masks[:used], values[:used], bend, total)
    return total
