"""From the trees of a CatBoost model to trees in the core's form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError
from explainers.models.catboost_file import (
    NO_LEVEL,
    Branch,
    Leaf,
    Saved,
    Shape,
    Split,
    Symmetric,
)
from explainers.models.level_splits import with_level_splits

# Least cover of a leaf, as a share of its tree's. In symmetric trees most leaves have no training
# patient: next to others they must not count, and among themselves they count alike.
LEAST_SHARE = 1e-12


@dataclass(frozen=True)
class _Tree:
    """One tree, the root first; ``split`` is a position among all splits, -1 at a leaf."""

    split: IntArray
    left: IntArray
    right: IntArray
    value: FloatArray
    cover: FloatArray


def lay_out_trees(saved: Saved, columns: Sequence[Column]) -> TreeEnsemble:
    """Trees of a model laid end to end; their sum is its raw score.

    CatBoost sends ``float32(x) > border`` right, and a patient with the split's level.

    Raises
    ------
    BundleError
        When a tree has no training weight.
    """
    splits = saved.splits
    numbers = {split: number for number, split in enumerate(splits)}
    trees = [_lay_out(shape, numbers) for shape in saved.shapes]
    sizes = np.array([len(tree.split) for tree in trees], dtype=np.int64)
    roots = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    offsets = np.repeat(roots, sizes)
    split = np.concatenate([tree.split for tree in trees])
    is_leaf = split < 0
    left = np.concatenate([tree.left for tree in trees])
    right = np.concatenate([tree.right for tree in trees])
    # One entry more than there are splits: the one that -1 picks, for leaves.
    column = np.array([*(split.column for split in splits), -1])
    border = np.array([*(split.border for split in splits), np.nan])
    missing_left = np.array(
        [*(_missing_goes_left(split, saved, columns) for split in splits), False]
    )
    ensemble = TreeEnsemble(
        feature=column[split],
        threshold=border[split],
        left=np.where(is_leaf, -1, left + offsets),
        right=np.where(is_leaf, -1, right + offsets),
        missing_goes_left=missing_left[split],
        value=saved.factor * np.concatenate([tree.value for tree in trees]),
        cover=np.concatenate([tree.cover for tree in trees]),
        roots=roots,
        constant=saved.constant,
    )
    return _without_levels(ensemble, split, splits, columns)


def _missing_goes_left(split: Split, saved: Saved, columns: Sequence[Column]) -> bool:
    if split.level == NO_LEVEL:
        return split.column not in saved.missing_above
    return split.level != len(columns[split.column].levels)


def _without_levels(
    ensemble: TreeEnsemble, split: IntArray, splits: Sequence[Split], columns: Sequence[Column]
) -> TreeEnsemble:
    """The same trees with thresholds in place of levels."""
    everyone = {at: frozenset(range(len(column.levels))) for at, column in enumerate(columns)}
    left_levels = [everyone[split.column] - {split.level} for split in splits]
    on_levels = np.array([*(split.level != NO_LEVEL for split in splits), False])
    return with_level_splits(
        ensemble,
        {int(node): left_levels[split[node]] for node in np.flatnonzero(on_levels[split])},
        {at: len(levels) for at, levels in everyone.items() if levels},
    )


def _lay_out(shape: Shape, numbers: Mapping[Split, int]) -> _Tree:
    if isinstance(shape, Symmetric):
        return _lay_out_symmetric(shape, [numbers[split] for split in shape.splits])
    return _lay_out_nested(shape, numbers)


def _lay_out_symmetric(shape: Symmetric, numbers: Sequence[int]) -> _Tree:
    """The whole tree, level by level: the children of node i are 2i + 1 and 2i + 2.

    The root splits on the last split, as in CatBoost's own SHAP values. A subtree whose leaves have
    one value is a leaf: where no training patient came, all are 0.
    """
    values = np.array(shape.values)
    weights = _least_cover(np.array(shape.weights))
    value, cover, is_leaf, is_kept = [], [], [], [np.ones(1, dtype=np.bool_)]
    for depth in range(len(numbers) + 1):
        below = values.reshape(2**depth, -1)
        cover.append(weights.reshape(2**depth, -1).sum(axis=1))
        is_leaf.append((below == below[:, :1]).all(axis=1))
        value.append(np.where(is_leaf[-1], below[:, 0], 0.0))
        is_kept.append(np.repeat(is_kept[-1] & ~is_leaf[-1], 2))
    split = np.repeat([*reversed(numbers), -1], 2 ** np.arange(len(numbers) + 1))
    left = 2 * np.arange(len(split)) + 1
    whole = _Tree(
        split=np.where(np.concatenate(is_leaf), -1, split),
        left=left,
        right=left + 1,
        value=np.concatenate(value),
        cover=np.concatenate(cover),
    )
    return _keep(whole, np.concatenate(is_kept[:-1]))


def _keep(tree: _Tree, is_kept: BoolArray) -> _Tree:
    """The tree without the nodes that are not kept."""
    position = np.append(np.cumsum(is_kept) - 1, -1)
    is_leaf = tree.split[is_kept] < 0
    return _Tree(
        split=tree.split[is_kept],
        left=np.where(is_leaf, -1, position[np.where(is_leaf, -1, tree.left[is_kept])]),
        right=np.where(is_leaf, -1, position[np.where(is_leaf, -1, tree.right[is_kept])]),
        value=tree.value[is_kept],
        cover=tree.cover[is_kept],
    )


def _lay_out_nested(shape: Branch | Leaf, numbers: Mapping[Split, int]) -> _Tree:
    nodes: list[Branch | Leaf] = []
    children: list[list[int]] = []
    hooks: list[tuple[Branch | Leaf, int]] = [(shape, -1)]
    while hooks:
        node, parent = hooks.pop()
        if parent >= 0:
            children[parent].append(len(nodes))
        nodes.append(node)
        children.append([])
        if isinstance(node, Branch):
            hooks += [(node.right, len(nodes) - 1), (node.left, len(nodes) - 1)]
    is_leaf = np.array([isinstance(node, Leaf) for node in nodes])
    weights = np.array([node.weight for node in nodes if isinstance(node, Leaf)])
    cover = np.zeros(len(nodes))
    cover[is_leaf] = _least_cover(weights)
    for at in np.flatnonzero(~is_leaf)[::-1]:
        cover[at] = cover[children[at]].sum()
    both = np.array([pair or [-1, -1] for pair in children])
    return _Tree(
        split=np.array([numbers[node.split] if isinstance(node, Branch) else -1 for node in nodes]),
        left=both[:, 0],
        right=both[:, 1],
        value=np.array([node.value if isinstance(node, Leaf) else 0.0 for node in nodes]),
        cover=cover,
    )


def _least_cover(weights: FloatArray) -> FloatArray:
    total = weights.sum()
    if not 0.0 < total < np.inf:
        raise BundleError("the trees of a CatBoost model must have weights", value=float(total))
    covers: FloatArray = np.maximum(weights, LEAST_SHARE * total)
    return covers
