"""Exact SHAP interaction values of tree models, for a few patients or streamed over a cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
from scipy.sparse import csr_array

from explainers.attribution.attributor import Support
from explainers.attribution.pair_engines import PairSource, open_pairs
from explainers.attribution.tree_shap import Perturbation, TreeShap
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.interaction import (
    FeatureInteractions,
    Interactions,
    MeanInteractions,
    PairInteraction,
)
from explainers.core.link import Scale
from explainers.core.model import RiskModel, TreeModel
from explainers.core.provenance import Provenance
from explainers.core.study import Study
from explainers.errors import SettingsError, UnsupportedError

# Numbers in the matrices (n, p, p) that are held at a time: 1 gigabyte.
MOST_NUMBERS = 125_000_000


@dataclass(frozen=True)
class TreeInteractions:
    """Exact SHAP interaction values of a sum of trees (Lundberg et al. 2020).

    Attributes
    ----------
    perturbation : {"interventional", "path-dependent"}
        As in :class:`~explainers.attribution.tree_shap.TreeShap`, to whose values the rows of each
        matrix add up.
    """

    perturbation: Perturbation = "interventional"

    slug: ClassVar[str] = "tree-interactions"

    def supports(self, model: RiskModel, scale: Scale) -> Support:
        """Trees only, and only where the step from score to scale is a straight line."""
        if isinstance(model, TreeModel) and not model.link.is_affine(scale):
            return Support.refused(f"the trees do not add up to the {scale} of this model")
        return TreeShap(self.perturbation).supports(model, scale)

    def explain(
        self, study: Study, rows: FloatArray, patient_ids: tuple[str, ...], scale: Scale
    ) -> Interactions:
        """Whole matrices (k, p, p) of encoded patients (k, p), for a few patients.

        Raises
        ------
        UnsupportedError
            Where :meth:`supports` says no, or interventional with trees too deep for the kernel.
        SettingsError
            When the matrices would take more than a gigabyte.
        """
        n, p = rows.shape
        if n * p * p > MOST_NUMBERS:
            raise SettingsError(
                f"matrices of interactions may hold {MOST_NUMBERS:,} numbers",
                value=(n, p, p),
                remedy="Ask for one feature or one pair, or for means over the cohort.",
            )
        source = self.open(study, n, scale)
        attribution = self._contributions(study, rows, patient_ids, scale)
        slope = study.model.link.slope
        values = np.zeros((n, p, p))
        first, second = source.pairs.T

        def place(block: slice, halves: FloatArray) -> None:
            values[block, first, second] = slope * halves.T
            values[block, second, first] = slope * halves.T

        list(source.map(rows, place))
        diagonal = np.arange(p)
        values[:, diagonal, diagonal] = attribution.values - values.sum(axis=2)
        return Interactions(
            values=values,
            baseline=attribution.baseline,
            prediction=attribution.prediction,
            scale=scale,
            feature_names=attribution.feature_names,
            patient_ids=patient_ids,
            provenance=self.provenance(study, source),
        )

    def explain_pair(
        self, study: Study, rows: FloatArray, pair: tuple[str, str], scale: Scale
    ) -> PairInteraction:
        """Half of the interaction of two features, (n,), such as for the colours of a chart.

        Raises
        ------
        UnsupportedError
            As :meth:`explain`.
        SettingsError
            When the model lacks a feature, or both are the same.
        """
        if pair[0] == pair[1]:
            raise SettingsError("an interaction is between two features", value=pair)
        first, second = (_position(study, name) for name in pair)
        wanted = _none_wanted(study)
        wanted[first, second] = wanted[second, first] = True
        source = self.open(study, len(rows), scale, wanted)
        values = np.zeros(len(rows))

        def place(block: slice, halves: FloatArray) -> None:
            values[block] = study.model.link.slope * halves.sum(axis=0)

        list(source.map(rows, place))
        return PairInteraction(
            values=values,
            scale=scale,
            feature_names=pair,
            provenance=self.provenance(study, source),
        )

    def explain_feature(
        self, study: Study, rows: FloatArray, feature: str, scale: Scale
    ) -> FeatureInteractions:
        """Main effect of one feature and half of each of its interactions, (n, p).

        Raises
        ------
        UnsupportedError
            As :meth:`explain`.
        SettingsError
            When the model lacks the feature.
        """
        own = _position(study, feature)
        wanted = _none_wanted(study)
        wanted[own, :] = wanted[:, own] = True
        source = self.open(study, len(rows), scale, wanted)
        values = np.zeros(rows.shape)
        partner = source.pairs.sum(axis=1) - own

        def place(block: slice, halves: FloatArray) -> None:
            values[block, partner] = study.model.link.slope * halves.T

        list(source.map(rows, place))
        contributions = self._contributions(study, rows, _numbered(rows), scale).values
        values[:, own] = contributions[:, own] - values.sum(axis=1)
        return FeatureInteractions(
            values=values,
            feature=feature,
            scale=scale,
            feature_names=study.model.feature_names,
            provenance=self.provenance(study, source),
        )

    def estimate_means(self, study: Study, rows: FloatArray, scale: Scale) -> MeanInteractions:
        """Mean size of every entry of the matrix, (p, p), streamed over encoded patients (n, p).

        Raises
        ------
        UnsupportedError
            As :meth:`explain`.
        SettingsError
            When there is no patient.
        """
        n, p = rows.shape
        if n < 1:
            raise SettingsError("a mean over patients needs at least one", value=n)
        source = self.open(study, n, scale)
        slope = study.model.link.slope
        contributions = self._contributions(study, rows, _numbered(rows), scale).values
        owners = _owners(source.pairs, p)

        def add_up(block: slice, halves: FloatArray) -> tuple[FloatArray, FloatArray]:
            main = contributions[block].T - slope * (owners @ halves)
            return np.abs(halves).sum(axis=1), np.abs(main).sum(axis=1)

        pair_sums, main_sums = np.zeros(len(source.pairs)), np.zeros(p)
        for pair_part, main_part in source.map(rows, add_up):
            pair_sums += pair_part
            main_sums += main_part
        values = np.diag(main_sums / n)
        first, second = source.pairs.T
        values[first, second] = values[second, first] = abs(slope) * pair_sums / n
        return MeanInteractions(
            values=values,
            n_patients=n,
            scale=scale,
            feature_names=study.model.feature_names,
            provenance=self.provenance(study, source),
        )

    def open(
        self, study: Study, n_rows: int, scale: Scale, wanted: BoolArray | None = None
    ) -> PairSource:
        """The engine for ``n_rows`` patients, of the raw score; UnsupportedError where none is."""
        support = self.supports(study.model, scale)
        if not support.is_supported:
            raise UnsupportedError(
                f"{self.slug} cannot explain this model on the {scale} scale: {support.reason}",
                value=study.model.name,
                remedy="Interactions are for boosted trees, on the log-odds scale.",
            )
        reference = study.reference_matrix if self.perturbation == "interventional" else None
        return open_pairs(cast("TreeModel", study.model).trees, n_rows, reference, wanted)

    def provenance(self, study: Study, source: PairSource, **settings: object) -> Provenance:
        """Provenance of a result that this source answered."""
        interventional = self.perturbation == "interventional"
        return study.provenance(
            self.slug,
            perturbation=self.perturbation,
            engine=source.engine,
            baseline_over="reference patients" if interventional else "training patients",
            n_reference=len(study.reference) if interventional else 0,
            **settings,
        )

    def _contributions(
        self, study: Study, rows: FloatArray, patient_ids: tuple[str, ...], scale: Scale
    ) -> Attribution:
        return TreeShap(self.perturbation).explain(study, rows, patient_ids, scale)


def _position(study: Study, feature: str) -> int:
    names = study.model.feature_names
    if feature not in names:
        raise SettingsError("the model has no such feature", value=feature)
    return names.index(feature)


def _none_wanted(study: Study) -> BoolArray:
    size = len(study.model.feature_names)
    return np.zeros((size, size), dtype=np.bool_)


def _numbered(rows: FloatArray) -> tuple[str, ...]:
    """Stand-ins for the identifiers of patients that the result does not name."""
    return tuple(str(at) for at in range(len(rows)))


def _owners(pairs: IntArray, n_features: int) -> csr_array:
    """Matrix (p, pairs) that adds each pair's half to both of its features."""
    number = np.arange(len(pairs))
    places = (pairs.T.ravel(), np.concatenate([number, number]))
    return csr_array((np.ones(2 * len(pairs)), places), shape=(n_features, len(pairs)))
