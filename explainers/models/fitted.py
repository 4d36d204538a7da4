"""What all trained models share: who they are, and the step from score to risk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from explainers.core.arrays import FloatArray
from explainers.core.encoding import encode
from explainers.core.link import Link
from explainers.core.schema import Column


@dataclass(frozen=True)
class Identity:
    """Which bundle a model belongs to, and how its score becomes a risk.

    Attributes
    ----------
    name, version, digest : str
        Name and version of the bundle, SHA-256 of its manifest ("" while training).
    columns : tuple of Column, length p
        The features, in the order of the encoded matrix.
    link : Link
        From raw score to calibrated risk.
    """

    name: str
    version: str
    digest: str
    columns: tuple[Column, ...]
    link: Link


@dataclass(frozen=True, eq=False)
class FittedModel(ABC):
    """A trained model; satisfies :class:`~explainers.core.model.RiskModel`."""

    identity: Identity

    family: ClassVar[str]

    @property
    def name(self) -> str:
        """Name of the bundle."""
        return self.identity.name

    @property
    def version(self) -> str:
        """Version of the bundle."""
        return self.identity.version

    @property
    def digest(self) -> str:
        """SHA-256 of the bundle."""
        return self.identity.digest

    @property
    def columns(self) -> tuple[Column, ...]:
        """The features, in the order of the encoded matrix."""
        return self.identity.columns

    @property
    def link(self) -> Link:
        """From raw score to calibrated risk."""
        return self.identity.link

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, in matrix order."""
        return tuple(column.name for column in self.columns)

    @abstractmethod
    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p), before calibration; float64."""

    def predict_risk(self, frame: pd.DataFrame) -> FloatArray:
        """Calibrated risk (n,) in [0, 1] of typed patients (n, any)."""
        return self.link.risk(self.score(encode(frame, self.columns)))
