"""Reasons for a prediction, in one unit, with the residual that says whether they add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.core.link import Scale
from explainers.core.provenance import Provenance
from explainers.core.schema import Schema
from explainers.errors import SettingsError


@dataclass(frozen=True)
class Attribution:
    """Contributions of p features to the predictions of n patients.

    Attributes
    ----------
    values : ndarray of shape (n, p)
        Contributions, in the unit of ``scale``.
    baseline : ndarray of shape (n,)
        What the contributions start from: for SHAP the mean over the reference patients, for LIME
        the intercept of the local model.
    prediction : ndarray of shape (n,)
        The model's prediction on the same scale.
    scale : {"risk", "log-odds"}
        The unit of all three.
    feature_names : tuple of str, length p
        Column names, in matrix order; or concepts after :meth:`by_concept`.
    feature_values : ndarray of shape (n, p) or None
        Encoded values of the patients; None where features were summed.
    patient_ids : tuple of str, length n
    method : str
        Slug of the method.
    is_exact : bool
        Whether the contributions are computed rather than estimated by sampling.
    provenance : Provenance
    std_error : ndarray of shape (n, p) or None
        Sampling error of the contributions, where the method samples.
    local_fit : ndarray of shape (n,) or None
        Weighted R-squared of a local surrogate, where the method fits one.
    """

    values: FloatArray
    baseline: FloatArray
    prediction: FloatArray
    scale: Scale
    feature_names: tuple[str, ...]
    patient_ids: tuple[str, ...]
    method: str
    is_exact: bool
    provenance: Provenance
    feature_values: FloatArray | None = None
    std_error: FloatArray | None = None
    local_fit: FloatArray | None = None

    def __post_init__(self) -> None:
        expected = self._expected_shapes()
        for name, shape in expected.items():
            values = getattr(self, name)
            if values is None:
                continue
            array = frozen_floats(values)
            if array.shape != shape:
                raise SettingsError(
                    f"the {name} of an attribution must have shape {shape}", value=array.shape
                )
            object.__setattr__(self, name, array)

    def _expected_shapes(self) -> dict[str, tuple[int, ...]]:
        n, p = len(self.patient_ids), len(self.feature_names)
        return {
            "values": (n, p),
            "baseline": (n,),
            "prediction": (n,),
            "feature_values": (n, p),
            "std_error": (n, p),
            "local_fit": (n,),
        }

    def residual(self) -> FloatArray:
        """Prediction - baseline - sum of contributions, (n,); 0 when the reasons add up."""
        remainder: FloatArray = self.prediction - self.baseline - self.values.sum(axis=1)
        return remainder

    def patient(self, patient_id: str) -> Attribution:
        """The same attribution for one patient; SettingsError where the id is not in it."""
        if patient_id not in self.patient_ids:
            raise SettingsError("this attribution does not cover the patient", value=patient_id)
        at = self.patient_ids.index(patient_id)
        rows = {
            name: None if getattr(self, name) is None else getattr(self, name)[at : at + 1]
            for name in self._expected_shapes()
        }
        return self._replace(patient_ids=(patient_id,), **rows)

    def ranking(self) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
        """Positions of the features by absolute contribution, largest first, (n, p)."""
        return np.argsort(-np.abs(self.values), axis=1, kind="stable")

    def by_concept(self, schema: Schema) -> Attribution:
        """Sum features into the schema's clinical concepts; baseline and prediction stay.

        A feature without a concept stays on its own. Sampling errors are added in quadrature:
        the draws of two features are not independent, so the sum's error is an approximation.
        """
        owners = [schema.column(name).concept or name for name in self.feature_names]
        concepts = tuple(dict.fromkeys(owners))
        membership = np.array([[owner == concept for concept in concepts] for owner in owners])
        error = self.std_error
        return self._replace(
            values=self.values @ membership,
            feature_names=concepts,
            feature_values=None,
            std_error=None if error is None else np.sqrt(error**2 @ membership),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per patient and feature: patient_id, feature, value, attribution, std_error."""
        n, p = self.values.shape
        blank = np.full((n, p), np.nan)
        values = blank if self.feature_values is None else self.feature_values
        errors = blank if self.std_error is None else self.std_error
        return pd.DataFrame(
            {
                "patient_id": np.repeat(np.array(self.patient_ids, dtype=object), p),
                "feature": np.tile(np.array(self.feature_names, dtype=object), n),
                "value": values.ravel(),
                "attribution": self.values.ravel(),
                "std_error": errors.ravel(),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        arrays = {
            name: None if getattr(self, name) is None else to_json_numbers(getattr(self, name))
            for name in self._expected_shapes()
        }
        return {
            **arrays,
            "scale": self.scale,
            "feature_names": list(self.feature_names),
            "patient_ids": list(self.patient_ids),
            "method": self.method,
            "is_exact": self.is_exact,
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Attribution:
        """Inverse of :meth:`to_dict`."""
        fields = dict(record)
        for name in (
            "values",
            "baseline",
            "prediction",
            "feature_values",
            "std_error",
            "local_fit",
        ):
            fields[name] = None if fields[name] is None else from_json_numbers(fields[name])
        fields["feature_names"] = tuple(fields["feature_names"])
        fields["patient_ids"] = tuple(fields["patient_ids"])
        fields["provenance"] = Provenance.from_dict(fields["provenance"])
        return cls(**fields)

    def _replace(self, **changes: Any) -> Attribution:
        return replace(self, **changes)
