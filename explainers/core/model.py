"""What every diagnostic model offers, whichever library trained it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import pandas as pd

from explainers.core.arrays import FloatArray
from explainers.core.link import Link
from explainers.core.schema import Column
from explainers.core.trees import TreeEnsemble


class RiskModel(Protocol):
    """A model that turns a patient into a risk.

    Attributes
    ----------
    name, version, family, digest : str
        Name and version of the bundle, library family, SHA-256 of the bundle.
    columns : tuple of Column, length p
        The features, in the order of the encoded matrix.
    link : Link
        From raw score to calibrated risk.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def columns(self) -> tuple[Column, ...]: ...
    @property
    def link(self) -> Link: ...

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, in matrix order."""
        ...

    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p), before calibration; float64."""
        ...

    def predict_risk(self, frame: pd.DataFrame) -> FloatArray:
        """Calibrated risk (n,) in [0, 1] of typed patients (n, any)."""
        ...


@runtime_checkable
class TreeModel(Protocol):
    """A model whose raw score is a constant plus a sum over decision trees."""

    @property
    def trees(self) -> TreeEnsemble:
        """The trees, in the same encoded features; their sum is the raw score."""
        ...


@runtime_checkable
class BudgetedModel(Protocol):
    """A model of which only so many predictions may be asked to explain one patient."""

    @property
    def prediction_budget(self) -> int:
        """Predictions that one method should ask for."""
        ...


@runtime_checkable
class AdditiveModel(Protocol):
    """A model whose raw score is a constant plus one term per feature."""

    def terms(self, matrix: FloatArray) -> FloatArray:
        """Terms (n, p) of encoded patients (n, p); score = constant + row sum."""
        ...
