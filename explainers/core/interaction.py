"""How much of a prediction pairs of features make together, in one unit.

The interaction of two features is divided in halves, (i, j) and (j, i); the diagonal holds what is
left of each feature's contribution, its main effect. So each row of a patient's matrix adds up to
the contribution of its feature, and the whole matrix to the prediction minus the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.core.link import Scale
from explainers.core.provenance import Provenance
from explainers.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class InteractionValues:
    """What all results below have in common.

    Attributes
    ----------
    values : ndarray
        In the unit of ``scale``; the shape is that of the kind of result.
    scale : {"risk", "log-odds"}
    feature_names : tuple of str, length p
        In matrix order.
    provenance : Provenance
    """

    values: FloatArray
    scale: Scale
    feature_names: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        for name, shape in self._shapes().items():
            array = frozen_floats(getattr(self, name))
            if len(array.shape) != len(shape) or any(
                wanted not in {None, found}
                for wanted, found in zip(shape, array.shape, strict=True)
            ):
                raise SettingsError(
                    f"the {name} of these interactions must have shape {shape}", value=array.shape
                )
            object.__setattr__(self, name, array)

    def _shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Shapes of the arrays; None where any length will do."""
        raise NotImplementedError

    def position_of(self, feature: str) -> int:
        """Where a feature stands; SettingsError where there is none of that name."""
        if feature not in self.feature_names:
            raise SettingsError("these interactions do not cover the feature", value=feature)
        return self.feature_names.index(feature)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        record = {field.name: getattr(self, field.name) for field in fields(self)}
        record = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in record.items()
        }
        arrays = {name: to_json_numbers(record[name]) for name in self._shapes()}
        return {**record, **arrays, "provenance": self.provenance.to_dict()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of :meth:`to_dict`."""
        changed: dict[str, Any] = {"provenance": Provenance.from_dict(record["provenance"])}
        for name in ("values", "baseline", "prediction"):
            if name in record:
                changed[name] = from_json_numbers(record[name])
        for name in ("feature_names", "patient_ids"):
            if name in record:
                changed[name] = tuple(record[name])
        return cls(**{**record, **changed})


@dataclass(frozen=True, kw_only=True)
class Interactions(InteractionValues):
    """Whole matrices of a few patients.

    Attributes
    ----------
    values : ndarray of shape (n, p, p)
        Symmetric; off the diagonal half of each pair's interaction, on it the main effects.
    baseline, prediction : ndarray of shape (n,)
    patient_ids : tuple of str, length n
    """

    baseline: FloatArray
    prediction: FloatArray
    patient_ids: tuple[str, ...]

    def _shapes(self) -> dict[str, tuple[int | None, ...]]:
        n, p = len(self.patient_ids), len(self.feature_names)
        return {"values": (n, p, p), "baseline": (n,), "prediction": (n,)}

    def contributions(self) -> FloatArray:
        """Row sums: the contribution of each feature, (n, p)."""
        return np.asarray(self.values.sum(axis=2), dtype=np.float64)

    def main_effects(self) -> FloatArray:
        """What each feature contributes by itself, (n, p)."""
        return np.diagonal(self.values, axis1=1, axis2=2)

    def residual(self) -> FloatArray:
        """Prediction - baseline - sum of the matrix, (n,); 0 when everything adds up."""
        remainder: FloatArray = self.prediction - self.baseline - self.values.sum(axis=(1, 2))
        return remainder

    def patient(self, patient_id: str) -> Interactions:
        """The same for one patient; SettingsError where the id is not in it."""
        if patient_id not in self.patient_ids:
            raise SettingsError("these interactions do not cover the patient", value=patient_id)
        at = self.patient_ids.index(patient_id)
        rows = {name: getattr(self, name)[at : at + 1] for name in self._shapes()}
        return replace(self, patient_ids=(patient_id,), **rows)

    def to_frame(self) -> pd.DataFrame:
        """One row per patient and matrix entry: patient_id, feature, partner, interaction."""
        n, p = len(self.patient_ids), len(self.feature_names)
        names = np.array(self.feature_names, dtype=object)
        return pd.DataFrame(
            {
                "patient_id": np.repeat(np.array(self.patient_ids, dtype=object), p * p),
                "feature": np.tile(np.repeat(names, p), n),
                "partner": np.tile(names, n * p),
                "interaction": self.values.ravel(),
            }
        )


@dataclass(frozen=True, kw_only=True)
class FeatureInteractions(InteractionValues):
    """One row of every patient's matrix.

    Attributes
    ----------
    values : ndarray of shape (n, p)
        Half of the feature's interaction with each other; its main effect in its own column.
    feature : str
    """

    feature: str

    def _shapes(self) -> dict[str, tuple[int | None, ...]]:
        return {"values": (None, len(self.feature_names))}

    def contribution(self) -> FloatArray:
        """Contribution of the feature, (n,)."""
        return np.asarray(self.values.sum(axis=1), dtype=np.float64)

    def main_effect(self) -> FloatArray:
        """What the feature contributes by itself, (n,)."""
        return self.with_partner(self.feature)

    def with_partner(self, partner: str) -> FloatArray:
        """Half of the interaction with another feature, (n,)."""
        return self.values[:, self.position_of(partner)]


@dataclass(frozen=True, kw_only=True)
class PairInteraction(InteractionValues):
    """One entry of every patient's matrix.

    Attributes
    ----------
    values : ndarray of shape (n,)
        Half of the interaction of the two features that ``feature_names`` names.
    """

    def _shapes(self) -> dict[str, tuple[int | None, ...]]:
        return {"values": (None,)}


@dataclass(frozen=True, kw_only=True)
class MeanInteractions(InteractionValues):
    """Mean size of every entry of the matrix over patients.

    Attributes
    ----------
    values : ndarray of shape (p, p)
        Mean of |half of the interaction|; on the diagonal the mean of |main effect|.
    n_patients : int
    """

    n_patients: int

    def _shapes(self) -> dict[str, tuple[int | None, ...]]:
        p = len(self.feature_names)
        return {"values": (p, p)}

    def partner_of(self, feature: str) -> str | None:
        """The feature that it interacts with most; None where it interacts with none."""
        own = self.position_of(feature)
        sizes = self.values[own].copy()
        sizes[own] = 0.0
        strongest = int(np.argmax(sizes))
        return self.feature_names[strongest] if sizes[strongest] > 0 else None

    def to_frame(self) -> pd.DataFrame:
        """One row per pair of features, largest first: feature, partner, mean_size."""
        first, second = np.triu_indices(len(self.feature_names), 1)
        sizes = self.values[first, second]
        order = np.argsort(-sizes, kind="stable")
        names = np.array(self.feature_names, dtype=object)
        return pd.DataFrame(
            {
                "feature": names[first[order]],
                "partner": names[second[order]],
                "mean_size": sizes[order],
            }
        )
