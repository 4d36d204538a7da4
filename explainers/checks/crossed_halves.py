"""Crossings of two attributes fixed beforehand, judged on all held-out patients.

A search has to keep half of the patients for the confirmation, and has less power for it. Where
the groups are fixed without a look at any outcome, all patients judge them. So every input is cut
at its middle, levels stay as they are, and every crossing of two attributes is tested once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import ndtr

from explainers.checks.certainty import MOST_PATIENTS, is_shown, labelled_risk, sample_study
from explainers.checks.evidence import FAMILY_LEVEL
from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.disclosure.counts import CASES
from explainers.disclosure.persons import floor_in_rows
from explainers.performance.metric import MetricSettings
from explainers.performance.metrics import find_metric
from explainers.subgroups.discovery.attributes import Attribute, list_attributes
from explainers.subgroups.discovery.model_errors import Errors, scores_of
from explainers.subgroups.discovery.settings import SearchSettings
from explainers.subgroups.discovery.shown import Patients, decide_slices
from explainers.subgroups.discovery.tables import Bins, Half

SETTINGS = SearchSettings()
# Of the criteria of a search, those about risks: too low and too high.
N_SIDES = 2


@dataclass(frozen=True)
class CrossedHalf:
    """The crossing whose risks are surely furthest off.

    Attributes
    ----------
    text : str
        Both conditions in words.
    is_low : bool
        Whether its risks are too low rather than too high.
    ratio, rest : Estimate
        Observed over expected of its patients and of everybody else, at a level that holds for all
        crossings.
    n_looked_at : int
        Crossings tested.
    """

    text: str
    is_low: bool
    ratio: Estimate
    rest: Estimate
    n_looked_at: int


def worst_crossing(study: Study) -> CrossedHalf | None:
    """The worst crossing of which it is sure, by more than the margin, that its risks are off.

    The score test of :class:`~explainers.subgroups.discovery.model_errors.Errors`, counted from
    the margin of a search, one-sided and corrected by Bonferroni's rule for crossings and sides. A
    crossing that is no worse than one of its two conditions alone is left out, and so is one in
    which a count is too small to be shown. At most 100,000 patients are looked at.
    """
    drawn = sample_study(study, MOST_PATIENTS)
    patients = labelled_risk(drawn)
    attributes, _ = list_attributes(drawn.cohort, drawn.model.columns, SETTINGS.most_attributes)
    errors = Errors.of(patients, drawn.threshold)
    half = Half(attributes, np.flatnonzero(drawn.is_labelled), errors, SETTINGS)
    pairs, sums, alone = _sums(half)
    if not len(pairs):
        return None
    scores = _scores(half, sums)
    usable = half.is_admissible(sums) & np.isfinite(scores).all(axis=1)
    limit = (1.0 - FAMILY_LEVEL) / max(N_SIDES * int(usable.sum()), 1)
    is_sure = usable[:, None] & (ndtr(-scores) <= limit) & (scores > _scores(half, alone))
    for at in np.argsort(-np.where(is_sure, scores, -np.inf), axis=None):
        row, side = divmod(int(at), N_SIDES)
        if not is_sure[row, side]:
            return None
        found = (
            _told(half, pairs[row], 1.0 - limit) if _is_released(drawn, half, pairs[row]) else None
        )
        if found is not None:
            ratio, rest, text = found
            return CrossedHalf(text, side == 0, ratio, rest, int(usable.sum()))
    return None


Pair = tuple[tuple[int, Bins], tuple[int, Bins]]


def _sums(half: Half) -> tuple[list[Pair], FloatArray, FloatArray]:
    """Every crossing, its sums (k, 7), and those (k, 2, 7) of its conditions alone."""
    pairs, sums, alone = [], [], []
    for first in range(len(half.attributes) - 1):
        crossed = half.crossed_sums(first)
        own = crossed[:, slice(*half.first_bins[first : first + 2])].sum(axis=1)
        for second in range(first + 1, len(half.attributes)):
            table = crossed[:, slice(*half.first_bins[second : second + 2])]
            parts = (_parts(half.attributes[at]) for at in (first, second))
            for one, other in product(*parts):
                pairs.append(((first, one), (second, other)))
                sums.append(table[np.ix_(sorted(one), sorted(other))].sum(axis=(0, 1)))
                across = table[:, sorted(other)].sum(axis=(0, 1))
                alone.append((own[sorted(one)].sum(axis=0), across))
    return pairs, np.array(sums), np.array(alone)


def _parts(attribute: Attribute) -> list[Bins]:
    """Both halves of what is ordered, each level of what is not; nobody not recorded."""
    n = attribute.n_recorded
    if attribute.is_ordered and n > 2:
        return [frozenset(range(n // 2)), frozenset(range(n // 2, n))]
    return [frozenset([at]) for at in range(n)]


def _scores(half: Half, sums: FloatArray) -> FloatArray:
    """Scores beyond the margin, (k, 2); of conditions alone (k, 2, 7) those of the worse one."""
    flat = sums.reshape(-1, sums.shape[-1])
    scores = scores_of(flat, half.errors.everybody, half.settings.margin)[:, :N_SIDES]
    worst: FloatArray = scores.reshape(*sums.shape[:-1], N_SIDES)
    return worst if worst.ndim == 2 else worst.max(axis=1)


def _told(half: Half, pair: Pair, level: float) -> tuple[Estimate, Estimate, str] | None:
    """O/E of a crossing and of everybody else, and its words; None where counts are too small."""
    own, across = (half.members((one,)) for one in pair)
    if not is_shown(*_counts(half, own, across)):
        return None
    settings = MetricSettings(0.5, level)
    inside, patients = own & across, half.errors.patients
    ratio, rest = (
        find_metric("oe_ratio").estimate(patients.select(part), settings)
        for part in (inside, ~inside)
    )
    return ratio, rest, "; ".join(half.attributes[at].trait(bins).text for at, bins in pair)


def _is_released(study: Study, half: Half, pair: Pair) -> bool:
    """Whether a crossing may be counted beside every table by one or two attributes."""
    inside = np.logical_and(*(half.members((one,)) for one in pair))
    known, floor = half.errors.patients, floor_in_rows(study.cohort)
    everyone = np.ones(len(known), dtype=np.bool_)
    patients = Patients(study, everyone, known.is_event, known.risk >= study.threshold, floor)
    names = [grouping.name for grouping in study.cohort.schema.groups]
    return CASES in decide_slices(patients, [inside], names)[0]


def _counts(half: Half, own: BoolArray, across: BoolArray) -> Iterator[int]:
    """Patients with and without the outcome, in all four parts that two conditions make."""
    is_event = half.errors.patients.is_event
    for part, other in product((own, ~own), (across, ~across)):
        for kind in (is_event, ~is_event):
            yield int(np.count_nonzero(part & other & kind))
