"""LIME for tables: the adapter of the lime package.

The numbers are exactly those of lime with its defaults (quartile bins, exponential kernel, ridge
regression on all inputs), seeded by the study. lime cannot take a missing value: see
``docs/methods/lime.md`` for what is done instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from explainers.attribution.attributor import (
    SUPPORTED,
    Setting,
    Support,
    require_support,
)
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.errors import UnsupportedError


@dataclass(frozen=True)
class LocalFit:
    """One patient's local surrogate: weights (p,), intercept and weighted R-squared."""

    weights: FloatArray
    intercept: float
    r_squared: float


@dataclass(frozen=True)
class LimeTabular:
    """Weights of a linear model fitted around one patient (Ribeiro, Singh and Guestrin 2016).

    Attributes
    ----------
    n_samples : int
        Invented patients the local model is fitted to.
    """

    n_samples: int = 5000

    slug: ClassVar[str] = "lime"
    label: ClassVar[str] = "LIME (local linear model)"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            name="n_samples",
            label="Invented patients",
            help="Patients made up around this one to fit the local model; more are steadier.",
            default=5000,
            low=500,
            high=50_000,
        ),
    )

    def supports(self, model: RiskModel, scale: Scale) -> Support:  # noqa: ARG002  (protocol)
        """Any model on either scale: only predictions are needed."""
        return SUPPORTED

    def explain(
        self, study: Study, rows: FloatArray, patient_ids: tuple[str, ...], scale: Scale
    ) -> Attribution:
        """Explain encoded patients (k, p).

        Contributions are the local weights, because the indicator "in the same bin or level as
        this patient" is 1 for the patient; the baseline is the local intercept. They do not add up
        to the prediction, and the residual says by how much. An input that was not measured stays
        missing in every invented patient and gets 0.

        Raises
        ------
        UnsupportedError
            Where a patient has no measured input, or a measured input is missing in every
            reference patient, so that lime has nothing to draw from.
        """
        require_support(self, study.model, scale)
        fits = [self._fit(study, row, scale) for row in rows]
        return Attribution(
            values=np.array([fit.weights for fit in fits]).reshape(rows.shape),
            baseline=np.array([fit.intercept for fit in fits]),
            prediction=study.predict(rows, scale),
            scale=scale,
            feature_names=study.model.feature_names,
            patient_ids=patient_ids,
            method=self.slug,
            is_exact=False,
            feature_values=rows,
            local_fit=np.array([fit.r_squared for fit in fits]),
            provenance=study.provenance(
                self.slug,
                n_samples=self.n_samples,
                n_reference=len(study.reference),
                kernel_width="0.75 x square root of the number of measured inputs",
                discretizer="quartile",
                missing_inputs="held missing, contribution 0",
            ),
        )

    def _fit(self, study: Study, row: FloatArray, scale: Scale) -> LocalFit:
        measured = np.flatnonzero(~np.isnan(row))
        if len(measured) == 0:
            raise UnsupportedError("lime needs at least one measured input for a patient")
        columns = [study.model.columns[at] for at in measured]
        reference = filled_reference(study.reference_matrix[:, measured], columns)

        def predict(invented: FloatArray) -> FloatArray:
            full = np.full((len(invented), len(row)), np.nan)
            full[:, measured] = invented
            return study.predict(full, scale)

        explainer = _load_lime().LimeTabularExplainer(
            reference,
            mode="regression",
            feature_names=[column.name for column in columns],
            categorical_features=[at for at, column in enumerate(columns) if not column.is_numeric],
            feature_selection="none",
            random_state=np.random.RandomState(study.seed),
        )
        explanation = explainer.explain_instance(
            row[measured], predict, num_features=len(measured), num_samples=self.n_samples
        )
        return _read_fit(explanation, measured, len(row))


def filled_reference(reference: FloatArray, columns: list[Column]) -> FloatArray:
    """Reference patients (m, k) with each missing value replaced by the column's typical value.

    The median for numbers, the most frequent level otherwise: lime draws from these columns and
    takes no missing values.

    Raises
    ------
    UnsupportedError
        Where a column is missing in every reference patient.
    """
    filled = reference.copy()
    for at, column in enumerate(columns):
        known = filled[~np.isnan(filled[:, at]), at]
        if len(known) == 0:
            raise UnsupportedError(
                "lime needs every input of the patient to be known for some reference patient",
                value=column.name,
                remedy="Choose more reference patients or another method.",
            )
        typical = np.median(known) if column.is_numeric else np.bincount(known.astype(int)).argmax()
        filled[np.isnan(filled[:, at]), at] = typical
    return filled


def _read_fit(explanation: Any, measured: IntArray, n_features: int) -> LocalFit:
    """Read lime's result; it files a regression under the label 1."""
    weights = np.zeros(n_features)
    for position, weight in explanation.local_exp[1]:
        weights[measured[position]] = weight
    return LocalFit(weights, float(explanation.intercept[1]), float(explanation.score))


def _load_lime() -> Any:
    """Load lime when it is first used: it brings scikit-learn and matplotlib."""
    import lime.lime_tabular  # noqa: PLC0415  (see above)

    return lime.lime_tabular
