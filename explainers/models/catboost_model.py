"""Gradient-boosted trees by CatBoost, an optional package."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError, RecipeError
from explainers.models.catboost_file import LOSS, MISSING_LEVEL, Split, read_file, write_file
from explainers.models.catboost_trees import lay_out_trees
from explainers.models.fitted import FittedModel, Identity
from explainers.models.optional_package import absence_of
from explainers.models.unordered_levels import has_unordered_levels

try:
    import catboost
except (ImportError, OSError) as absence:
    raise absence_of("catboost", absence) from absence

MANY_ROWS = 65_536
# Parameters that CatBoost knows by another name.
_NAMES = {"n_trees": "iterations", "max_depth": "depth", "colsample_bylevel": "rsm"}
RAW = "RawFormulaVal"
# What says when a model was made rather than what it is.
_INCIDENTAL = ("model_guid", "train_finish_time")


@dataclass(frozen=True, eq=False)
class CatboostModel(FittedModel):
    """A model of boosted trees for one binary outcome; its raw score is in log-odds.

    Attributes
    ----------
    trees : TreeEnsemble
        The same trees as arrays; ``trees.score`` equals :meth:`score`.
    """

    family: ClassVar[str] = "catboost"

    trees: TreeEnsemble
    _asked_levels: tuple[Split, ...]
    _native: catboost.CatBoost

    @classmethod
    def from_bytes(cls, content: bytes, identity: Identity) -> CatboostModel:
        """Load a model saved as JSON.

        CatBoost's binary format would have to be trusted: only CatBoost itself reads it.

        Raises
        ------
        BundleError
            When the content is no model, or one of a kind that cannot be explained exactly.
        """
        saved = read_file(content, identity.columns)
        trees = lay_out_trees(saved, identity.columns)
        native = catboost.CatBoost()
        try:
            with tempfile.TemporaryDirectory() as directory:
                path = Path(directory) / "model.json"
                path.write_bytes(write_file(saved, len(identity.columns)))
                native.load_model(str(path), format="json")
        except catboost.CatBoostError as error:
            raise BundleError(
                "a model file must be one that CatBoost can load", value=identity.name
            ) from error
        return cls(identity, trees, saved.asked_levels, native)

    def score(self, matrix: FloatArray) -> FloatArray:
        """Log-odds (n,) of encoded patients (n, p), added up in double precision."""
        if not len(matrix):
            return np.empty(0)
        has_level = [
            np.isnan(matrix[:, split.column])
            if split.level == len(self.columns[split.column].levels)
            else matrix[:, split.column] == split.level
            for split in self._asked_levels
        ]
        with np.errstate(over="ignore"):
            patients = np.column_stack([matrix, *has_level]).astype(np.float32)
        # A team of threads costs a small batch more than its work.
        n_threads = 1 if len(matrix) < MANY_ROWS else os.cpu_count()
        raw = self._native.predict(patients, prediction_type=RAW, thread_count=n_threads)
        return np.asarray(raw, dtype=np.float64)


def load(content: bytes, identity: Identity) -> CatboostModel:
    """Load a model; see :meth:`CatboostModel.from_bytes`."""
    return CatboostModel.from_bytes(content, identity)


def fit(
    matrix: FloatArray,
    labels: FloatArray,
    columns: tuple[Column, ...],
    parameters: Mapping[str, Any],
    seed: int,
    weights: FloatArray | None = None,
) -> bytes:
    """Train on encoded patients (n, p) with labels (n,) of 0 and 1; returns JSON.

    Each level of a category without an order, missing included, may be split from the others;
    levels in order, and yes and no, are numbers. One thread and one seed, and no time or name in
    the file, so that the same patients give the same bytes.

    Raises
    ------
    RecipeError
        When CatBoost cannot learn from these patients, or a level is called what a missing one is.
    """
    settings = {_NAMES.get(name, name): value for name, value in parameters.items()}
    patients = _hand_over(matrix, labels, columns)
    if weights is not None:
        patients.set_weight(weights)
    model = catboost.CatBoost(
        settings
        | {
            "loss_function": LOSS,
            "random_seed": seed,
            "thread_count": 1,
            "one_hot_max_size": max(2, *(len(column.levels) + 1 for column in columns)),
            "allow_writing_files": False,
            "logging_level": "Silent",
        }
    )
    try:
        model.fit(patients)
    except catboost.CatBoostError as error:
        raise RecipeError("CatBoost must be able to follow the recipe", value=str(error)) from error
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "model.json"
        model.save_model(str(path), format="json", pool=patients)
        document = json.loads(path.read_bytes())
    for key in _INCIDENTAL:
        document["model_info"].pop(key, None)
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def _hand_over(matrix: FloatArray, labels: FloatArray, columns: Sequence[Column]) -> catboost.Pool:
    unordered = [column.name for column in columns if has_unordered_levels(column)]
    frame = pd.DataFrame(
        {
            column.name: _level_names(matrix[:, at], column)
            if column.name in unordered
            else matrix[:, at]
            for at, column in enumerate(columns)
        }
    )
    return catboost.Pool(frame, labels.astype(np.int64), cat_features=unordered)


def _level_names(codes: FloatArray, column: Column) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    if MISSING_LEVEL in column.levels:
        raise RecipeError(
            f"a level may not be called {MISSING_LEVEL}, which CatBoost is told where one is"
            " missing",
            value=column.name,
        )
    names = np.array([*column.levels, MISSING_LEVEL], dtype=np.object_)
    return names[np.where(np.isnan(codes), -1, codes).astype(np.int64)]
