"""Gradient-boosted trees by XGBoost.

XGBoost adds up leaf values in single precision, so its own prediction and its own SHAP values agree
only to about 1e-5. Here XGBoost, or compiled code, routes patients to their leaves and the leaf
values are added up in double precision: the score, the trees and every explanation then reconcile.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import xgboost

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError
from explainers.models.fitted import FittedModel, Identity
from explainers.models.level_splits import with_level_splits
from explainers.models.tree_scoring import TreeScoring
from explainers.models.ubjson import read_ubjson
from explainers.models.xgboost_trees import OBJECTIVE, read_native_trees

ROWS_AT_ONCE = 65_536
LARGEST_VALUE = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class XgboostModel(FittedModel):
    """A booster for one binary outcome; its raw score is the margin in log-odds.

    Attributes
    ----------
    trees : TreeEnsemble
        The same trees as arrays; ``trees.score`` equals :meth:`score`.
    """

    family: ClassVar[str] = "xgboost"

    trees: TreeEnsemble
    # The same trees with XGBoost's numbers of nodes, for their leaf values.
    _native: TreeEnsemble
    _booster: xgboost.Booster

    @classmethod
    def from_bytes(cls, content: bytes, identity: Identity) -> XgboostModel:
        """Load a booster saved as UBJ.

        The file is read and checked in Python before XGBoost sees it.

        Raises
        ------
        BundleError
            When the content is no booster, or one of a kind that cannot be explained exactly.
        """
        try:
            document = read_ubjson(content)
        except (ValueError, RecursionError) as error:
            raise BundleError(
                f"a model file must be saved by XGBoost as UBJ: {error}", value=identity.name
            ) from error
        n_levels = {
            at: len(column.levels)
            for at, column in enumerate(identity.columns)
            if not column.is_numeric
        }
        names = tuple(column.name for column in identity.columns)
        native, left_levels = read_native_trees(document, names, n_levels)
        booster = xgboost.Booster()
        try:
            booster.load_model(bytearray(content))
        except xgboost.core.XGBoostError as error:
            raise BundleError(
                "a model file must be a booster that XGBoost can load", value=identity.name
            ) from error
        # A team of threads costs a small batch ten times its work; large ones are split above.
        booster.set_param({"nthread": 1})
        return cls(identity, with_level_splits(native, left_levels, n_levels), native, booster)

    def score(self, matrix: FloatArray) -> FloatArray:
        """Margin (n,) in log-odds of encoded patients (n, p), added up in double precision."""
        score_part = self._score_natively
        if _is_taken_by_xgboost(matrix, len(self.columns)) and self._scoring.takes_over(
            len(matrix)
        ):
            score_part = self._scoring.compiled.score
        parts = [
            matrix[start : start + ROWS_AT_ONCE] for start in range(0, len(matrix), ROWS_AT_ONCE)
        ]
        if len(parts) < 2:
            return score_part(parts[0]) if parts else np.empty(0)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.concatenate(list(pool.map(score_part, parts)))

    @cached_property
    def _scoring(self) -> TreeScoring:
        return TreeScoring(self.trees)

    def _score_natively(self, matrix: FloatArray) -> FloatArray:
        patients = xgboost.DMatrix(matrix, feature_names=list(self.feature_names), nthread=1)
        leaves = self._booster.predict(patients, pred_leaf=True)
        nodes = leaves.reshape(len(matrix), -1).astype(np.int64) + self._native.roots
        total: FloatArray = self._native.constant + self._native.value[nodes].sum(axis=1)
        return total


def _is_taken_by_xgboost(matrix: FloatArray, n_features: int) -> bool:
    """Whether XGBoost would take patients (n, p); what it refuses is left to it, with its message.

    It refuses another number of features, and values too large for single precision.
    """
    if matrix.ndim != 2 or matrix.shape[1] != n_features:
        return False
    with np.errstate(invalid="ignore"):
        is_in_range = not ((matrix > LARGEST_VALUE) | (matrix < -LARGEST_VALUE)).any()
    return bool(is_in_range)


def load(content: bytes, identity: Identity) -> XgboostModel:
    """Load a booster; see :meth:`XgboostModel.from_bytes`."""
    return XgboostModel.from_bytes(content, identity)


def adopt(
    content: bytes,
    document: Mapping[str, Any],
    names: tuple[str, ...],
    n_levels: Mapping[int, int],
) -> bytes:
    """A booster trained elsewhere, as UBJ and with these names for its features.

    Where training went on after the best round, as early stopping lets it, only the trees up to
    that round are kept: XGBoost's own classifiers predict by these.

    Parameters
    ----------
    content : bytes
        As XGBoost saved it, UBJ or JSON.
    document : Mapping
        The same, read and with the number types of UBJ; it is checked before XGBoost sees it.
    names : tuple of str, length p
    n_levels : Mapping[int, int]
        As in :func:`.xgboost_trees.read_native_trees`.

    Raises
    ------
    BundleError
        When it is of a kind that cannot be explained exactly, or XGBoost cannot use the names.
    """
    saved_names = tuple(document["learner"]["feature_names"]) or names
    read_native_trees(_with_names(document, saved_names), saved_names, n_levels)
    booster = xgboost.Booster()
    try:
        booster.load_model(bytearray(content))
        best = booster.attr("best_iteration")
        if best is not None and int(best) + 1 < booster.num_boosted_rounds():
            booster = booster[: int(best) + 1]
        booster.feature_names = list(names)
    except (ValueError, xgboost.core.XGBoostError) as error:
        raise BundleError(
            "a booster must be one that XGBoost can load, with names it allows",
            value=str(error).split("\n")[0],
            remedy="XGBoost allows no [, ] or < in the name of a column.",
        ) from error
    return bytes(booster.save_raw(raw_format="ubj"))


def _with_names(document: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The part of a document that names its features, which a booster of an array leaves empty."""
    return {"learner": {**document["learner"], "feature_names": list(names)}}


def fit(
    matrix: FloatArray,
    labels: FloatArray,
    columns: tuple[Column, ...],
    parameters: Mapping[str, Any],
    seed: int,
    weights: FloatArray | None = None,
) -> bytes:
    """Train a booster on encoded patients (n, p) with labels (n,) of 0 and 1; returns UBJ.

    One thread and one seed, so that the same patients give the same bytes.
    """
    settings = dict(parameters)
    n_trees = settings.pop("n_trees")
    settings |= {"objective": OBJECTIVE, "tree_method": "hist", "nthread": 1, "seed": seed}
    names = [column.name for column in columns]
    patients = xgboost.DMatrix(matrix, labels, weight=weights, feature_names=names, nthread=1)
    return bytes(xgboost.train(settings, patients, n_trees).save_raw(raw_format="ubj"))
