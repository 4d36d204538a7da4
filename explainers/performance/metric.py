"""What a metric is: a name, what it tells, and which counts it gives away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from explainers.core.estimate import Estimate
from explainers.disclosure.counts import Family
from explainers.errors import SettingsError
from explainers.performance.labelled_risk import CountedRisk, LabelledRisk
from explainers.uncertainty.interval import Interval

MetricKind = Literal["share", "ratio", "number"]

# Up to here intervals without a closed form are bootstrapped; beyond, the infinitesimal jackknife
# agrees with the bootstrap to the digits shown and costs one pass.
BOOTSTRAP_UP_TO = 10_000
N_RESAMPLES = 1000


@dataclass(frozen=True)
class MetricSettings:
    """Choices a metric is computed under.

    Attributes
    ----------
    threshold : float or None
        Decision threshold on the risk; a patient at or above it is flagged.
    level : float
        Confidence level.
    seed : int
        Seed of the bootstrap.
    """

    threshold: float | None
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0.0 < self.threshold < 1.0:
            raise SettingsError(
                "a threshold must lie between 0 and 1, both excluded", value=self.threshold
            )

    @property
    def declared_threshold(self) -> float:
        """The threshold; SettingsError where none was declared, since there is no default."""
        if self.threshold is None:
            raise SettingsError(
                "this metric needs a decision threshold",
                remedy="Declare one with its reason; there is no default.",
            )
        return self.threshold


@dataclass(frozen=True)
class Metric:
    """A statistic of how good predictions are.

    Attributes
    ----------
    slug, label, description : str
        Name in code, name on screen, one sentence for a reader who is not a statistician.
    needs_threshold : bool
        Whether it depends on the decision threshold.
    kind : {"share", "ratio", "number"}
        How it is printed: a share of patients as a percentage, a ratio, a plain number.
    reveals : tuple of Family
        Counts that a reader could work out from it; it is withheld where one of them is.
    ideal : float or None
        Value of a perfectly calibrated model, where there is one to draw a line at.
    estimate : callable
        From patients and settings to an Estimate.
    """

    slug: str
    label: str
    description: str
    needs_threshold: bool
    kind: MetricKind
    reveals: tuple[Family, ...]
    ideal: float | None
    estimate: Callable[[LabelledRisk, MetricSettings], Estimate]


def estimated(
    slug: str, value: float, interval: Interval, patients: CountedRisk, settings: MetricSettings
) -> Estimate:
    """An Estimate that rests on all labelled patients."""
    return Estimate(
        slug,
        float(value),
        interval.low,
        interval.high,
        len(patients),
        patients.n_events,
        interval.method,
        level=settings.level,
    )


def absent(slug: str, reason: str, patients: CountedRisk) -> Estimate:
    """An Estimate that says why there is no value."""
    return Estimate.not_estimable(slug, reason, n=len(patients), n_events=patients.n_events)


def missing_patients(patients: CountedRisk) -> str:
    """Why nothing can be estimated, or "" where there is a labelled patient."""
    return "" if len(patients) else "Nobody here has a recorded outcome."


def missing_class(patients: CountedRisk) -> str:
    """Why nothing that needs both outcomes can be estimated, or ""."""
    if not len(patients):
        return missing_patients(patients)
    if patients.n_events == 0:
        return "Nobody here has the outcome."
    return "" if patients.n_others else "Everybody here has the outcome."
