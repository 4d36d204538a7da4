"""Reading and writing the JSON in which CatBoost saves a model.

CatBoost's own reader goes by the position of a split in a list and not by what the file says the
split is, and trusts the position. So a file is read and checked here, and CatBoost is handed a new
one made of what was found sound. A level is asked for there by a column of 0 and 1 of its own, so
that no hash of a text decides where a patient goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from explainers.core.schema import Column
from explainers.errors import BundleError

LOSS = "Logloss"
# What a missing level is called in a file: what pandas writes for it.
MISSING_LEVEL = "nan"
DEEPEST = 16
NO_LEVEL = -1
# Where a missing number goes: below all borders, or above. As it is, it is above none.
_MISSING_IS_ABOVE = {"AsIs": False, "AsFalse": False, "AsTrue": True}


class Split(NamedTuple):
    """The condition under which patients go right; in the order in which CatBoost counts them.

    Attributes
    ----------
    level : int
        The level to have, ``len(levels)`` for a missing one; -1 where the split is on a number.
    column : int
    border : float
        The number to be above; 0 where the split is on a level.
    """

    level: int
    column: int
    border: float


class Leaf(NamedTuple):
    """A leaf of a tree whose branches split each on their own."""

    value: float
    weight: float


class Branch(NamedTuple):
    """An inner node of such a tree."""

    split: Split
    left: Branch | Leaf
    right: Branch | Leaf


class Symmetric(NamedTuple):
    """A tree that splits all nodes of a level alike; bit k of a leaf's number is split k."""

    splits: tuple[Split, ...]
    values: tuple[float, ...]
    weights: tuple[float, ...]


Shape = Symmetric | Branch | Leaf


@dataclass(frozen=True)
class Saved:
    """A model file: the score is ``factor`` times the sum over trees, plus ``constant``.

    Attributes
    ----------
    shapes : tuple of Shape
    factor, constant : float
    missing_above : frozenset of int
        Columns whose missing values lie above every border; below them in all others.
    """

    shapes: tuple[Shape, ...]
    factor: float
    constant: float
    missing_above: frozenset[int]

    @cached_property
    def splits(self) -> tuple[Split, ...]:
        """The distinct splits, in order."""
        return tuple(sorted({split for shape in self.shapes for split in _splits_of(shape)}))

    @cached_property
    def asked_levels(self) -> tuple[Split, ...]:
        """The distinct splits on levels, in order."""
        return tuple(split for split in self.splits if split.level != NO_LEVEL)


class _Features(NamedTuple):
    """What the splits of a file refer to: columns by position among their kind, levels by hash."""

    numbers: Mapping[int, int]
    categories: Mapping[int, int]
    levels: Mapping[tuple[int, int], int]
    missing_above: frozenset[int]


def read_file(content: bytes, columns: Sequence[Column]) -> Saved:
    """Check a model file.

    Raises
    ------
    BundleError
        When it is damaged, of a kind that would be summed up wrongly, or has other features.
    """
    try:
        document = json.loads(content)
        _reject_unsupported(document)
        features = _read_features(document["features_info"], columns)
        factor, (constant,) = document["scale_and_bias"]
        return Saved(
            shapes=_read_shapes(document, features),
            factor=_number(factor),
            constant=_number(constant),
            missing_above=features.missing_above,
        )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise BundleError(
            f"a model file must be JSON that CatBoost saved, with all its parts: {error!r}",
            remedy='Save it by save_model(path, format="json", pool=training_pool).',
        ) from error


def _reject_unsupported(document: Mapping[str, Any]) -> None:
    found = document["model_info"]
    loss = found["params"]["loss_function"]["type"]
    classes = [float(label) for label in found["class_params"]["class_names"]]
    if loss != LOSS or classes != [0.0, 1.0]:
        raise BundleError(
            f"a CatBoost model must be trained by {LOSS} to tell 0 from 1",
            value=f"{loss}, classes {classes}",
        )
    features = document["features_info"]
    if features.get("ctrs") or document.get("ctr_data"):
        raise BundleError(
            "a CatBoost model must split on levels themselves, not on statistics of the outcome",
            remedy="Train it with one_hot_max_size above the number of levels of every column.",
        )
    for kind in ("text_features", "embedding_features"):
        if features.get(kind):
            raise BundleError("a CatBoost model must split on numbers and levels", value=kind)


def _read_features(info: Mapping[str, Any], columns: Sequence[Column]) -> _Features:
    # A list of nothing is null or left out.
    on_numbers = info.get("float_features") or ()
    on_levels = info.get("categorical_features") or ()
    entries = sorted([*on_numbers, *on_levels], key=lambda entry: entry["flat_feature_index"])
    names = [entry["feature_id"] for entry in entries]
    places = [entry["flat_feature_index"] for entry in entries]
    if names != [column.name for column in columns] or places != list(range(len(columns))):
        raise BundleError(
            "the model's features must be those of its bundle, in the same order", value=names
        )
    numbers, categories = _places(on_numbers), _places(on_levels)
    hashes: dict[int, str] = {}
    for entry in info.get("cat_features_hash") or ():
        if hashes.setdefault(entry["hash"], entry["value"]) != entry["value"]:
            raise ValueError("two levels share a hash")
    return _Features(
        numbers,
        categories,
        {
            (at, key): level
            for at in categories.values()
            for key, level in _read_levels(columns[at], hashes).items()
        },
        frozenset(
            entry["flat_feature_index"]
            for entry in on_numbers
            if _MISSING_IS_ABOVE[entry["nan_value_treatment"]]
        ),
    )


def _places(entries: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Column of each feature, by its position among the features of its kind."""
    return {entry["feature_index"]: entry["flat_feature_index"] for entry in entries}


def _read_levels(column: Column, hashes: Mapping[int, str]) -> dict[int, int]:
    """Level of a column by hash; the missing level comes after the others."""
    if column.is_numeric or MISSING_LEVEL in column.levels:
        raise BundleError(
            f"a model may take levels of a category only, and none of them called {MISSING_LEVEL}",
            value=column.name,
        )
    names = (*column.levels, MISSING_LEVEL)
    return {key: names.index(text) for key, text in hashes.items() if text in names}


def _read_shapes(document: Mapping[str, Any], features: _Features) -> tuple[Shape, ...]:
    if "oblivious_trees" in document:
        shapes = [_read_symmetric(entry, features) for entry in document["oblivious_trees"]]
    else:
        shapes = [_read_node(entry, features, 0) for entry in document["trees"]]
    if not shapes:
        raise ValueError("no trees")
    return tuple(shapes)


def _read_symmetric(entry: Mapping[str, Any], features: _Features) -> Shape:
    # Without any split the entry is null.
    splits = tuple(_read_split(split, features) for split in entry["splits"] or ())
    values = tuple(map(_number, entry["leaf_values"]))
    weights = tuple(map(_weight, entry["leaf_weights"]))
    if len(splits) > DEEPEST or not len(values) == len(weights) == 2 ** len(splits):
        raise ValueError(
            f"{len(values)} leaves and {len(weights)} weights for {len(splits)} splits"
        )
    return Symmetric(splits, values, weights)


def _read_node(entry: Mapping[str, Any], features: _Features, depth: int) -> Branch | Leaf:
    if "value" in entry:
        return Leaf(_number(entry["value"]), _weight(entry["weight"]))
    if depth >= DEEPEST:
        raise ValueError(f"a tree is deeper than {DEEPEST}")
    return Branch(
        _read_split(entry["split"], features),
        _read_node(entry["left"], features, depth + 1),
        _read_node(entry["right"], features, depth + 1),
    )


def _read_split(entry: Mapping[str, Any], features: _Features) -> Split:
    if entry["split_type"] == "FloatFeature":
        # Borders are compared in single precision.
        with np.errstate(over="ignore"):
            border = _number(float(np.float32(_number(entry["border"]))))
        return Split(NO_LEVEL, features.numbers[entry["float_feature_index"]], border)
    if entry["split_type"] != "OneHotFeature":
        raise BundleError(
            "a CatBoost model must split on numbers and levels", value=entry["split_type"]
        )
    column = features.categories[entry["cat_feature_index"]]
    level = features.levels.get((column, entry["value"] % 2**32))
    if level is None:
        raise BundleError("a split on a level must name a level that its column has")
    return Split(level, column, 0.0)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{value!r} in place of a number")
    return float(value)


def _weight(value: object) -> float:
    number = _number(value)
    if number < 0:
        raise ValueError(f"a weight of {number}")
    return number


def _splits_of(shape: Shape) -> Iterator[Split]:
    if isinstance(shape, Symmetric):
        yield from shape.splits
    elif isinstance(shape, Branch):
        yield shape.split
        yield from _splits_of(shape.left)
        yield from _splits_of(shape.right)


def write_file(saved: Saved, n_columns: int) -> bytes:
    """The same model as JSON with what it is scored by and nothing else.

    Its features are the columns as numbers, then one column of 0 and 1 for each of
    ``asked_levels``.
    """
    numbers = {split: number for number, split in enumerate(saved.splits)}
    on_numbers = (split for split in saved.splits if split.level == NO_LEVEL)
    borders = {
        column: [split.border for split in splits]
        for column, splits in groupby(on_numbers, key=lambda split: split.column)
    }
    borders |= {n_columns + at: [0.5] for at in range(len(saved.asked_levels))}
    is_symmetric = isinstance(saved.shapes[0], Symmetric)
    document = {
        "model_info": {},
        "features_info": {
            "float_features": [
                {
                    "feature_id": str(at),
                    "feature_index": at,
                    "flat_feature_index": at,
                    "borders": borders.get(at, []),
                    "has_nans": True,
                    "nan_value_treatment": "AsTrue" if at in saved.missing_above else "AsFalse",
                }
                for at in range(n_columns + len(saved.asked_levels))
            ]
        },
        "oblivious_trees" if is_symmetric else "trees": [
            _write_shape(shape, numbers) for shape in saved.shapes
        ],
        "scale_and_bias": [saved.factor, [saved.constant]],
    }
    return json.dumps(document).encode("ascii")


def _write_shape(shape: Shape, numbers: Mapping[Split, int]) -> dict[str, Any]:
    if isinstance(shape, Symmetric):
        splits = [{"split_index": numbers[split]} for split in shape.splits]
        return {"leaf_values": shape.values, "splits": splits}
    if isinstance(shape, Leaf):
        return {"value": shape.value}
    return {
        "split": {"split_index": numbers[shape.split]},
        "left": _write_shape(shape.left, numbers),
        "right": _write_shape(shape.right, numbers),
    }
