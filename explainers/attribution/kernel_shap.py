"""SHAP values of any model by a weighted regression on coalitions of features."""

from __future__ import annotations

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
from explainers.attribution.coalition_pairs import (
    CoalitionPairs,
    choose_pairs,
    count_pairs,
    fewest_pairs,
)
from explainers.attribution.permutation_shap import CHUNK_ROWS
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.progress import Meter, Progress
from explainers.core.study import Study
from explainers.errors import SettingsError


@dataclass(frozen=True)
class KernelShap:
    """Interventional SHAP values by kernel SHAP (Lundberg and Lee 2017; Covert and Lee 2021).

    The worth of a coalition is the mean prediction over all reference patients who take the
    patient's values of its features; the contributions are the weighted regression of the worths
    on membership that adds up to prediction minus baseline. With every coalition in it the
    regression is Shapley's formula, and nothing is estimated.

    Attributes
    ----------
    n_coalitions : int
        Coalitions to look at for one patient, each with as many predictions as there are reference
        patients; raised to the fewest from which a sampling error can be estimated. Only features
        in which the patient differs from a reference patient take part. The provenance has the
        largest number used for one patient.
    budget : int or None
        Most predictions for one patient; decides in place of ``n_coalitions`` where it is given.
    progress : callable or None
        Told the predictions made and those to make; may raise
        :class:`~explainers.errors.CancelledError` to stop.
    """

    n_coalitions: int = 2048
    budget: int | None = None
    progress: Progress | None = field(default=None, compare=False, repr=False)

    slug: ClassVar[str] = "kernel-shap"
    label: ClassVar[str] = "SHAP (kernel, any model)"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            name="n_coalitions",
            label="Coalitions",
            help="Sets of features tried together; four times as many about halve the sampling"
            " error, and with all of them there is none.",
            default=2048,
            low=128,
            high=65_536,
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
            Where the budget is below what a sampling error can be estimated from.
        """
        require_support(self, study.model, scale)
        prediction = study.predict(rows, scale)
        baseline = float(study.predict(study.reference_matrix, scale).mean())
        games = [_Game(study, row, scale, _differing(study, row)) for row in rows]
        n_pairs = [self._count_pairs(game) for game in games]
        meter = Meter(2 * sum(n_pairs) * len(study.reference), self.progress)
        values, error = np.zeros(rows.shape), np.zeros(rows.shape)
        is_exact = True
        for at, game in enumerate(games):
            pairs = choose_pairs(len(game.players), n_pairs[at], study.seed)
            fitted = _fit(pairs, game.differences(pairs, meter), prediction[at] - baseline)
            values[at, game.players], error[at, game.players] = fitted
            is_exact = is_exact and pairs.is_complete
        return Attribution(
            values=values,
            std_error=error,
            baseline=np.full(len(rows), baseline),
            prediction=prediction,
            scale=scale,
            feature_names=study.model.feature_names,
            patient_ids=patient_ids,
            method=self.slug,
            is_exact=is_exact,
            feature_values=rows,
            provenance=study.provenance(
                self.slug,
                n_coalitions=2 * max(n_pairs, default=0),
                coalitions="all" if is_exact else "listed from the outside in, then drawn",
                n_reference=len(study.reference),
            ),
        )

    def _count_pairs(self, game: _Game) -> int:
        """Pairs of coalitions for one patient, within the budget."""
        n_features, n_reference = len(game.players), len(game.study.reference)
        if n_features == 0:
            return 0
        fewest = fewest_pairs(n_features)
        if self.budget is None:
            asked = max(fewest, self.n_coalitions // 2)
        else:
            asked = self.budget // (2 * n_reference)
            if asked < fewest:
                raise SettingsError(
                    f"kernel SHAP needs a budget of at least {2 * fewest * n_reference:,}"
                    f" predictions for {n_features} features and {n_reference} reference patients",
                    value=self.budget,
                    remedy="Raise the budget, or compare with fewer reference patients.",
                )
        return min(asked, count_pairs(n_features))


@dataclass(frozen=True)
class _Game:
    """One patient (p,) and the positions (d,) of the features that can make a difference."""

    study: Study
    row: FloatArray
    scale: Scale
    players: IntArray

    def differences(self, pairs: CoalitionPairs, meter: Meter) -> FloatArray:
        """Worth of the first coalition minus worth of the second, (m,) for m pairs."""
        reference = self.study.reference_matrix
        n_reference, n_pairs = len(reference), len(pairs.masks)
        is_first = np.zeros((n_pairs, len(self.row)), dtype=np.bool_)
        is_first[:, self.players] = pairs.masks
        total = np.zeros(n_pairs)
        # Counted over pairs and reference patients together, so that neither number alone decides
        # how much memory is needed.
        size = max(1, CHUNK_ROWS // 2)
        for start in range(0, n_pairs * n_reference, size):
            each = np.arange(start, min(start + size, n_pairs * n_reference))
            pair, other = np.divmod(each, n_reference)
            first, second = is_first[pair], ~is_first[pair]
            others = reference[other]
            walked = [np.where(own, self.row, others) for own in (first, second)]
            predicted = self.study.predict(np.concatenate(walked), self.scale)
            change = predicted[: len(each)] - predicted[len(each) :]
            total += np.bincount(pair, change, minlength=n_pairs)
            meter.add(2 * len(each))
        return total / n_reference


def _differing(study: Study, row: FloatArray) -> IntArray:
    """Positions of the features in which a patient differs from some reference patient."""
    reference = study.reference_matrix
    is_same = (reference == row) | (np.isnan(reference) & np.isnan(row))
    return np.flatnonzero(~is_same.all(axis=0))


def _fit(
    pairs: CoalitionPairs, differences: FloatArray, total: float
) -> tuple[FloatArray, FloatArray]:
    """Contributions (d,) that add up to ``total``, and their standard errors (d,).

    With both coalitions of every pair in it, the regression of Lundberg and Lee is one of the
    pair's difference on +1 for the features of the first and -1 for those of the second: their sum
    does not depend on the contributions. The constraint is met by solving for all but the last.
    """
    n_features = pairs.masks.shape[1]
    if n_features < 2:
        return np.full(n_features, total), np.zeros(n_features)
    sides = np.where(pairs.masks, 1.0, -1.0)
    design = sides[:, :-1] - sides[:, -1:]
    response = differences - sides[:, -1] * total
    weighted = design * pairs.weights[:, None]
    inverse = np.linalg.inv(weighted.T @ design)
    free = inverse @ (weighted.T @ response)
    values = np.append(free, total - free.sum())
    if pairs.is_complete:
        return values, np.zeros(n_features)
    leverage = np.einsum("ij,jk,ik->i", weighted, inverse, design)
    residual = (response - design @ free) / (1 - leverage)
    scores = (weighted * residual[:, None])[pairs.n_listed :] @ inverse
    return values, _spread(scores)


def _spread(scores: FloatArray) -> FloatArray:
    """Standard errors (d,) from what each drawn pair adds to all contributions but the last.

    The listed pairs are not drawn and have no spread, so scores need not have the mean 0.
    """
    influence = np.column_stack([scores, -scores.sum(axis=1)])
    centred = influence - influence.mean(axis=0)
    n_drawn = len(influence)
    variance: FloatArray = (centred**2).sum(axis=0) * n_drawn / (n_drawn - 1)
    return np.sqrt(variance)
