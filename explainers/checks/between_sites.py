"""What inputs that give a site away add to the risk between sites, and whether it holds within.

An input that is of use for the patient tells high from low risks among patients of one site too. An
input that only says where the patient was seen tells sites apart and, within a site, nothing: its
slope between clusters and its slope within them differ (Neuhaus and Kalbfleisch 1998).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.checks.evidence import corrected_level, draw_rows
from explainers.checks.read_off import STANDS_IN
from explainers.checks.single_feature import estimate_feature_auroc
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.estimate import Estimate
from explainers.core.schema import Grouping
from explainers.core.study import Study
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.performance.logistic import fit_logistic
from explainers.uncertainty.wald import wald_interval

METRIC = "site_log_odds"
MOST_PATIENTS, MOST_REFERENCE = 5_000, 10
FEW = f"Fewer than {SMALLEST_CELL} patients with or without the outcome."
NO_FIT = "Outcomes within sites do not settle it."


@dataclass(frozen=True)
class BetweenSites:
    """What the inputs that give a site away add.

    Attributes
    ----------
    features : tuple of str
        Labels of those inputs.
    unborne : Estimate
        Log-odds by which they move the risk between two sites, those furthest apart, less what
        outcomes within sites bear out.
    within, overall : float
        Slope of the outcome on what they add, within sites and over all patients: 1 where it holds,
        0 where it tells nothing. Where sites differ by what they add, it holds overall.
    """

    features: tuple[str, ...]
    unborne: Estimate
    within: float
    overall: float


def compare_within_sites(study: Study, grouping: Grouping, level: float) -> BetweenSites | None:
    """Split the log-odds into what those inputs add and the rest, and ask outcomes within sites.

    What they add is the log-odds less their mean with these inputs taken from reference patients.
    The outcome is regressed on it and on the rest, without a penalty, with an intercept for each
    site and with one for all, on a seeded sample of at most 5,000 patients; sites where all have
    the same outcome tell nothing and are left out. None where no input gives a site away: its AUROC
    against all other sites, corrected for all inputs and sites, must surely be above 0.714.
    """
    rows, sites = _rows(study, grouping)
    matrix, is_event = study.matrix[rows], study.labels[rows] == 1.0
    positions = _giveaways(study, grouping, matrix, sites)
    if not len(positions):
        return None
    features = tuple(study.model.columns[at].label for at in positions)
    n, n_events = len(rows), int(is_event.sum())
    if min(n_events, n - n_events) < SMALLEST_CELL:
        return BetweenSites(features, Estimate.suppressed(METRIC, FEW), 1.0, 1.0)
    added, rest = _split(study, matrix, positions)
    is_site = sites[:, None] == np.unique(sites)
    fit = fit_logistic(np.column_stack([is_site, rest, added]), is_event)
    pooled = fit_logistic(np.column_stack([np.ones(n), rest, added]), is_event)
    if fit is None or pooled is None:
        absent = Estimate.not_estimable(METRIC, NO_FIT, n=n, n_events=n_events)
        return BetweenSites(features, absent, 1.0, 1.0)
    slope, error = float(fit.coefficients[-1]), float(fit.std_errors[-1])
    span = float(np.ptp(is_site.T @ added / is_site.sum(axis=0)))
    interval = wald_interval(slope, error, level)
    # No more can be left over than there is: a slope below 0 counts as 0.
    value, low, high = (
        span * (1.0 - max(one, 0.0)) for one in (slope, interval.high, interval.low)
    )
    unborne = Estimate(METRIC, value, low, high, n, n_events, interval.method, level=level)
    return BetweenSites(features, unborne, slope, float(pooled.coefficients[-1]))


def _rows(study: Study, grouping: Grouping) -> tuple[IntArray, IntArray]:
    """Patients to look at and their sites, both (k,), of sites with both outcomes."""
    codes = study.cohort.group_labels(grouping.name).codes.astype(np.int64)
    known = np.flatnonzero((codes >= 0) & study.is_labelled)
    rows = known[draw_rows(len(known), MOST_PATIENTS, study.seed)]
    sites, is_event = codes[rows], study.labels[rows] == 1.0
    is_mixed: BoolArray = np.isin(sites, sites[is_event]) & np.isin(sites, sites[~is_event])
    return rows[is_mixed], sites[is_mixed]


def _giveaways(study: Study, grouping: Grouping, matrix: FloatArray, sites: IntArray) -> IntArray:
    """Positions of the inputs that alone tell some site from all others."""
    columns = study.model.columns
    level = corrected_level(len(columns) * len(grouping.labels))
    found = [
        at
        for at, column in enumerate(columns)
        if any(
            (estimate_feature_auroc(matrix[:, at], is_there, column, level).low or 0.0) > STANDS_IN
            for is_there in (sites == np.unique(sites)[:, None]).astype(np.float64)
        )
    ]
    return np.array(found, dtype=np.int64)


def _split(study: Study, matrix: FloatArray, positions: IntArray) -> tuple[FloatArray, FloatArray]:
    """Log-odds that these inputs add to each patient's, and the rest, both (k,)."""
    reference = study.reference_matrix[:MOST_REFERENCE]
    rest = np.zeros(len(matrix))
    for values in reference[:, positions]:
        changed = matrix.copy()
        changed[:, positions] = values
        rest += study.predict(changed, "log-odds") / len(reference)
    return study.predict(matrix, "log-odds") - rest, rest
