"""Predicted risks of the patients whose outcome is known: what every statistic starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.special import logit

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.belonging import Belonging
from explainers.core.link import SMALLEST_PROBABILITY
from explainers.core.study import Study
from explainers.errors import SettingsError


class CountedRisk(Protocol):
    """What counts and sums alone can tell: of patients at hand, or of their sums."""

    def __len__(self) -> int:
        """Patients."""
        ...

    @property
    def n_events(self) -> int:
        """Patients with the outcome."""
        ...

    @property
    def n_others(self) -> int:
        """Patients without the outcome."""
        ...

    @property
    def expected(self) -> float:
        """Sum of the predicted risks."""
        ...

    def flagged_counts(self, threshold: float) -> tuple[int, int]:
        """Patients with and without the outcome whose risk is at or above the threshold."""
        ...


@dataclass(frozen=True)
class LabelledRisk:
    """Risks and outcomes of n patients with a label.

    Attributes
    ----------
    is_event : ndarray of shape (n,)
        Whether each patient has the outcome.
    risk : ndarray of shape (n,)
        Predicted risk, in [0, 1].
    clusters : Belonging, optional
        Who of them belongs together, so that intervals allow for it; None where nobody does.
    """

    is_event: BoolArray
    risk: FloatArray
    clusters: Belonging | None = None

    @classmethod
    def of_study(cls, study: Study) -> LabelledRisk:
        """The labelled patients of a study, with the clusters that its schema declares."""
        return cls.of(study.labels, study.risk, study.cohort.clusters)

    @classmethod
    def of(
        cls, labels: FloatArray, risk: FloatArray, clusters: Belonging | None = None
    ) -> LabelledRisk:
        """Keep the patients with a label.

        Parameters
        ----------
        labels : ndarray of shape (m,)
            1, 0, or NaN where there is no label.
        risk : ndarray of shape (m,)
        clusters : Belonging, optional
            Of the same m patients.

        Raises
        ------
        SettingsError
            When the lengths differ, a label is something else, or a risk is not in [0, 1].
        """
        labels = np.asarray(labels, dtype=np.float64)
        risk = np.asarray(risk, dtype=np.float64)
        if labels.ndim != 1 or labels.shape != risk.shape:
            raise SettingsError(
                "labels and risks must be two lists of one length",
                value=(labels.shape, risk.shape),
            )
        is_labelled = ~np.isnan(labels)
        known = labels[is_labelled]
        if not np.isin(known, (0.0, 1.0)).all():
            odd = known[~np.isin(known, (0.0, 1.0))][0]
            raise SettingsError(
                "an outcome label must be 0, 1 or missing",
                value=float(odd),
                remedy="Declare the outcome in the schema so that it is yes or no.",
            )
        if not ((risk >= 0.0) & (risk <= 1.0)).all():
            raise SettingsError(
                "every predicted risk must lie between 0 and 1",
                value=float(risk[~((risk >= 0.0) & (risk <= 1.0))][0]),
                remedy="Log-odds must be turned into risks first.",
            )
        own = None if clusters is None else clusters.select(is_labelled)
        return cls(known == 1.0, risk[is_labelled], own)

    def __len__(self) -> int:
        return len(self.risk)

    def select(self, is_member: BoolArray) -> LabelledRisk:
        """The patients for whom ``is_member`` (n,) is true."""
        own = None if self.clusters is None else self.clusters.select(is_member)
        return LabelledRisk(self.is_event[is_member], self.risk[is_member], own)

    @cached_property
    def n_events(self) -> int:
        """Patients with the outcome."""
        return int(self.is_event.sum())

    @property
    def n_others(self) -> int:
        """Patients without the outcome."""
        return len(self) - self.n_events

    @cached_property
    def expected(self) -> float:
        """Sum of the predicted risks."""
        return float(self.risk.sum())

    @cached_property
    def event_risk(self) -> FloatArray:
        """Risks of the patients with the outcome."""
        return self.risk[self.is_event]

    @cached_property
    def other_risk(self) -> FloatArray:
        """Risks of the patients without the outcome."""
        return self.risk[~self.is_event]

    @cached_property
    def has_one_risk(self) -> bool:
        """Whether all patients have the same predicted risk, so that nothing is ranked."""
        return len(self) == 0 or float(np.ptp(self.risk)) == 0.0

    @cached_property
    def n_limited(self) -> int:
        """Patients whose risk is too close to 0 or 1 to have usable log-odds."""
        too_close = (self.risk < SMALLEST_PROBABILITY) | (self.risk > 1 - SMALLEST_PROBABILITY)
        return int(too_close.sum())

    @cached_property
    def log_odds(self) -> FloatArray:
        """Log-odds of the risks, limited where a risk is closer to 0 or 1 than 1e-6."""
        limited = np.clip(self.risk, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        return np.asarray(logit(limited), dtype=np.float64)

    def flagged_counts(self, threshold: float) -> tuple[int, int]:
        """Patients with and without the outcome whose risk is at or above the threshold."""
        return (
            int((self.event_risk >= threshold).sum()),
            int((self.other_risk >= threshold).sum()),
        )
