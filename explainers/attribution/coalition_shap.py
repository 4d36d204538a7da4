"""Exact SHAP values on a curved scale: risk, or the log-odds of a forest.

Where the step from score to scale bends, SHAP values of the score do not carry over. Here every
coalition of features is scored, bent and weighted, for every reference patient: Shapley's formula
as it stands (Shapley 1953), made fast by :mod:`.coalition_kernel`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np

from explainers.attribution.attributor import (
    SUPPORTED,
    Setting,
    Support,
    require_support,
)
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.link import SMALLEST_PROBABILITY, Link, Scale
from explainers.core.model import AdditiveModel, RiskModel, TreeModel
from explainers.core.study import Study
from explainers.core.trees import TreeEnsemble

if TYPE_CHECKING:
    from explainers.attribution.coalition_kernel import Bend, Forest

# Each further feature doubles the time: 22 take some seconds for a patient.
MOST_FEATURES = 22

# The reference patients of one task. Fixed, so that sums do not depend on the number of threads.
PART_SIZE = 8

# Sum over some reference patients, given by their positions, of the Shapley values (players,).
PartSum = Callable[[IntArray], FloatArray]


@dataclass(frozen=True)
class CoalitionShap:
    """Interventional Shapley values of the prediction itself, for tree and additive models."""

    slug: ClassVar[str] = "exact-shap"
    label: ClassVar[str] = "SHAP (exact, all coalitions)"
    settings: ClassVar[tuple[Setting, ...]] = ()

    def supports(self, model: RiskModel, scale: Scale) -> Support:
        """Trees and additive models on a curved scale, using at most 22 features."""
        if not isinstance(model, TreeModel | AdditiveModel):
            return Support.refused("it explains models of trees and models of one term per feature")
        if model.link.is_affine(scale):
            return Support.refused(
                f"the {scale} of this model is a straight line of its score; tree-shap or"
                " linear-shap give the same values at once"
            )
        n_used = len(used_features(model))
        if n_used > MOST_FEATURES:
            return Support.refused(
                f"it takes at most {MOST_FEATURES} features and this model uses {n_used};"
                " permutation estimates the same values and states its sampling error"
            )
        return SUPPORTED

    def explain(
        self, study: Study, rows: FloatArray, patient_ids: tuple[str, ...], scale: Scale
    ) -> Attribution:
        """Explain encoded patients (k, p), one after another; the residual is rounding only.

        Raises
        ------
        UnsupportedError
            Where :meth:`supports` says no.
        """
        require_support(self, study.model, scale)
        players = used_features(study.model)
        values = np.zeros(rows.shape)
        for at, row in enumerate(rows):
            part_sum = _part_sum(study, row, players, scale)
            values[at, players] = _mean_over_reference(part_sum, len(study.reference))
        return Attribution(
            values=values,
            baseline=np.full(len(rows), study.predict(study.reference_matrix, scale).mean()),
            prediction=study.predict(rows, scale),
            scale=scale,
            feature_names=study.model.feature_names,
            patient_ids=patient_ids,
            method=self.slug,
            is_exact=True,
            feature_values=rows,
            provenance=study.provenance(
                self.slug, n_reference=len(study.reference), n_features_used=len(players)
            ),
        )


def used_features(model: RiskModel) -> IntArray:
    """Positions of the features that a model can react to, ascending."""
    if isinstance(model, TreeModel):
        split_on: IntArray = np.unique(model.trees.feature)
        return split_on[split_on >= 0]
    return np.arange(len(model.columns))


def _part_sum(study: Study, row: FloatArray, players: IntArray, scale: Scale) -> PartSum:
    """Bind a patient, the model and the scale to the kernel that suits the model."""
    from explainers.attribution import coalition_kernel  # noqa: PLC0415  (numba takes a second)

    model = study.model
    bend = _bend(model.link, scale)
    if isinstance(model, TreeModel):
        forest = _forest(model.trees, players)
        patient = model.trees.seen(row[players])
        references = model.trees.seen(study.reference_matrix[:, players])
        return lambda part: coalition_kernel.shapley_of_trees(
            forest, patient, references[part], bend
        )
    additive = cast("AdditiveModel", model)
    terms = additive.terms(row[None, :])[0]
    constant = float(model.score(row[None, :])[0] - terms.sum())
    reference_terms = additive.terms(study.reference_matrix)
    return lambda part: coalition_kernel.shapley_of_sums(
        constant, terms, reference_terms[part], bend
    )


def _mean_over_reference(part_sum: PartSum, n_reference: int) -> FloatArray:
    parts = [
        np.arange(start, min(start + PART_SIZE, n_reference))
        for start in range(0, n_reference, PART_SIZE)
    ]
    with ThreadPoolExecutor() as threads:
        sums = list(threads.map(part_sum, parts))
    mean: FloatArray = np.sum(sums, axis=0) / n_reference
    return mean


def _forest(trees: TreeEnsemble, players: IntArray) -> Forest:
    """Tree arrays as the kernel takes them, with features numbered among the players."""
    from explainers.attribution import coalition_kernel  # noqa: PLC0415  (numba takes a second)

    player = np.where(trees.feature < 0, -1, np.searchsorted(players, trees.feature))
    return coalition_kernel.Forest(
        player=player.astype(np.int64),
        threshold=trees.threshold,
        left=trees.left,
        right=trees.right,
        missing_goes_left=trees.missing_goes_left,
        value=trees.value,
        roots=trees.roots,
        constant=float(trees.constant),
    )


def _bend(link: Link, scale: Scale) -> Bend:
    from explainers.attribution import coalition_kernel  # noqa: PLC0415  (numba takes a second)

    return coalition_kernel.Bend(
        score_is_probability=link.score_kind == "probability",
        to_risk=scale == "risk",
        intercept=float(link.intercept),
        slope=float(link.slope),
        smallest_probability=SMALLEST_PROBABILITY,
    )
