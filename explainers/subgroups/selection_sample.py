"""Statistics of who is selected, each with its interval, and what is too small to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.disclosure.counts import is_small
from explainers.subgroups.selection_draws import count_resamples
from explainers.subgroups.selections import Ranked, SelectionCounts, count_selections
from explainers.uncertainty.bootstrap import percentile_interval
from explainers.uncertainty.interval import Interval
from explainers.uncertainty.wilson import proportion_interval

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
    def n(self) -> int:
        """Patients."""
        return len(self.ranked.need)

    def share(self, metric: str, part: Statistic, whole: Statistic) -> Estimate:
        """Share of the people of ``whole`` who are of ``part``.

        Bootstrap; where every resample gives the same share, which would feign certainty, Wilson or
        exact.
        """
        n_part, n_whole = float(part(self.point)[0]), float(whole(self.point)[0])
        if not n_whole:
            return Estimate.not_estimable(metric, "There is nobody to count.", n=0, n_events=0)
        with np.errstate(invalid="ignore"):
            found = percentile_interval(part(self.draws) / whole(self.draws), self.level)
        if found.low == found.high:
            found = proportion_interval(int(n_part), int(n_whole), self.level)
        return self._estimate(metric, n_part / n_whole, found)

    def mean(self, metric: str, statistic: Statistic) -> Estimate:
        """Any statistic that exists in every resample, with its bootstrap interval."""
        found = percentile_interval(statistic(self.draws), self.level)
        return self._estimate(metric, float(statistic(self.point)[0]), found)

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


def closed_share(metric: str, count: int, total: int, level: float) -> Estimate:
    """A share of people who are not selected by anything: Wilson, exact where they are few."""
    if not total:
        return Estimate.not_estimable(metric, "There is nobody to count.", n=0, n_events=0)
    found = proportion_interval(count, total, level)
    return Estimate(
        metric, count / total, found.low, found.high, total, count, found.method, level=level
    )
