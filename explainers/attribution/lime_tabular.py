"""LIME for tables, with the numbers of the lime package.

The defaults of lime (quartile bins, exponential kernel, ridge regression on all inputs), drawn with
its random numbers and fitted by normal equations, so that one seed gives the package's own result.
LIME cannot take a missing value: see ``docs/methods/lime.md`` for what is done instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from explainers.attribution.attributor import (
    SUPPORTED,
    Setting,
    Support,
    check_settings,
    require_support,
)
from explainers.attribution.lime_surrogate import LocalFit
from explainers.attribution.lime_surroundings import KeptSurroundings, Surroundings
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.progress import Meter, Progress
from explainers.core.study import Study


@dataclass(frozen=True)
class LimeTabular:
    """Weights of a linear model fitted around one patient (Ribeiro, Singh and Guestrin 2016).

    Attributes
    ----------
    n_samples : int
        Invented patients the local model is fitted to.
    """

    n_samples: int = 5000
    _kept: KeptSurroundings | None = field(default=None, repr=False, compare=False)

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

    def prepare(self, study: Study) -> LimeTabular:
        """The same method, which keeps the invented patients and the model's scores of them.

        They serve every patient with the same inputs measured, on either scale: a patient then
        takes the fit alone. What is kept is bounded, see
        :class:`~explainers.attribution.lime_surroundings.KeptSurroundings`.
        """
        return replace(self, _kept=KeptSurroundings(study))

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
            around = self._around(study, ~np.isnan(rows[alike[0]]))
            (scored,) = around.score_seeds((study.seed,), self.n_samples)
            for at in alike:
                labels = around.labels_of(rows[at])
                fit = around.fit(labels, scored, float(prediction[at]), scale)
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
        around = self._around(study, ~np.isnan(row))
        labels = around.labels_of(row)
        meter = Meter(len(seeds), progress)
        fits = []
        for scored in around.score_seeds(seeds, self.n_samples):
            fits.append(around.fit(labels, scored, own_prediction, scale))
            meter.add(1)
        return tuple(fits)

    def _around(self, study: Study, is_measured: BoolArray) -> Surroundings:
        """What was kept where it is of this study, else described anew."""
        if self._kept is not None and self._kept.is_of(study):
            return self._kept.around(is_measured)
        return Surroundings.of(study, is_measured)


def _measured_alike(rows: FloatArray) -> list[IntArray]:
    """Positions of encoded patients (n, p), together where the same inputs are measured."""
    _, group = np.unique(~np.isnan(rows), axis=0, return_inverse=True)
    group = group.reshape(len(rows))
    return [np.flatnonzero(group == each) for each in np.unique(group)]
