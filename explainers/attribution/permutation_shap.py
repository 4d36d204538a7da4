"""SHAP values of any model by walking from reference patients to the patient in random orders."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from explainers.attribution.attributor import (
    SUPPORTED,
    Setting,
    Support,
    check_settings,
    require_support,
)
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.progress import Meter, Progress
from explainers.core.study import Study
from explainers.errors import SettingsError

# Rows predicted in one go: 50 features of double precision stay below 20 MB.
CHUNK_ROWS = 50_000


@dataclass(frozen=True)
class PermutationShap:
    """Interventional SHAP values from paired random orders (Mitchell et al. 2022).

    Every reference patient serves in the same number of orders, each order is walked forwards and
    backwards, and each walk leads from that reference patient to the patient: so the contributions
    add up to prediction minus baseline whatever the number of orders, and only their division
    among the features is estimated.

    Attributes
    ----------
    n_permutations : int
        Orders to draw; rounded up to a multiple of the number of reference patients, at least two
        for each, so that the sampling error can be estimated. The provenance has the number used.
    budget : int or None
        Most predictions for one patient; decides in place of ``n_permutations`` where it is given.
    progress : callable or None
        Told the predictions made and those to make; may raise
        :class:`~explainers.errors.CancelledError` to stop.
    """

    n_permutations: int = 400
    budget: int | None = None
    progress: Progress | None = field(default=None, compare=False, repr=False)

    slug: ClassVar[str] = "permutation"
    label: ClassVar[str] = "SHAP (sampled, any model)"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            name="n_permutations",
            label="Orders",
            help="Random orders in which features are revealed; four times as many halve the"
            " sampling error.",
            default=400,
            low=100,
            high=20_000,
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
        """Explain encoded patients (k, p), with the sampling error of each contribution.

        The draws start from the study's seed for every patient, so that a patient's reasons do
        not depend on who else is explained.

        Raises
        ------
        SettingsError
            Where the budget is below two orders for each reference patient.
        """
        require_support(self, study.model, scale)
        n_rounds = self._count_rounds(study)
        meter = Meter(len(rows) * n_rounds * _predictions_of_a_round(study), self.progress)
        estimates = [_estimate(study, row, scale, n_rounds, meter) for row in rows]
        return Attribution(
            values=np.array([values for values, _ in estimates]).reshape(rows.shape),
            std_error=np.array([error for _, error in estimates]).reshape(rows.shape),
            baseline=np.full(len(rows), study.predict(study.reference_matrix, scale).mean()),
            prediction=study.predict(rows, scale),
            scale=scale,
            feature_names=study.model.feature_names,
            patient_ids=patient_ids,
            method=self.slug,
            is_exact=False,
            feature_values=rows,
            provenance=study.provenance(
                self.slug,
                n_permutations=n_rounds * len(study.reference),
                n_reference=len(study.reference),
            ),
        )

    def _count_rounds(self, study: Study) -> int:
        """Orders for each reference patient, within the budget."""
        if self.budget is None:
            return max(2, math.ceil(self.n_permutations / len(study.reference)))
        of_a_round = _predictions_of_a_round(study)
        if self.budget < 2 * of_a_round:
            raise SettingsError(
                f"permutation needs a budget of at least {2 * of_a_round:,} predictions for"
                f" {len(study.model.columns)} features and {len(study.reference)} reference"
                " patients",
                value=self.budget,
                remedy="Raise the budget, or compare with fewer reference patients.",
            )
        return self.budget // of_a_round


def _predictions_of_a_round(study: Study) -> int:
    """One order for each reference patient, forwards and backwards, both ends included."""
    return 2 * (len(study.model.columns) + 1) * len(study.reference)


def _estimate(
    study: Study, row: FloatArray, scale: Scale, n_rounds: int, meter: Meter
) -> tuple[FloatArray, FloatArray]:
    """Mean contributions (p,) and their standard errors (p,).

    The reference patients are all used, not sampled: only the spread of the orders within a
    reference patient is sampling error.
    """
    reference = study.reference_matrix
    n_reference, n_features = reference.shape
    rng = np.random.default_rng(study.seed)
    orders = np.tile(np.arange(n_features), (n_rounds * n_reference, 1))
    position = rng.permuted(orders, axis=1)
    pairs = np.empty(position.shape)
    for part in _parts(len(pairs), n_features):
        starts = reference[np.arange(len(pairs))[part] % n_reference]
        pairs[part] = _paired_contributions(study, row, starts, scale, position[part])
        meter.add(2 * (n_features + 1) * len(starts))
    by_reference = pairs.reshape(n_rounds, n_reference, n_features)
    variance = by_reference.var(axis=0, ddof=1).sum(axis=0) / n_rounds
    return pairs.mean(axis=0), np.sqrt(variance) / n_reference


def _parts(n_pairs: int, n_features: int) -> Iterator[slice]:
    """Slices of the pairs that keep the rows predicted in one go in bounds."""
    size = max(1, CHUNK_ROWS // (2 * (n_features + 1)))
    for start in range(0, n_pairs, size):
        yield slice(start, start + size)


def _paired_contributions(
    study: Study, row: FloatArray, starts: FloatArray, scale: Scale, position: IntArray
) -> FloatArray:
    """Contributions (m, p) of walks from ``starts`` (m, p), forwards and backwards averaged.

    ``position`` (m, p) is when a feature takes the patient's value on the way forwards.
    """
    m, p = starts.shape
    both = np.concatenate([position, p - 1 - position])
    steps = np.arange(p + 1)[None, :, None]
    walked = np.where(both[:, None, :] < steps, row, np.tile(starts, (2, 1))[:, None, :])
    predictions = study.predict(walked.reshape(-1, p), scale).reshape(2 * m, p + 1)
    changes = np.take_along_axis(np.diff(predictions, axis=1), both, axis=1)
    mean: FloatArray = (changes[:m] + changes[m:]) / 2
    return mean
