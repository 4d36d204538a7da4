"""Gradient-boosted trees by LightGBM, an optional package."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError, RecipeError
from explainers.models.fitted import FittedModel, Identity
from explainers.models.lightgbm_file import OBJECTIVE, read_file, write_file
from explainers.models.lightgbm_trees import lay_out_trees
from explainers.models.optional_package import absence_of
from explainers.models.unordered_levels import has_unordered_levels

try:
    import lightgbm
except (ImportError, OSError) as absence:
    raise absence_of("lightgbm", absence) from absence

MANY_ROWS = 65_536
QUIET = {"verbosity": -1}


@dataclass(frozen=True, eq=False)
class LightgbmModel(FittedModel):
    """A booster for one binary outcome; its raw score is the margin in log-odds.

    Attributes
    ----------
    trees : TreeEnsemble
        The same trees as arrays; ``trees.score`` equals :meth:`score`.
    """

    family: ClassVar[str] = "lightgbm"

    trees: TreeEnsemble
    _sigmoid: float
    _booster: lightgbm.Booster

    @classmethod
    def from_bytes(cls, content: bytes, identity: Identity) -> LightgbmModel:
        """Load a booster saved as text.

        Raises
        ------
        BundleError
            When the content is no booster, or one of a kind that cannot be explained exactly.
        """
        saved = read_file(content, identity.columns)
        trees = lay_out_trees(saved, identity.columns)
        try:
            booster = lightgbm.Booster(model_str=write_file(saved, len(identity.columns)))
        except lightgbm.basic.LightGBMError as error:
            raise BundleError(
                "a model file must be a booster that LightGBM can load", value=identity.name
            ) from error
        return cls(identity, trees, saved.sigmoid, booster)

    def score(self, matrix: FloatArray) -> FloatArray:
        """Margin (n,) in log-odds of encoded patients (n, p), added up in double precision."""
        if not len(matrix):
            return np.empty(0)
        # A team of threads costs a small batch more than its work.
        n_threads = 1 if len(matrix) < MANY_ROWS else os.cpu_count()
        raw = self._booster.predict(matrix, raw_score=True, num_threads=n_threads)
        margin: FloatArray = self._sigmoid * np.asarray(raw, dtype=np.float64)
        return margin


def load(content: bytes, identity: Identity) -> LightgbmModel:
    """Load a booster; see :meth:`LightgbmModel.from_bytes`."""
    return LightgbmModel.from_bytes(content, identity)


def fit(
    matrix: FloatArray,
    labels: FloatArray,
    columns: tuple[Column, ...],
    parameters: Mapping[str, Any],
    seed: int,
    weights: FloatArray | None = None,
) -> bytes:
    """Train a booster on encoded patients (n, p) with labels (n,) of 0 and 1; returns its text.

    Levels without an order are split as sets; levels in order, and yes and no, as numbers. One
    thread and one seed, so that the same patients give the same bytes.

    Raises
    ------
    RecipeError
        When LightGBM cannot use the parameters or the names of the columns.
    """
    settings = dict(parameters)
    n_trees = settings.pop("n_trees")
    if "subsample" in settings:
        settings["subsample_freq"] = 1
    settings |= {
        "objective": OBJECTIVE,
        "seed": seed,
        "num_threads": 1,
        "deterministic": True,
        "force_col_wise": True,
    }
    sets = [at for at, column in enumerate(columns) if has_unordered_levels(column)]
    try:
        patients = lightgbm.Dataset(
            matrix,
            labels,
            weight=weights,
            feature_name=[column.name for column in columns],
            categorical_feature=sets,
            params=QUIET,
        )
        booster = lightgbm.train(settings | QUIET, patients, n_trees)
    except lightgbm.basic.LightGBMError as error:
        raise RecipeError("LightGBM must be able to follow the recipe", value=str(error)) from error
    return booster.model_to_string().encode("utf-8")
