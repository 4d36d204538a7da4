"""How well an attribute can be read off the features, by a small model of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from explainers.checks.evidence import draw_rows
from explainers.checks.inspection import Inspection
from explainers.checks.single_feature import estimate_feature_auroc
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.estimate import Estimate
from explainers.core.link import Link
from explainers.core.schema import Grouping
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity
from explainers.models.split import assign_folds
from explainers.performance.metrics import estimate_metric
from explainers.subgroups.reasons import release_groups

METRIC = "read_off_auroc"
NOT_KNOWN = f"Fewer than {SMALLEST_CELL} patients on one side."
MOST_LEARNT_FROM = 5_000
MOST_JUDGED = 20_000
N_TREES, DEPTH, LEARNING_RATE, LEAST_LEAF = 25, 3, 0.3, 5.0
# Cohen 1988 calls two groups far apart whose means differ by 0.8 standard deviations; the AUROC of
# two such normal distributions is Phi(0.8 / sqrt 2).
STANDS_IN = 0.714
# A feature that tells the group apart less well than this alone is not worth a name.
WORTH_A_NAME = 0.6


@dataclass(frozen=True)
class Readable:
    """How well one group is told from all others by the features.

    Attributes
    ----------
    label : str
    auroc : Estimate
        On patients that the small model did not learn from.
    features : tuple of str
        Labels of up to three features that alone tell the group apart best; only for a group whose
        AUROC is surely above ``STANDS_IN``.
    """

    label: str
    auroc: Estimate
    features: tuple[str, ...]


def tell_apart(inspection: Inspection, grouping: Grouping, level: float) -> list[Readable]:
    """Train boosted trees to tell each group of an attribute from all others.

    They learn from the training patients and are judged on the held-out ones; where there are no
    training patients, each half of the held-out ones is judged by trees from the other half. At
    most 5,000 patients are learnt from and 20,000 judged. Of two groups one is told apart. Groups
    that the table by group withholds are not judged.
    """
    parts = (inspection.study.cohort, inspection.training)
    held_out, trained = (
        np.empty(0, dtype=np.int64)
        if part is None
        else part.group_labels(grouping.name).codes.astype(np.int64)
        for part in parts
    )
    codes: tuple[IntArray, IntArray] = (held_out, trained)
    released = release_groups(inspection.study, grouping.name)
    asked = list(enumerate(grouping.labels))
    if len(asked) == 2:
        asked = [one for one in asked if one[1] != grouping.reference]
    # How many a group has, which every figure tells, is withheld wherever another screen does.
    return [
        Readable(label, Estimate.suppressed(METRIC, NOT_KNOWN), ())
        if label in released.hidden
        else _read_off(inspection, codes, (label, at), level)
        for at, label in asked
    ]


def _read_off(
    inspection: Inspection, codes: tuple[IntArray, IntArray], group: tuple[str, int], level: float
) -> Readable:
    """One group, given by its label and position, against all others of its attribute."""
    study, (label, at) = inspection.study, group
    # Those whom the figures of a model are of: the others would follow by subtraction.
    counted = study.is_labelled if study.is_labelled.any() else ~study.is_labelled
    known = np.flatnonzero((codes[0] >= 0) & counted)
    rows = known[draw_rows(len(known), MOST_JUDGED, study.seed)]
    matrix, is_member = study.matrix[rows], (codes[0][rows] == at).astype(np.float64)
    risk = _risk(inspection, codes[1], at, matrix, is_member)
    if risk is None:
        return Readable(label, Estimate.suppressed(METRIC, NOT_KNOWN), ())
    auroc = replace(estimate_metric("auroc", is_member, risk, None, level), metric=METRIC)
    is_named = (auroc.low or 0.0) > STANDS_IN
    return Readable(label, auroc, _best_features(inspection, matrix, is_member) if is_named else ())


def _risk(
    inspection: Inspection,
    training_codes: IntArray,
    at: int,
    matrix: FloatArray,
    is_member: FloatArray,
) -> FloatArray | None:
    """Risk (k,) of being in the group, from patients other than these; None where too few."""
    study = inspection.study
    if not _is_enough(is_member):
        return None
    known = np.flatnonzero(training_codes >= 0)
    if len(known):
        rows = known[draw_rows(len(known), MOST_LEARNT_FROM, study.seed)]
        learnt = (training_codes[rows] == at).astype(np.float64)
        if not _is_enough(learnt):
            return None
        return _fit(inspection, inspection.training_matrix[rows], learnt, matrix)
    folds = assign_folds(is_member, n_folds=2, seed=study.seed)
    risk = np.empty(len(matrix))
    for fold in (0, 1):
        others = np.flatnonzero(folds != fold)
        others = others[draw_rows(len(others), MOST_LEARNT_FROM, study.seed)]
        inside = folds == fold
        risk[inside] = _fit(inspection, matrix[others], is_member[others], matrix[inside])
    return risk


def _fit(
    inspection: Inspection, learnt: FloatArray, is_member: FloatArray, matrix: FloatArray
) -> FloatArray:
    family = FAMILIES["xgboost"]
    identity = Identity(
        "read-off", "1", "", inspection.study.model.columns, Link(family.score_kind)
    )
    parameters = {
        "n_trees": N_TREES,
        "max_depth": DEPTH,
        "learning_rate": LEARNING_RATE,
        "min_child_weight": LEAST_LEAF,
    }
    content = family.fit(learnt, is_member, identity, parameters, inspection.study.seed)
    return identity.link.risk(family.load(content, identity).score(matrix))


def _is_enough(is_member: FloatArray) -> bool:
    """Whether there are enough on both sides to be learnt from and shown."""
    n_members = int(is_member.sum())
    return min(n_members, len(is_member) - n_members) >= SMALLEST_CELL


def _best_features(
    inspection: Inspection, matrix: FloatArray, is_member: FloatArray
) -> tuple[str, ...]:
    alone = [
        (estimate_feature_auroc(values, is_member, column).value or 0.0, column.label)
        for column, values in zip(inspection.study.model.columns, matrix.T, strict=True)
    ]
    best = sorted(alone, key=lambda one: -one[0])[:3]
    return tuple(label for auroc, label in best if auroc >= WORTH_A_NAME)
