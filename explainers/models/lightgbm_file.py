"""Reading and writing the text in which LightGBM saves a model.

LightGBM's own reader is compiled code that trusts the file: children that lead out of a tree or
back, or an array that is too short, make it read beyond its memory. So the text is read and checked
here, and LightGBM is handed a new text made of the numbers that were found sound.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.schema import Column
from explainers.errors import BundleError

FORMAT = "v4"
OBJECTIVE = "binary"
END_OF_TREES = "end of trees"
PANDAS_LEVELS = "pandas_categorical:"
BITS = 32
NEARLY_ZERO = float(np.float32(1e-35))

# A node's decision type: bit 0 a set of levels, bit 1 missing values go left, and from bit 2 on
# which values are missing ones: none (0), zero too (1), or NaN (2).
_IS_LEVELS, _DEFAULT_LEFT = 1, 2
_ZERO_MISSING, _NAN_MISSING = 1, 2

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Tree:
    """One tree as LightGBM numbers it: a child ``c`` below 0 is the leaf ``-1 - c``.

    Attributes
    ----------
    feature, decision, left, right, inner_count : ndarray of shape (leaves - 1,)
    threshold : ndarray of shape (leaves - 1,)
        Of a node that splits on levels, the number of its set.
    value, leaf_count : ndarray of shape (leaves,)
    sets : tuple of tuple of int
        Sets of levels, 32 levels in every number.
    """

    feature: IntArray
    threshold: FloatArray
    decision: IntArray
    left: IntArray
    right: IntArray
    inner_count: IntArray
    value: FloatArray
    leaf_count: IntArray
    sets: tuple[tuple[int, ...], ...]

    @property
    def on_levels(self) -> BoolArray:
        """Whether each inner node splits on levels, (leaves - 1,)."""
        return (self.decision & _IS_LEVELS) > 0

    @property
    def missing_kind(self) -> IntArray:
        """Which values each inner node takes for missing, (leaves - 1,)."""
        return self.decision >> 2

    @property
    def missing_goes_left(self) -> BoolArray:
        """Where each inner node sends NaN, (leaves - 1,).

        A set of levels sends it right; a split that knows no missing values reads it as 0.
        """
        default_left = (self.decision & _DEFAULT_LEFT) > 0
        knows = self.missing_kind == _NAN_MISSING
        return ~self.on_levels & np.where(knows, default_left, self.threshold >= 0.0)

    def levels(self, node: int) -> frozenset[int]:
        """Positions of the levels that a node sends left."""
        words = self.sets[int(self.threshold[node])]
        return frozenset(
            BITS * at + bit
            for at, word in enumerate(words)
            for bit in range(BITS)
            if word >> bit & 1
        )


@dataclass(frozen=True)
class Saved:
    """A model file: the log-odds are ``sigmoid`` times the sum over the trees."""

    trees: tuple[Tree, ...]
    sigmoid: float


def read_file(content: bytes, columns: Sequence[Column]) -> Saved:
    """Check a model file.

    Raises
    ------
    BundleError
        When it is damaged, of a kind that would be summed up wrongly, or has other features.
    """
    try:
        text = content.decode("utf-8")
        header, blocks = _read_text(text)
        sigmoid = _read_header(header, tuple(column.name for column in columns))
        trees = tuple(_read_tree(fields) for fields in blocks)
        _reject_other_levels(text)
    except (IndexError, KeyError, OverflowError, ValueError) as error:
        raise BundleError(
            f"a model file must be a text that LightGBM saved, with all its parts: {error!r}"
        ) from error
    for number, tree in enumerate(trees):
        _reject_malformed(tree, columns, f"tree {number}")
    return Saved(trees, sigmoid)


def _read_text(text: str) -> tuple[Fields, list[Fields]]:
    """The entries before the trees, and those of each tree."""
    body, end, _ = text.partition(f"\n{END_OF_TREES}\n")
    first, *blocks = [block for block in body.split("\n\n") if block.strip("\n")]
    kind, *entries = first.split("\n")
    if kind != "tree" or not end or not blocks:
        raise ValueError("no trees, or no end of them")
    return _read_fields(entries), list(map(_read_block, blocks, range(len(blocks))))


def _read_block(block: str, number: int) -> Fields:
    title, *entries = block.strip("\n").split("\n")
    if title != f"Tree={number}":
        raise ValueError(f"{title[:20]!r} where tree {number} should be")
    return _read_fields(entries)


def _read_fields(entries: Sequence[str]) -> Fields:
    fields = dict(entry.partition("=")[::2] for entry in entries)
    if len(fields) != len(entries):
        raise ValueError("an entry stands twice")
    return fields


def _read_header(header: Fields, names: tuple[str, ...]) -> float:
    """The factor from raw score to log-odds of a model that is of the right kind."""
    objective, *settings = header["objective"].split(" ")
    found = {
        "format": (header["version"], FORMAT),
        "objective": (objective, OBJECTIVE),
        "number of classes": (int(header["num_class"]), 1),
        "trees per round": (int(header["num_tree_per_iteration"]), 1),
        "score": ("a mean" if "average_output" in header else "a sum of trees", "a sum of trees"),
    }
    for what, (value, needed) in found.items():
        if value != needed:
            raise BundleError(f"the {what} of a LightGBM model must be {needed!r}", value=value)
    if tuple(header["feature_names"].split(" ")) != names:
        raise BundleError(
            "the model's features must be those of its bundle, in the same order",
            value=header["feature_names"].split(" "),
            remedy="LightGBM writes a space in a name as an underscore: name columns without.",
        )
    sigmoid = float(dict(part.split(":") for part in settings).get("sigmoid", "1"))
    if not 0.0 < sigmoid < np.inf:
        raise ValueError("sigmoid must be positive")
    return sigmoid


def _reject_other_levels(text: str) -> None:
    """Levels that LightGBM numbered by itself may have other numbers than the schema's."""
    for line in text.split("\n"):
        if line.startswith(PANDAS_LEVELS) and json.loads(line.removeprefix(PANDAS_LEVELS)):
            raise BundleError(
                "the levels of a LightGBM model must be numbered as its schema lists them",
                remedy="Train it on numbers, not on columns that pandas holds as categories.",
            )


def _read_tree(fields: Fields) -> Tree:
    n_leaves = int(fields["num_leaves"])
    n_inner, n_sets = n_leaves - 1, int(fields["num_cat"])
    if n_leaves < 1:
        raise ValueError(f"a tree of {n_leaves} leaves")
    if int(fields["is_linear"]) != 0:
        raise BundleError("a leaf of a tree must be a number, not a linear model")
    bounds = _whole(fields, "cat_boundaries", n_sets + 1) if n_sets else np.zeros(1, dtype=np.int64)
    words = _whole(fields, "cat_threshold", int(bounds[-1])) if n_sets else bounds
    if (np.diff(bounds) < 1).any() or bounds[0] != 0 or (words < 0).any() or (words >> BITS).any():
        raise ValueError("sets of levels that overlap or are empty")
    return Tree(
        feature=_whole(fields, "split_feature", n_inner),
        threshold=_numbers(fields, "threshold", n_inner),
        decision=_whole(fields, "decision_type", n_inner),
        left=_whole(fields, "left_child", n_inner),
        right=_whole(fields, "right_child", n_inner),
        inner_count=_whole(fields, "internal_count", n_inner),
        value=_numbers(fields, "leaf_value", n_leaves),
        # A tree of a single leaf may come without its count, on which nothing depends.
        leaf_count=_whole(fields, "leaf_count", n_leaves)
        if n_inner
        else np.ones(1, dtype=np.int64),
        sets=tuple(tuple(map(int, words[first:last])) for first, last in pairwise(bounds)),
    )


def _numbers(fields: Fields, key: str, count: int) -> FloatArray:
    numbers = np.array(fields[key].split(), dtype=np.float64)
    if numbers.shape != (count,):
        raise ValueError(f"{key} has {len(numbers)} entries in place of {count}")
    return numbers


def _whole(fields: Fields, key: str, count: int) -> IntArray:
    numbers = np.array([int(token) for token in fields[key].split()], dtype=np.int64)
    if numbers.shape != (count,):
        raise ValueError(f"{key} has {len(numbers)} entries in place of {count}")
    return numbers


def _reject_malformed(tree: Tree, columns: Sequence[Column], where: str) -> None:
    """Refuse what would make LightGBM read beyond its memory, or would be read otherwise here."""
    if not _is_whole(tree, len(columns)):
        raise BundleError("the trees of a LightGBM model must be whole", value=where)
    on_numbers = ~tree.on_levels
    if (tree.missing_kind[on_numbers] == _ZERO_MISSING).any():
        raise BundleError(
            "a value of 0 must be a value, not a missing one",
            value=where,
            remedy="Train the model without zero_as_missing.",
        )
    for node in np.flatnonzero(tree.on_levels).tolist():
        column = columns[tree.feature[node]]
        if max(tree.levels(node), default=0) >= len(column.levels):
            raise BundleError(
                "a split on levels must name levels that its column has", value=column.name
            )


def _is_whole(tree: Tree, n_features: int) -> bool:
    """Whether every node but the first is the child of one earlier node, and all numbers fit."""
    n_inner, n_leaves = len(tree.feature), len(tree.value)
    children = np.concatenate([tree.left, tree.right])
    own = np.tile(np.arange(n_inner), 2)
    chosen = tree.threshold[tree.on_levels]
    return bool(
        np.array_equal(np.sort(children), np.r_[-n_leaves:0, 1:n_inner][: 2 * n_inner])
        and (children[children >= 0] > own[children >= 0]).all()
        and ((tree.feature >= 0) & (tree.feature < n_features)).all()
        and ((tree.decision >= 0) & (tree.decision < 12)).all()
        and not np.isnan(tree.threshold).any()
        and np.isin(chosen, np.arange(len(tree.sets))).all()
        and np.isfinite(tree.value).all()
        and (tree.inner_count >= 0).all()
        and (tree.leaf_count >= 0).all()
    )


def write_file(saved: Saved, n_columns: int) -> str:
    """The same model with what it is scored by and nothing else; features by their positions."""
    header = {
        "version": FORMAT,
        "num_class": 1,
        "num_tree_per_iteration": 1,
        "label_index": 0,
        "max_feature_idx": n_columns - 1,
        "objective": f"{OBJECTIVE} sigmoid:1",
        "feature_names": " ".join(f"c{at}" for at in range(n_columns)),
        "feature_infos": " ".join(["none"] * n_columns),
    }
    blocks = [_write_fields("tree", header)]
    blocks += [
        _write_fields(f"Tree={number}", _fields_of(tree)) for number, tree in enumerate(saved.trees)
    ]
    return "\n\n".join([*blocks, f"{END_OF_TREES}\n"])


def as_compared(thresholds: FloatArray) -> FloatArray:
    """Thresholds that send every number the way LightGBM does.

    It reads numbers as small as 1e-35 as 0, and parts missing values from all others at infinity.
    """
    below = np.nextafter(-NEARLY_ZERO, -np.inf)
    at_zero = np.where(thresholds < 0.0, below, NEARLY_ZERO)
    most = np.finfo(np.float64).max
    return np.clip(np.where(np.abs(thresholds) <= NEARLY_ZERO, at_zero, thresholds), -most, most)


def _fields_of(tree: Tree) -> dict[str, object]:
    fields: dict[str, object] = {
        "num_leaves": len(tree.value),
        "num_cat": len(tree.sets),
        "split_feature": _join(tree.feature),
        "threshold": _join(as_compared(tree.threshold)),
        "decision_type": _join(tree.decision),
        "left_child": _join(tree.left),
        "right_child": _join(tree.right),
        "leaf_value": _join(tree.value),
        "is_linear": 0,
    }
    if tree.sets:
        fields["cat_boundaries"] = _join(np.cumsum([0, *map(len, tree.sets)]))
        fields["cat_threshold"] = " ".join(str(word) for words in tree.sets for word in words)
    return fields


def _join(numbers: npt.NDArray[Any]) -> str:
    return " ".join(map(repr, numbers.tolist()))


def _write_fields(title: str, fields: Mapping[str, object]) -> str:
    return "\n".join([title, *(f"{key}={value}" for key, value in fields.items())])
