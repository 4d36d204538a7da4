"""What one threshold, or one for each group, would mean for a thousand patients of each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.core.subgroup import Slice
from explainers.errors import SettingsError
from explainers.performance.binned_rows import BinnedRows
from explainers.performance.metric import N_RESAMPLES
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups.threshold_counts import ThresholdCounts
from explainers.uncertainty.bootstrap import count_draws, percentile_interval
from explainers.uncertainty.clusters import cluster_share_interval, cluster_wald_interval
from explainers.uncertainty.interval import Interval
from explainers.uncertainty.wilson import proportion_interval

PER = 1000
NO_EVENTS = "Nobody here has the outcome."
OUTCOMES = ("found", "missed", "false_alarms", "left_alone")


@dataclass(frozen=True)
class PerThousand:
    """A thousand patients of one group at one threshold.

    Attributes
    ----------
    place : Slice
        The group; everybody without conditions.
    threshold : float
        At or above it a patient is flagged.
    found, missed, false_alarms, left_alone : Estimate
        People in a thousand: with the outcome and flagged, with it and not flagged, without it
        and flagged, without it and not flagged. They add up to 1,000.
    net_benefit, standardized_net_benefit : Estimate
        Of this group at this threshold.
    """

    place: Slice
    threshold: float
    found: Estimate
    missed: Estimate
    false_alarms: Estimate
    left_alone: Estimate
    net_benefit: Estimate
    standardized_net_benefit: Estimate

    @property
    def people(self) -> tuple[Estimate, ...]:
        """The four numbers of people, in the order of ``OUTCOMES``."""
        return (self.found, self.missed, self.false_alarms, self.left_alone)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        names = (*OUTCOMES, "net_benefit", "standardized_net_benefit")
        return {
            "slice": dict(self.place.conditions),
            "threshold": self.threshold,
            **{name: getattr(self, name).to_dict() for name in names},
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> PerThousand:
        """Inverse of :meth:`to_dict`."""
        names = (*OUTCOMES, "net_benefit", "standardized_net_benefit")
        return cls(
            place=Slice(tuple(record["slice"].items())),
            threshold=record["threshold"],
            **{name: Estimate.from_dict(record[name]) for name in names},
        )


def harm_ratio(threshold: float) -> float:
    """How many false alarms one missed patient is judged as harmful as, ``(1 - t) / t``.

    Acting from the threshold t upwards is right for whoever weighs the two harms like that
    (Pauker and Kassirer 1980, N Engl J Med 302:1109).

    Raises
    ------
    SettingsError
        When the threshold is not between 0 and 1.
    """
    if not 0.0 < threshold < 1.0:
        raise SettingsError("a threshold must lie between 0 and 1, both excluded", value=threshold)
    return (1.0 - threshold) / threshold


def count_per_thousand(
    bins: RiskBins, threshold: float, place: Slice, level: float = 0.95, seed: int = 0
) -> PerThousand:
    """People per 1,000 at one of the thresholds of the bins, with intervals.

    The intervals of people are those of a share (Wilson, exact below 40 patients); those of net
    benefit come from the bootstrap. Where rows belong together, both rest on the variance over
    clusters.

    Raises
    ------
    SettingsError
        When there is no patient, all are of one person or site, or the threshold is not an edge of
        the bins.
    """
    if not bins.n:
        raise SettingsError("people per 1,000 need at least one patient", value=bins.n)
    counts = bins.counts_at(threshold)
    people = []
    intervals = _people_intervals(bins, threshold, level)
    for slug, count, interval in zip(OUTCOMES, counts, intervals, strict=True):
        people.append(
            Estimate(
                f"{slug}_per_1000",
                PER * float(count) / bins.n,
                PER * interval.low,
                PER * interval.high,
                bins.n,
                bins.n_events,
                interval.method,
                level=level,
            )
        )
    found, missed, false_alarms, left_alone = people
    benefit, standardized = _benefits(bins, threshold, level, seed)
    return PerThousand(
        place, threshold, found, missed, false_alarms, left_alone, benefit, standardized
    )


def try_thresholds(
    counts: ThresholdCounts,
    threshold: float,
    own: Mapping[str, float] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[PerThousand, ...]:
    """Everybody and each counted group per 1,000 at one threshold, or each group at its own.

    Parameters
    ----------
    counts : ThresholdCounts
    threshold : float
        One of ``counts.thresholds``.
    own : mapping of str to float, optional
        Thresholds of some groups, by their label; the others keep the common one. There is no
        row for everybody then, since those outside the counted groups have no threshold.

    Returns
    -------
    tuple of PerThousand
        Everybody first where there is such a row, then the counted groups in their order.

    Raises
    ------
    SettingsError
        For a threshold that is not on offer, or a label that is not of a counted group.
    """
    labels = {place.label for place, _ in counts.counted}
    wanted = dict(own or {})
    if unknown := sorted(set(wanted) - labels):
        raise SettingsError(
            "a threshold of its own needs a group that is counted", value=unknown[0]
        )
    groups = tuple(
        count_per_thousand(bins, wanted.get(place.label, threshold), place, level, seed)
        for place, bins in counts.counted
    )
    is_one = all(one == threshold for one in wanted.values())
    if is_one and isinstance(counts.everybody, RiskBins):
        everybody = count_per_thousand(counts.everybody, threshold, Slice(), level, seed)
        return (everybody, *groups)
    return groups


def _people_intervals(bins: RiskBins, threshold: float, level: float) -> list[Interval]:
    """Interval of the share of each kind of ``OUTCOMES``."""
    counts = bins.counts_at(threshold)
    if bins.rows is None:
        return [proportion_interval(int(count), bins.n, level) for count in counts]
    shares = counts / bins.n
    slopes = (_kinds(bins, threshold) - shares[:, None]) / bins.n
    found = zip(shares, bins.rows.variances(slopes), strict=True)
    return [
        cluster_share_interval((float(share), bins.n), float(variance), bins.rows.clusters, level)
        for share, variance in found
    ]


def _kinds(bins: RiskBins, threshold: float) -> FloatArray:
    """Which of ``OUTCOMES`` a row is, (4, 2 b), by the kinds of :class:`BinnedRows`."""
    is_event = np.arange(2 * len(bins.events)) < len(bins.events)
    is_flagged = np.tile(bins.edges[:-1] >= threshold, 2)
    found, missed = is_event & is_flagged, is_event & ~is_flagged
    alarms, left_alone = ~is_event & is_flagged, ~is_event & ~is_flagged
    return np.array([found, missed, alarms, left_alone], dtype=np.float64)


def _benefits_by_cluster(
    bins: RiskBins, rows: BinnedRows, threshold: float, level: float
) -> tuple[Estimate, Estimate]:
    found, _, alarms, _ = _kinds(bins, threshold)
    counts = np.concatenate([bins.events, bins.others])
    is_event = np.arange(len(counts)) < len(bins.events)
    gain = found - alarms * threshold / (1.0 - threshold)
    benefit, prevalence = float(gain @ counts) / bins.n, bins.n_events / bins.n
    told = (bins.n, bins.n_events)

    def estimate(slug: str, value: float, slope: FloatArray) -> Estimate:
        variance = float(rows.variances(slope[None, :])[0])
        own = cluster_wald_interval(value, variance, rows.clusters, level)
        return Estimate(slug, value, own.low, own.high, *told, own.method, level=level)

    plain = estimate("net_benefit", benefit, (gain - benefit) / bins.n)
    slug = "standardized_net_benefit"
    if not bins.n_events:
        return plain, Estimate.not_estimable(slug, NO_EVENTS, n=bins.n, n_events=0)
    share = benefit / prevalence
    return plain, estimate(slug, share, (gain - share * is_event) / (prevalence * bins.n))


def _benefits(
    bins: RiskBins, threshold: float, level: float, seed: int
) -> tuple[Estimate, Estimate]:
    """Net benefit and its standardised form, from the four counts."""
    if bins.rows is not None:
        return _benefits_by_cluster(bins, bins.rows, threshold, level)
    counts = bins.counts_at(threshold)
    draws = np.vstack([counts, count_draws(counts, N_RESAMPLES, seed)])
    odds = threshold / (1.0 - threshold)
    benefit = (draws[:, 0] - draws[:, 2] * odds) / bins.n
    interval = percentile_interval(benefit[1:], level)
    told = (bins.n, bins.n_events)
    plain = Estimate(
        "net_benefit",
        float(benefit[0]),
        interval.low,
        interval.high,
        *told,
        interval.method,
        level=level,
    )
    slug = "standardized_net_benefit"
    if not bins.n_events:
        return plain, Estimate.not_estimable(slug, NO_EVENTS, n=bins.n, n_events=0)
    prevalence = (draws[:, 0] + draws[:, 1]) / bins.n
    prevalence[prevalence == 0.0] = np.nan
    shares = benefit / prevalence
    own = percentile_interval(shares[1:], level)
    return plain, Estimate(
        slug, float(shares[0]), own.low, own.high, *told, own.method, level=level
    )
