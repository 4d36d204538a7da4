"""Models that keep the form of a trained one and nothing of what it learnt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray
from explainers.core.encoding import encode
from explainers.core.link import Link
from explainers.core.model import AdditiveModel, RiskModel, TreeModel
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble
from explainers.errors import UnsupportedError


@dataclass(frozen=True)
class RandomisedModel(ABC):
    """A risk model with the identity of another and parameters drawn at random.

    Attributes
    ----------
    original : RiskModel
    seed : int
    """

    original: RiskModel
    seed: int

    @property
    def name(self) -> str:
        """Name of the original."""
        return self.original.name

    @property
    def version(self) -> str:
        """Version of the original."""
        return self.original.version

    @property
    def family(self) -> str:
        """Family of the original."""
        return self.original.family

    @property
    def digest(self) -> str:
        """Digest of the original, marked."""
        return f"{self.original.digest}, randomised {self.seed}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Features of the original."""
        return self.original.columns

    @property
    def link(self) -> Link:
        """Link of the original."""
        return self.original.link

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, in matrix order."""
        return self.original.feature_names

    @abstractmethod
    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p)."""

    def predict_risk(self, frame: pd.DataFrame) -> FloatArray:
        """Risk (n,) of typed patients (n, any)."""
        return self.link.risk(self.score(encode(frame, self.columns)))


@dataclass(frozen=True)
class RandomisedTrees(RandomisedModel):
    """The same trees with their leaf values dealt out anew over the whole ensemble."""

    trees: TreeEnsemble

    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p)."""
        return self.trees.score(matrix)


@dataclass(frozen=True)
class RandomisedTerms(RandomisedModel):
    """An additive model whose terms got the spread of another one's and a random sign.

    Attributes
    ----------
    factors : ndarray of shape (p,)
        What each term is multiplied by.
    constant : float
    """

    factors: FloatArray
    constant: float

    def terms(self, matrix: FloatArray) -> FloatArray:
        """Terms (n, p) of encoded patients (n, p)."""
        scaled: FloatArray = cast("AdditiveModel", self.original).terms(matrix) * self.factors
        return scaled

    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p)."""
        return np.asarray(self.constant + self.terms(matrix).sum(axis=1), dtype=np.float64)


def randomise_model(model: RiskModel, patients: FloatArray, seed: int) -> RiskModel:
    """A model of the same form that learnt nothing.

    Parameters
    ----------
    model : RiskModel
    patients : ndarray of shape (n, p)
        Encoded patients that say how far each term of an additive model spreads.
    seed : int

    Raises
    ------
    UnsupportedError
        Where the model is neither made of trees nor of terms; train one on permuted outcomes.
    """
    rng = np.random.default_rng(seed)
    if isinstance(model, TreeModel):
        trees = model.trees
        values = trees.value.copy()
        is_leaf = trees.feature < 0
        values[is_leaf] = rng.permutation(values[is_leaf])
        return RandomisedTrees(model, seed, replace(trees, value=values))
    if isinstance(model, AdditiveModel):
        terms = model.terms(patients)
        spread = terms.std(axis=0)
        signs = rng.choice([-1.0, 1.0], size=len(spread))
        targets = signs * rng.permutation(spread)
        factors = np.divide(targets, spread, out=np.zeros_like(spread), where=spread > 0)
        constant = float((model.score(patients) - (terms * factors).sum(axis=1)).mean())
        return RandomisedTerms(model, seed, factors, constant)
    raise UnsupportedError(
        "only models made of trees or of additive terms can be randomised as they are",
        value=model.name,
        remedy="Give a function that trains the model on permuted outcomes.",
    )
