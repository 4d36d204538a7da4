"""Which coalitions kernel SHAP looks at: whole sizes first, then pairs drawn from the rest.

A coalition and its complement always come together (Covert and Lee 2021, paired sampling), and one
mask stands for both. The Shapley kernel gives a coalition of s among d features the weight
(d - 1) / (C(d, s) s (d - s)) (Lundberg and Lee 2017), the same for both of a pair.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray

# Of drawn pairs, so many at least and so many for each feature: below, a sampling error that is
# itself estimated from them is too uncertain to state.
FEWEST_DRAWN = 30
FEWEST_DRAWN_FOR_EACH = 3
ALMOST_ONE = 1 - 1e-8


@dataclass(frozen=True)
class CoalitionPairs:
    """Pairs of complementary coalitions of d features.

    Attributes
    ----------
    masks : ndarray of shape (m, d)
        Who is in the first coalition of each pair; all others are in the second.
    weights : ndarray of shape (m,)
        Weight of each pair in the regression.
    n_listed : int
        The first so many are all the pairs of their sizes; the others were drawn, independently of
        each other and with replacement, from all that remain.
    """

    masks: BoolArray
    weights: FloatArray
    n_listed: int

    @property
    def is_complete(self) -> bool:
        """Whether every coalition is there, so that nothing is estimated."""
        return self.n_listed == len(self.masks)


def count_pairs(n_features: int) -> int:
    """Pairs of coalitions that are neither empty nor everybody."""
    return int(2 ** max(0, n_features - 1)) - 1


def fewest_pairs(n_features: int) -> int:
    """The fewest pairs from which contributions and their sampling error can be estimated."""
    n_single = _pairs_of_size(n_features, 1) if n_features > 1 else 0
    drawn = max(FEWEST_DRAWN, FEWEST_DRAWN_FOR_EACH * n_features)
    return min(count_pairs(n_features), n_single + drawn)


def choose_pairs(n_features: int, n_pairs: int, seed: int) -> CoalitionPairs:
    """As many pairs as asked for, or all of them where there are no more.

    Sizes are listed whole from the outside in, 1 with d - 1, 2 with d - 2 and so on, as long as
    drawing would be expected to find each pair of the size once (the rule of
    ``shap.KernelExplainer``); single features always are. The rest is drawn by weight.

    Parameters
    ----------
    n_features : int
    n_pairs : int
        At least ``fewest_pairs(n_features)``.
    seed : int
    """
    sizes = range(1, n_features // 2 + 1)
    shares = {size: _share_of_size(n_features, size) for size in sizes}
    is_all = n_pairs >= count_pairs(n_features)
    n_left = min(n_pairs, count_pairs(n_features))
    listed: list[int] = []
    for size in sizes:
        of_size = _pairs_of_size(n_features, size)
        expected = n_left * shares[size] / sum(shares[each] for each in sizes if each not in listed)
        if not is_all and size > 1 and expected < of_size * ALMOST_ONE:
            break
        listed.append(size)
        n_left -= of_size
    masks, weights = [np.zeros((0, n_features), dtype=np.bool_)], [np.zeros(0)]
    for size in listed:
        masks.append(_all_of_size(n_features, size))
        weights.append(np.full(len(masks[-1]), shares[size] / len(masks[-1])))
    n_listed = sum(map(len, weights))
    rest = [size for size in sizes if size not in listed]
    if rest:
        rest_shares = np.array([shares[size] for size in rest])
        masks.append(_drawn(n_features, n_left, np.array(rest), rest_shares, seed))
        weights.append(np.full(n_left, rest_shares.sum() / n_left))
    return CoalitionPairs(np.concatenate(masks), np.concatenate(weights), n_listed)


def _pairs_of_size(n_features: int, size: int) -> int:
    """Pairs of a coalition of that size with its complement; in the middle both have the size."""
    n_coalitions = math.comb(n_features, size)
    return n_coalitions // 2 if 2 * size == n_features else n_coalitions


def _share_of_size(n_features: int, size: int) -> float:
    """Sum of the Shapley kernel over the pairs of a size, up to a common factor."""
    share = 1 / (size * (n_features - size))
    return share / 2 if 2 * size == n_features else share


def _all_of_size(n_features: int, size: int) -> BoolArray:
    members = list(_combinations(n_features, size))
    masks = np.zeros((len(members), n_features), dtype=np.bool_)
    np.put_along_axis(masks, np.array(members, dtype=np.int64), values=True, axis=1)
    return masks


def _combinations(n_features: int, size: int) -> Iterator[tuple[int, ...]]:
    """In the middle size the first half, in which the first feature is: one of each pair."""
    return islice(combinations(range(n_features), size), _pairs_of_size(n_features, size))


def _drawn(
    n_features: int, n_pairs: int, sizes: np.ndarray, shares: FloatArray, seed: int
) -> BoolArray:
    rng = np.random.default_rng(seed)
    size = rng.choice(sizes, n_pairs, p=shares / shares.sum())
    ranks = rng.permuted(np.tile(np.arange(n_features), (n_pairs, 1)), axis=1)
    chosen: BoolArray = ranks < size[:, None]
    return chosen
