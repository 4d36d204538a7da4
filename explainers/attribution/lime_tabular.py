"""LIME for tables, with the numbers of the lime package.

The defaults of lime (quartile bins, exponential kernel, ridge regression on all inputs), drawn with
its random numbers and fitted by normal equations, so that one seed gives the package's own result.
LIME cannot take a missing value: see ``docs/methods/lime.md`` for what is done instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.attribution.attributor import (
    SUPPORTED,
    Setting,
    Support,
    check_settings,
    require_support,
)
from explainers.attribution.lime_sampling import (
    LARGEST_SEED,
    ColumnDraw,
    Invented,
    describe_columns,
    filled_reference,
    invent_patients,
)
from explainers.attribution.lime_surrogate import LocalFit, fit_local_model
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.progress import Meter, Progress
from explainers.core.study import Study
from explainers.errors import SettingsError, UnsupportedError

# Invented patients predicted in one call: 5 seeds of 5,000. More take no less time, since these
# stay nearer to the processor, and memory grows with them.
ROWS_AT_ONCE = 25_000


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

    def __post_init__(self) -> None:
        check_settings(self)

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
        missing in every invented patient and gets 0. Patients with the same inputs measured share
        their invented patients, as they do in lime when each is explained with the study's seed.

        Raises
        ------
        UnsupportedError
            Where a patient has no measured input, or a measured input is missing in every
            reference patient, so that there is nothing to draw from.
        SettingsError
            Where the study's seed is none that lime takes.
        """
        require_support(self, study.model, scale)
        prediction = study.predict(rows, scale)
        values, baseline = np.zeros(rows.shape), np.zeros(len(rows))
        local_fit = np.zeros(len(rows))
        for alike in _measured_alike(rows):
            around = _Surroundings.of(study, ~np.isnan(rows[alike[0]]))
            ((invented, predicted),) = around.predict_seeds((study.seed,), self.n_samples, scale)
            for at in alike:
                fit = around.fit(rows[at], invented, predicted, float(prediction[at]))
                values[at], baseline[at], local_fit[at] = fit.weights, fit.intercept, fit.r_squared
        return Attribution(
            values=values,
            baseline=baseline,
            prediction=prediction,
            scale=scale,
            feature_names=study.model.feature_names,
            patient_ids=patient_ids,
            method=self.slug,
            is_exact=False,
            feature_values=rows,
            local_fit=local_fit,
            provenance=study.provenance(
                self.slug,
                n_samples=self.n_samples,
                n_reference=len(study.reference),
                kernel_width="0.75 x square root of the number of measured inputs",
                discretizer="quartile",
                missing_inputs="held missing, contribution 0",
                implementation="Pellucid, with the random numbers of lime 0.2.0.1",
            ),
        )

    def explain_seeds(
        self,
        study: Study,
        row: FloatArray,
        seeds: Sequence[int],
        scale: Scale,
        progress: Progress | None = None,
    ) -> tuple[LocalFit, ...]:
        """Explain one encoded patient (p,) under each seed; the study's own seed plays no part.

        ``explain_seeds(study, row, (s,), scale)`` is what :meth:`explain` finds for a study with
        seed ``s``. The reference patients are described once and the model predicts the invented
        patients of several seeds together, up to 25,000 at a time.

        Raises
        ------
        UnsupportedError
            As :meth:`explain`.
        SettingsError
            Where a seed is not between 0 and 4,294,967,295.
        """
        require_support(self, study.model, scale)
        own_prediction = float(study.predict(row[None, :], scale)[0])
        around = _Surroundings.of(study, ~np.isnan(row))
        meter = Meter(len(seeds), progress)
        fits = []
        for invented, predicted in around.predict_seeds(seeds, self.n_samples, scale):
            fits.append(around.fit(row, invented, predicted, own_prediction))
            meter.add(1)
        return tuple(fits)


@dataclass(frozen=True)
class _Surroundings:
    """What is drawn for patients who have the same inputs measured.

    ``measured`` (k,) are positions among the model's p features; one draw for each.
    """

    study: Study
    measured: IntArray
    draws: tuple[ColumnDraw, ...]

    @classmethod
    def of(cls, study: Study, is_measured: BoolArray) -> _Surroundings:
        measured = np.flatnonzero(is_measured)
        if len(measured) == 0:
            raise UnsupportedError("lime needs at least one measured input for a patient")
        columns = [study.model.columns[at] for at in measured]
        reference = filled_reference(study.reference_matrix[:, measured], columns)
        return cls(study, measured, describe_columns(reference, columns))

    def predict_seeds(
        self, seeds: Sequence[int], n_samples: int, scale: Scale
    ) -> Iterator[tuple[Invented, FloatArray]]:
        """Invented patients of each seed with the model's predictions (n_samples - 1,)."""
        for seed in seeds:
            if not 0 <= seed <= LARGEST_SEED:
                raise SettingsError("a seed of lime is between 0 and 4,294,967,295", value=seed)
        per_call = max(1, ROWS_AT_ONCE // n_samples)
        # Making one takes a hundred times as long as seeding it anew.
        state = np.random.RandomState(0)
        for start in range(0, len(seeds), per_call):
            groups = []
            for seed in seeds[start : start + per_call]:
                state.seed(seed)
                groups.append(invent_patients(self.draws, n_samples, state))
            predicted = self.study.predict(self._rows(groups), scale)
            yield from zip(groups, np.split(predicted, len(groups)), strict=True)

    def fit(
        self, row: FloatArray, invented: Invented, predicted: FloatArray, own_prediction: float
    ) -> LocalFit:
        """Local model of one encoded patient (p,), with weight 0 for inputs not measured."""
        own = [
            draw.position_of(float(row[at]))
            for at, draw in zip(self.measured, self.draws, strict=True)
        ]
        is_same = invented.chosen == np.array(own, dtype=np.int16)[:, None]
        fit = fit_local_model(is_same, predicted, own_prediction)
        weights = np.zeros(len(row))
        weights[self.measured] = fit.weights
        return LocalFit(weights, fit.intercept, fit.r_squared)

    def _rows(self, groups: Sequence[Invented]) -> FloatArray:
        n_each = groups[0].values.shape[1]
        rows = np.full((n_each * len(groups), len(self.study.model.columns)), np.nan)
        for at, invented in enumerate(groups):
            rows[at * n_each : (at + 1) * n_each, self.measured] = invented.values.T
        return rows


def _measured_alike(rows: FloatArray) -> list[IntArray]:
    """Positions of encoded patients (n, p), together where the same inputs are measured."""
    _, group = np.unique(~np.isnan(rows), axis=0, return_inverse=True)
    group = group.reshape(len(rows))
    return [np.flatnonzero(group == each) for each in np.unique(group)]
