"""Statistics of who is selected, each with its interval, and what is too small to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.belonging import Belonging
from explainers.core.estimate import Estimate
from explainers.disclosure.counts import is_small
from explainers.performance.cluster_intervals import ONE_CLUSTER
from explainers.subgroups.selection_draws import count_resamples
from explainers.subgroups.selections import Ranked, SelectionCounts, count_selections
from explainers.uncertainty.bootstrap import percentile_interval
from explainers.uncertainty.clusters import (
    Clusters,
    cluster_percentile_interval,
    share_interval,
)
from explainers.uncertainty.interval import Interval
from explainers.uncertainty.wilson import proportion_interval, score_limits

Statistic = Callable[[SelectionCounts], FloatArray]


@dataclass(frozen=True, eq=False)
class SelectionSample:
    """Counts of the patients as they are, and of resamples of them.

    The models stay as they are: each resample ranks the patients it drew and selects anew, so the
    intervals hold the chance in who was tested, and not that in whom the models learnt from.

    Attributes
    ----------
    ranked : Ranked
    point : SelectionCounts
        One draw: every patient once.
    draws : SelectionCounts
        The resamples.
    floor : int
        Smallest count that may be shown.
    level : float
        Confidence level.
    """

    ranked: Ranked
    point: SelectionCounts
    draws: SelectionCounts
    floor: int
    level: float

    @classmethod
    def of(
        cls, ranked: Ranked, *, floor: int, level: float, n_resamples: int, seed: int
    ) -> SelectionSample:
        """Count the patients and their resamples; SettingsError for too few resamples."""
        n = len(ranked.need)
        point = count_selections(ranked, np.ones((1, n)))
        draws = count_resamples(ranked, n_resamples, seed)
        return cls(ranked, point, draws, floor, level)

    @property
    def belonging(self) -> Belonging | None:
        """Which rows belong together; None where none do."""
        own = self.ranked.belonging
        return own if own is not None and own.has_effect else None

    @property
    def n(self) -> int:
        """Patients."""
        return len(self.ranked.need)

    def share(self, metric: str, part: Statistic, whole: Statistic) -> Estimate:
        """Share of the people of ``whole`` who are of ``part``.

        Bootstrap; where every resample gives the same share, which would feign certainty, Wilson or
        exact. Where rows belong together, whole persons or sites are drawn, and there is no
        interval for one of them.
        """
        n_part, n_whole = float(part(self.point)[0]), float(whole(self.point)[0])
        if not n_whole:
            return Estimate.not_estimable(metric, "There is nobody to count.", n=0, n_events=0)
        with np.errstate(invalid="ignore"):
            draws = part(self.draws) / whole(self.draws)
        if self.belonging is not None:
            return self._share_by_cluster(metric, (n_part, n_whole), draws, self.belonging)
        found = percentile_interval(draws, self.level)
        if found.low == found.high:
            found = proportion_interval(int(n_part), int(n_whole), self.level)
        return self._estimate(metric, n_part / n_whole, found)

    def _share_by_cluster(
        self, metric: str, counts: tuple[float, float], draws: FloatArray, belonging: Belonging
    ) -> Estimate:
        if belonging.is_one:
            return self._absent(metric)
        clusters = Clusters.of(belonging.position, belonging.kind)
        value = counts[0] / counts[1]
        found = cluster_percentile_interval(value, draws, clusters, self.level)
        low, high = max(found.low, 0.0), min(found.high, 1.0)
        if low == high:
            # As many people as there are persons or sites for so many rows.
            effective = max(counts[1] * clusters.n_clusters / self.n, 1.0)
            low, high = score_limits(value, effective, clusters.quantile(self.level))
        return self._estimate(metric, value, Interval(low, high, found.method))

    def _absent(self, metric: str) -> Estimate:
        return Estimate.not_estimable(metric, ONE_CLUSTER, n=self.n, n_events=0)

    def mean(self, metric: str, statistic: Statistic) -> Estimate:
        """Any statistic that exists in every resample, with its bootstrap interval."""
        value, draws = float(statistic(self.point)[0]), statistic(self.draws)
        own = self.belonging
        if own is None:
            return self._estimate(metric, value, percentile_interval(draws, self.level))
        if own.is_one:
            return self._absent(metric)
        clusters = Clusters.of(own.position, own.kind)
        return self._estimate(
            metric, value, cluster_percentile_interval(value, draws, clusters, self.level)
        )

    def counted_share(self, metric: str, holds: BoolArray, among: BoolArray) -> Estimate:
        """A share of patients (n,) who are not selected by anything: Wilson, exact where few."""
        total, count = int(among.sum()), int((holds & among).sum())
        if not total:
            return Estimate.not_estimable(metric, "There is nobody to count.", n=0, n_events=0)
        own = None if self.belonging is None else self.belonging.select(among)
        if own is not None and own.is_one:
            return self._absent(metric)
        found = share_interval(holds[among], own, self.level)
        return Estimate(
            metric,
            count / total,
            found.low,
            found.high,
            total,
            count,
            found.method,
            level=self.level,
        )

    def withheld(self, metric: str) -> Estimate:
        """An estimate that is not shown."""
        reason = (
            "Withheld: a count behind it, or behind a group that it would give away, is of fewer"
            f" than {self.floor} people."
        )
        return Estimate.suppressed(metric, reason)

    def hides(self, counts: Sequence[float]) -> bool:
        """Whether one of these numbers of people is too small to show."""
        return bool(is_small(np.array(counts, dtype=np.int64), self.floor).any())

    def _estimate(self, metric: str, value: float, found: Interval) -> Estimate:
        return Estimate(
            metric, value, found.low, found.high, self.n, None, found.method, level=self.level
        )
