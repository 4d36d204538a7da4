"""Exact SHAP values of tree models on a scale where they add up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, cast

import numpy as np

from explainers.attribution.attributor import (
    SUPPORTED,
    Setting,
    Support,
    require_support,
)
from explainers.attribution.tree_engines import TreeGame
from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import RiskModel, TreeModel
from explainers.core.study import Study

Perturbation = Literal["interventional", "path-dependent"]


@dataclass(frozen=True)
class TreeShap:
    """Exact SHAP values of a sum of trees (Lundberg et al. 2020).

    Attributes
    ----------
    perturbation : {"interventional", "path-dependent"}
        What stands in for a feature that is left out: the value of a reference patient, or the
        training patients that went the same way through the tree. In the second case the baseline
        is the mean over the training patients and the reference patients play no part; the
        provenance says so.
    """

    perturbation: Perturbation = "interventional"
    _kept: TreeGame | None = field(default=None, repr=False, compare=False)

    slug: ClassVar[str] = "tree-shap"
    label: ClassVar[str] = "SHAP (exact, trees)"
    settings: ClassVar[tuple[Setting, ...]] = ()

    def supports(self, model: RiskModel, scale: Scale) -> Support:
        """Trees only, and only where the step from score to scale is a straight line."""
        if not isinstance(model, TreeModel):
            return Support.refused("it explains models made of decision trees only")
        if not model.link.is_affine(scale):
            return Support.refused(
                f"the trees do not add up to the {scale} of this model; exact-shap does the"
                " computation on a curved scale",
            )
        if self.perturbation == "path-dependent" and (model.trees.cover <= 0).any():
            return Support.refused("path-dependent SHAP needs a training weight at every node")
        return SUPPORTED

    def prepare(self, study: Study) -> TreeShap:
        """The same method, which builds the tables of this study's trees only once."""
        if not isinstance(study.model, TreeModel):
            return self
        return replace(self, _kept=TreeGame(study.model.trees, self._reference(study)))

    def explain(
        self, study: Study, rows: FloatArray, patient_ids: tuple[str, ...], scale: Scale
    ) -> Attribution:
        """Explain encoded patients (k, p); the residual is rounding only.

        Raises
        ------
        UnsupportedError
            Where :meth:`supports` says no.
        """
        require_support(self, study.model, scale)
        values, base, engine = self._game(study).explain(rows)
        interventional = self.perturbation == "interventional"
        link = study.model.link
        return Attribution(
            values=link.slope * values,
            baseline=np.full(len(rows), link.intercept + link.slope * base),
            prediction=study.predict(rows, scale),
            scale=scale,
            feature_names=study.model.feature_names,
            patient_ids=patient_ids,
            method=self.slug,
            is_exact=True,
            feature_values=rows,
            provenance=study.provenance(
                self.slug,
                perturbation=self.perturbation,
                engine=engine,
                baseline_over="reference patients" if interventional else "training patients",
                n_reference=len(study.reference) if interventional else 0,
            ),
        )

    def _game(self, study: Study) -> TreeGame:
        """The one that was kept where it is of this study, else a new one."""
        trees, reference = cast("TreeModel", study.model).trees, self._reference(study)
        if self._kept is not None and self._kept.is_of(trees, reference):
            return self._kept
        return TreeGame(trees, reference)

    def _reference(self, study: Study) -> FloatArray | None:
        return study.reference_matrix if self.perturbation == "interventional" else None
