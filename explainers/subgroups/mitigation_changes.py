"""Figures of one group under two ways of flagging it, and how far they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import expit

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.belonging import Belonging
from explainers.core.estimate import Estimate
from explainers.disclosure.counts import CASES, FLAGGED_EVENTS, FLAGGED_OTHERS, Family
from explainers.performance.cluster_intervals import ONE_CLUSTER
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.logistic import fit_logistic
from explainers.performance.metric import MetricSettings, missing_patients
from explainers.performance.metrics import find_metric
from explainers.subgroups.thresholds import PER
from explainers.uncertainty.bootstrap import count_draws, percentile_interval
from explainers.uncertainty.clusters import Clusters, cluster_interval, share_interval
from explainers.uncertainty.interval import Interval
from explainers.uncertainty.newcombe import square_and_add
from explainers.uncertainty.paired import cluster_paired_interval, paired_interval
from explainers.uncertainty.wald import influence_interval

OF_RISK = ("oe_ratio", "calibration_slope")
OF_FLAGS = ("sensitivity", "specificity", "ppv", "net_benefit")
CHANGED = (*OF_RISK, *OF_FLAGS)
PEOPLE = ("newly_found", "newly_missed", "newly_alarmed", "newly_spared")
# Outcome, flag before and flag after of those who change sides, and what their number gives away.
_SIDES: tuple[tuple[int, int, int, Family], ...] = (
    (1, 0, 1, FLAGGED_EVENTS),
    (1, 1, 0, FLAGGED_EVENTS),
    (0, 0, 1, FLAGGED_OTHERS),
    (0, 1, 0, FLAGGED_OTHERS),
)
# Simultaneous intervals reach far into the tails.
N_DRAWS = 20_000

Hider = Callable[[Sequence[Family]], str]


@dataclass(frozen=True, eq=False)
class Flagging:
    """Patients with outcome, risk and flag.

    Attributes
    ----------
    is_event, is_flagged : ndarray of shape (n,)
    risk : ndarray of shape (n,)
    clusters : Belonging, optional
        Who of them belongs together; all intervals allow for it.
    """

    is_event: BoolArray
    risk: FloatArray
    is_flagged: BoolArray
    clusters: Belonging | None = None

    @cached_property
    def known_clusters(self) -> Clusters | None:
        """The persons or sites; None where no two patients belong together, or all do."""
        own = self.clusters
        if own is None or not own.has_effect or own.is_one:
            return None
        return Clusters.of(own.position, own.kind)

    @cached_property
    def risks(self) -> LabelledRisk:
        """The patients for statistics of the risk."""
        return LabelledRisk(self.is_event, self.risk, self.clusters)

    def has_risks_of(self, other: Flagging) -> bool:
        """Whether both give the same patients the same risks."""
        return np.array_equal(self.risk, other.risk)

    @cached_property
    def flags(self) -> LabelledRisk:
        """The patients for statistics at the threshold: a risk of 1 where flagged, else of 0."""
        return LabelledRisk(self.is_event, self.is_flagged.astype(np.float64), self.clusters)


def estimate_figures(
    patients: Flagging,
    settings: MetricSettings,
    hider: Hider,
    known: tuple[Estimate, ...] = (),
) -> tuple[Estimate, ...]:
    """One estimate per statistic of ``CHANGED``, each withheld where the hider gives a reason.

    Those that are known already, from the front, are not computed again.
    """
    found = list(known)
    for slug in CHANGED[len(known) :]:
        metric = find_metric(slug)
        if reason := hider(metric.reveals):
            found.append(Estimate.suppressed(slug, reason))
        else:
            of = patients.risks if slug in OF_RISK else patients.flags
            found.append(metric.estimate(of, settings))
    return tuple(found)


def estimate_people(
    pair: tuple[Flagging, Flagging], settings: MetricSettings, hider: Hider
) -> tuple[Estimate, ...]:
    """How many in 1,000 change sides, by kind, in the order of ``PEOPLE``."""
    patients = pair[0].risks
    cells = _cells(pair)
    found = []
    for name, (outcome, was, now, family) in zip(PEOPLE, _SIDES, strict=True):
        slug = f"{name}_per_1000"
        if reason := hider((CASES, family)):
            found.append(Estimate.suppressed(slug, reason))
            continue
        n, n_events = len(patients), patients.n_events
        if reason := missing_patients(patients):
            found.append(Estimate.not_estimable(slug, reason, n=n, n_events=n_events))
            continue
        if pair[0].clusters is not None and pair[0].clusters.is_one:
            found.append(Estimate.not_estimable(slug, ONE_CLUSTER, n=n, n_events=n_events))
            continue
        count = int(cells[outcome, was, now])
        moves = (
            (pair[0].is_event == bool(outcome))
            & (pair[0].is_flagged == bool(was))
            & (pair[1].is_flagged == bool(now))
        )
        interval = share_interval(moves, pair[0].clusters, settings.level)
        low, high = PER * interval.low, PER * interval.high
        value = PER * count / n
        found.append(
            Estimate(
                slug,
                value,
                low,
                high,
                n,
                n_events,
                interval.method,
                level=settings.level,
            )
        )
    return tuple(found)


def estimate_changes(
    pair: tuple[Flagging, Flagging],
    figures: tuple[tuple[Estimate, ...], tuple[Estimate, ...]],
    settings: MetricSettings,
    hides_people: Hider,
) -> tuple[Estimate, ...]:
    """After less before of each statistic of ``CHANGED``, with an interval for the same patients.

    Observed over expected and the slope: each patient's influence on both, subtracted. Sensitivity
    and specificity: Newcombe's interval for paired proportions. Positive predictive value and net
    benefit: the bootstrap, in which who is flagged before and after stays together. Where too few
    change sides to tell how many, the interval is made from both figures as if of different
    patients, and so is too wide. Where patients belong together, Newcombe's interval has the
    effective number of patients, and all others rest on influences added up by cluster.

    Parameters
    ----------
    pair : (Flagging, Flagging)
        The same patients before and after.
    figures : (tuple of Estimate, tuple of Estimate)
        As :func:`estimate_figures` returns them for both.
    settings : MetricSettings
        Whose level is that of each change.
    hides_people : callable
        Gives a reason where what is made from the numbers of those who change sides is withheld.
    """
    cells = _cells(pair)
    clusters = pair[0].known_clusters
    draws = _draws(cells, settings) if clusters is None else np.zeros((0, 2, 2, 2))
    found = []
    for was, now in zip(*figures, strict=True):
        slug = f"{was.metric}_change"
        absent = next((one for one in (was, now) if not one.is_estimated), None)
        if absent is not None:
            found.append(replace(absent, metric=slug, level=settings.level))
            continue
        value = (now.value or 0.0) - (was.value or 0.0)
        if was.metric in OF_RISK:
            interval = _of_influence(was.metric, value, pair, settings)
        elif hides_people(find_metric(was.metric).reveals):
            interval = _as_if_apart(was.metric, pair, settings)
        elif clusters is not None:
            interval = _by_cluster(was.metric, value, pair, clusters, settings)
        else:
            interval = _interval(was.metric, cells, draws, settings)
        found.append(
            Estimate(
                slug,
                value,
                interval.low,
                interval.high,
                was.n,
                was.n_events,
                interval.method,
                level=settings.level,
            )
        )
    return tuple(found)


def _of_influence(
    slug: str, value: float, pair: tuple[Flagging, Flagging], settings: MetricSettings
) -> Interval:
    if pair[0].has_risks_of(pair[1]):
        return influence_interval(value, np.zeros(1), settings.level)
    influence = _influence_on_oe if slug == "oe_ratio" else _influence_on_slope
    first, second = (influence(one.risks) for one in pair)
    if clusters := pair[0].known_clusters:
        return cluster_interval(value, second - first, clusters, settings.level)
    return influence_interval(value, second - first, settings.level)


def _by_cluster(
    slug: str,
    value: float,
    pair: tuple[Flagging, Flagging],
    clusters: Clusters,
    settings: MetricSettings,
) -> Interval:
    before, after = pair
    if slug in ("sensitivity", "specificity"):
        of = before.is_event if slug == "sensitivity" else ~before.is_event
        sides = [one.is_flagged[of] == (slug == "sensitivity") for one in (after, before)]
        among = Clusters.of(clusters.position[of], clusters.noun)
        return cluster_paired_interval(sides[0], sides[1], among, settings.level)
    influence = _influence_on_ppv if slug == "ppv" else _influence_on_benefit
    change = influence(after, settings) - influence(before, settings)
    return cluster_interval(value, change, clusters, settings.level)


def _interval(slug: str, cells: IntArray, draws: FloatArray, settings: MetricSettings) -> Interval:
    if slug == "sensitivity":
        (neither, now), (was, both) = cells[1]
        return paired_interval(int(both), int(now), int(was), int(neither), settings.level)
    if slug == "specificity":
        (both, was), (now, neither) = cells[0]
        return paired_interval(int(both), int(now), int(was), int(neither), settings.level)
    change = _ppv_change(draws) if slug == "ppv" else _benefit_change(draws, settings)
    return percentile_interval(change, settings.level)


def _as_if_apart(slug: str, pair: tuple[Flagging, Flagging], settings: MetricSettings) -> Interval:
    metric = find_metric(slug)
    was, now = (metric.estimate(one.flags, settings) for one in pair)
    limits = [(one.value or 0.0, one.low or 0.0, one.high or 0.0) for one in (now, was)]
    interval = square_and_add(limits[0], limits[1])
    return Interval(interval.low, interval.high, f"{interval.method}, as if of different patients")


def _cells(pair: tuple[Flagging, Flagging]) -> IntArray:
    """Patients (2, 2, 2) by outcome, flag before and flag after; no before yes on each axis."""
    before, after = pair
    code = 4 * before.is_event + 2 * before.is_flagged + after.is_flagged
    return np.bincount(code.astype(np.int64), minlength=8).reshape(2, 2, 2)


def _draws(cells: IntArray, settings: MetricSettings) -> FloatArray:
    """Resampled cells (B, 2, 2, 2); none where there is nobody."""
    if not cells.sum():
        return np.zeros((0, 2, 2, 2))
    drawn = count_draws(cells.ravel().astype(np.float64), N_DRAWS, settings.seed)
    return drawn.reshape(-1, 2, 2, 2)


def _ppv_change(draws: FloatArray) -> FloatArray:
    """Change (B,) of the positive predictive value; NaN where nobody is flagged."""
    was, now = draws[:, :, 1, :].sum(axis=2), draws[:, :, :, 1].sum(axis=2)
    with np.errstate(invalid="ignore"):
        change: FloatArray = now[:, 1] / now.sum(axis=1) - was[:, 1] / was.sum(axis=1)
    return change


def _benefit_change(draws: FloatArray, settings: MetricSettings) -> FloatArray:
    """Change (B,) of net benefit."""
    threshold = settings.declared_threshold
    moved = draws[:, :, 0, 1] - draws[:, :, 1, 0]
    gain = moved[:, 1] - moved[:, 0] * threshold / (1.0 - threshold)
    return np.asarray(gain / draws.sum(axis=(1, 2, 3)), dtype=np.float64)


def _influence_on_ppv(patients: Flagging, _: MetricSettings) -> FloatArray:
    """Each patient's influence (n,) on the positive predictive value of the flagged."""
    share = float(patients.is_event[patients.is_flagged].mean())
    excess = patients.is_flagged * (patients.is_event - share)
    return np.asarray(excess / patients.is_flagged.sum(), dtype=np.float64)


def _influence_on_benefit(patients: Flagging, settings: MetricSettings) -> FloatArray:
    """Each patient's influence (n,) on net benefit."""
    threshold = settings.declared_threshold
    worth = np.where(patients.is_event, 1.0, -threshold / (1.0 - threshold))
    gain = patients.is_flagged * worth
    influence: FloatArray = (gain - gain.mean()) / len(gain)
    return influence


def _influence_on_oe(patients: LabelledRisk) -> FloatArray:
    """Each patient's influence (n,) on observed over expected."""
    expected = patients.risk.sum()
    ratio = patients.n_events / expected
    influence: FloatArray = (patients.is_event - ratio * patients.risk) / expected
    return influence


def _influence_on_slope(patients: LabelledRisk) -> FloatArray:
    """Each patient's influence (n,) on the calibration slope."""
    design = np.column_stack([np.ones(len(patients)), patients.log_odds])
    fit = fit_logistic(design, patients.is_event)
    if fit is None:
        return np.zeros(len(patients))
    residual = patients.is_event - expit(design @ fit.coefficients)
    influence: FloatArray = residual * (design @ fit.covariance[:, 1])
    return influence
