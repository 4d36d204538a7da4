"""Whether a patient's leading reasons change with what should not matter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.stats import hypergeom

from explainers.attribution.lime_tabular import LimeTabular
from explainers.checks.certainty import is_surely_below, sample_study
from explainers.checks.inspection import Inspection
from explainers.checks.reasons import ReasonsMethod, reasons_method
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.core.study import Study
from explainers.errors import UnsupportedError
from explainers.reliability.averages import estimate_mean
from explainers.reliability.rankings import is_in_top, set_overlap
from explainers.reliability.stability import Repeats, estimate_seed_stability

# Three of five shared: fewer, and a sentence of reasons would mostly name others. The level at
# which methods count as disagreeing. Of ten inputs five shared by chance overlap by a third
# already, so it is counted from what chance gives.
LEAST_OVERLAP = 3 / 7
N_TOP = 5
N_REPEATS = 5
# Where each patient takes milliseconds, so many that the interval is a tenth of the limit wide.
N_PATIENTS, N_SLOW, N_LIME = 200, 8, 8
# Patients among whom other reference patients are drawn.
N_POOL = 2000


@dataclass(frozen=True)
class UnstableReasons:
    """Overlap of the leading reasons under other reference patients, and of LIME's under seeds.

    Mean Jaccard overlap with the reasons first given, over a seeded sample of patients. With few
    inputs the leading half of them is compared, since longer lists overlap by chance. The limit
    lies 3/7 of the way from the overlap of two random lists to that of two equal ones.
    """

    code: ClassVar[str] = "unstable-reasons"
    title: ClassVar[str] = "Reasons that change when asked again"
    doc: ClassVar[str] = "stability"

    def run(self, inspection: Inspection) -> CheckResult:
        """Medium severity for SHAP, low for LIME."""
        pool = sample_study(inspection.study, N_POOL)
        k = min(N_TOP, len(pool.model.columns) // 2)
        if k < 1 or len(pool.cohort) <= len(pool.reference):
            reason = "it takes two inputs, and more patients than there are reference patients"
            return CheckResult.not_applicable(self.code, self.title, reason)
        n_inputs, method = len(pool.model.columns), reasons_method(pool)
        chance, limit = chance_overlap(n_inputs, k), least_overlap(n_inputs, k)
        findings, asked = [], []
        if method.is_exact:
            overlap = _over_references(pool, method, k)
            asked.append(f"exact SHAP under {N_REPEATS} other draws of reference patients")
            if is_surely_below(overlap, limit):
                findings.append(self._of_shap(overlap, k, chance))
        overlap = _over_seeds(pool, k)
        if overlap.is_estimated:
            asked.append(f"LIME under {N_REPEATS} other seeds")
        if is_surely_below(overlap, limit):
            findings.append(self._of_lime(overlap, k, chance))
        looked_at = f"{' and '.join(asked) or 'nothing'}, for seeded samples of patients."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _of_shap(self, overlap: Estimate, k: int, chance: float) -> Finding:
        return Finding(
            code=self.code,
            title="Reasons depend on which reference patients were drawn",
            severity="medium",
            explanation=(
                f"Under another draw of reference patients the {k} leading reasons overlap by"
                f" {overlap.value:.0%} with those first given; lists drawn at random would by"
                f" {chance:.0%}."
            ),
            evidence=(overlap,),
            affected="Everybody",
            remedy="Compare with more reference patients, and say who they are beside each reason.",
            doc=self.doc,
        )

    def _of_lime(self, overlap: Estimate, k: int, chance: float) -> Finding:
        return Finding(
            code=self.code,
            title="LIME's reasons depend on the seed",
            severity="low",
            explanation=(
                f"Under another seed LIME's {k} leading reasons overlap by {overlap.value:.0%} with"
                f" those first given; lists drawn at random would by {chance:.0%}."
            ),
            evidence=(overlap,),
            affected="Everybody",
            remedy="Read exact SHAP values instead, or let LIME invent more patients.",
            doc=self.doc,
        )


def least_overlap(n_inputs: int, k: int) -> float:
    """Overlap below which lists of k among so many inputs count as unstable."""
    by_chance = chance_overlap(n_inputs, k)
    return by_chance + LEAST_OVERLAP * (1.0 - by_chance)


def chance_overlap(n_inputs: int, k: int) -> float:
    """Mean Jaccard overlap of two lists of k inputs, each drawn at random: hypergeometric."""
    shared = np.arange(k + 1)
    return float(hypergeom(n_inputs, k, k).pmf(shared) @ (shared / (2 * k - shared)))


def _over_references(study: Study, method: ReasonsMethod, k: int) -> Estimate:
    """Mean over patients of the mean overlap over other draws of as many reference patients."""
    drawn = sample_study(study, N_PATIENTS if method.is_quick else N_SLOW)
    ids, rows = drawn.cohort.patient_ids, drawn.matrix
    own = is_in_top(method.attributor.explain(drawn, rows, ids, method.scale).values, k)
    rng = np.random.default_rng(study.seed)
    pool = np.array(study.cohort.patient_ids, dtype=object)
    overlaps = []
    for _ in range(N_REPEATS):
        chosen = list(rng.choice(pool, len(study.reference), replace=False))
        other = replace(drawn, reference=study.cohort.select(chosen))
        again = method.attributor.explain(other, rows, ids, method.scale)
        overlaps.append(set_overlap(is_in_top(again.values, k), own))
    means = np.mean(overlaps, axis=0)
    return estimate_mean("top_overlap", means, unit="patients", seed=study.seed)


def _over_seeds(study: Study, k: int) -> Estimate:
    """The same for LIME under other seeds; not estimable where LIME refuses these patients."""
    repeats = Repeats(N_REPEATS, k)
    drawn = sample_study(study, N_LIME)
    try:
        reports = [
            estimate_seed_stability(drawn, LimeTabular(), name, repeats=repeats)
            for name in drawn.cohort.patient_ids
        ]
    except UnsupportedError as error:
        return Estimate.not_estimable("top_overlap", error.rule, n=len(drawn.cohort), n_events=0)
    values = np.array([report.top_overlap.value for report in reports], dtype=np.float64)
    return estimate_mean("top_overlap", values, unit="patients", seed=study.seed)
