"""Why one model cannot be calibrated alike and err alike for groups that differ in prevalence.

At any threshold the false positive rate follows from three other figures (Chouldechova 2017, Big
Data 5:153; a form of Kleinberg, Mullainathan and Raghavan 2017, ITCS 43):

    FPR = prevalence / (1 - prevalence) x (1 - PPV) / PPV x (1 - FNR)

so two groups with the same PPV and the same share missed, but another prevalence, must differ in
the share of false alarms. Nothing here is counted anew: all is made from published estimates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.errors import SettingsError
from explainers.performance.cluster_intervals import ONE_CLUSTER
from explainers.performance.labelled_risk import LabelledRisk
from explainers.subgroups.slices import make_slices
from explainers.uncertainty.clusters import share_interval
from explainers.uncertainty.interval import Interval
from explainers.uncertainty.wilson import proportion_interval

NEEDED = ("prevalence", "sensitivity", "specificity", "ppv")
FLAGGED = "share_flagged"


@dataclass(frozen=True)
class ErrorRates:
    """The four linked figures of one group.

    Attributes
    ----------
    group : str
        Its label.
    prevalence, ppv, missed, false_alarms : float
        Share with the outcome; of the flagged, those with it; of those with it, those not
        flagged (FNR); of those without it, those flagged (FPR).
    false_alarms_if_equal : float or None
        What ``false_alarms`` would have to be if the group had the PPV and the share missed of
        the reference group; None where that is no share at all, so that it cannot be.
    """

    group: str
    prevalence: float
    ppv: float
    missed: float
    false_alarms: float
    false_alarms_if_equal: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> ErrorRates:
        """Inverse of :meth:`to_dict`."""
        return cls(**record)


def implied_false_alarms(prevalence: float, ppv: float, missed: float) -> float:
    """False positive rate that a prevalence, a PPV and a false negative rate leave no choice of.

    Raises
    ------
    SettingsError
        When the prevalence or the PPV is not between 0 and 1, or the share missed is outside
        [0, 1].
    """
    if not (0.0 < prevalence < 1.0 and 0.0 < ppv <= 1.0 and 0.0 <= missed <= 1.0):
        raise SettingsError(
            "the false alarms follow from a prevalence and a PPV between 0 and 1",
            value=(prevalence, ppv, missed),
        )
    return prevalence / (1 - prevalence) * (1 - ppv) / ppv * (1 - missed)


def compare_error_rates(tables: Mapping[str, SubgroupTable]) -> tuple[ErrorRates, ...]:
    """The linked figures of the reference group, then of every other group that has all four.

    Parameters
    ----------
    tables : mapping of str to SubgroupTable
        By slug, at least ``NEEDED``, of the same groups at one threshold.

    Returns
    -------
    tuple of ErrorRates
        Empty where the reference group lacks a figure.

    Raises
    ------
    SettingsError
        When a table is missing.
    """
    if absent := [slug for slug in NEEDED if slug not in tables]:
        raise SettingsError("the linked figures need these statistics", value=absent)
    places = [place for place, _ in tables["ppv"].groups]
    found = {
        place.label: values
        for at, place in enumerate(places)
        if (values := _values(tables, at)) is not None
    }
    reference = found.pop(tables["ppv"].reference_group, None)
    if reference is None:
        return ()
    rows = {tables["ppv"].reference_group: reference, **found}
    return tuple(_linked(label, values, reference) for label, values in rows.items())


def estimate_flagged(
    tables: Mapping[str, SubgroupTable], study: Study | None = None
) -> SubgroupTable:
    """Share of each group that is flagged, which demographic parity compares.

    Made from the published prevalence, sensitivity and specificity; where one of them is not
    shown, neither is this.

    Parameters
    ----------
    tables : mapping of str to SubgroupTable
    study : Study, optional
        That the tables are of: where it declares which rows belong together, intervals allow for
        it, and without it they take all rows as independent.

    Raises
    ------
    SettingsError
        As :func:`compare_error_rates`.
    """
    if absent := [slug for slug in NEEDED if slug not in tables]:
        raise SettingsError("the share flagged needs these statistics", value=absent)
    places = [place for place, _ in tables["prevalence"].groups]
    rows = _rows_by_place(study, places)
    groups = tuple(
        (place, _flagged([tables[slug].groups[at][1] for slug in NEEDED[:3]], rows.get(place)))
        for at, place in enumerate(places)
    )
    return SubgroupTable(
        FLAGGED,
        _flagged([tables[slug].overall for slug in NEEDED[:3]], rows.get(Slice())),
        groups,
        tables["prevalence"].reference_group,
    )


def selection_ratio(table: SubgroupTable, place: Slice) -> float | None:
    """Share flagged over the highest share of any group: the 80% rule asks whether it is 0.8."""
    shares = {own: estimate.value for own, estimate in table.groups if estimate.value is not None}
    highest = max(shares.values(), default=0.0)
    return shares[place] / highest if place in shares and highest > 0 else None


def _values(
    tables: Mapping[str, SubgroupTable], at: int
) -> tuple[float, float, float, float] | None:
    """Prevalence, sensitivity, specificity and PPV of a group; None where one is missing."""
    prevalence, sensitivity, specificity, ppv = (
        tables[slug].groups[at][1].value for slug in NEEDED
    )
    if prevalence is None or sensitivity is None or specificity is None or not ppv:
        return None
    return (prevalence, sensitivity, specificity, ppv) if 0.0 < prevalence < 1.0 else None


def _linked(
    label: str,
    own: tuple[float, float, float, float],
    reference: tuple[float, float, float, float],
) -> ErrorRates:
    implied = implied_false_alarms(own[0], reference[3], 1 - reference[1])
    return ErrorRates(
        group=label,
        prevalence=own[0],
        ppv=own[3],
        missed=1 - own[1],
        false_alarms=1 - own[2],
        false_alarms_if_equal=implied if implied <= 1.0 else None,
    )


def _rows_by_place(study: Study | None, places: Sequence[Slice]) -> dict[Slice, LabelledRisk]:
    """The labelled patients of everybody and of each group; of nobody where all are independent.

    A risk is 1 where it reaches the threshold, else 0.
    """
    if study is None or study.cohort.clusters is None:
        return {}
    everybody = LabelledRisk.of_study(study)
    is_flagged = everybody.risk >= study.declared_threshold
    flags = LabelledRisk(everybody.is_event, is_flagged.astype(np.float64), everybody.clusters)
    by = [name for name, _ in places[0].conditions] if places else []
    members = dict(make_slices(study, by)) if by else {}
    groups = {place: flags.select(own[study.is_labelled]) for place, own in members.items()}
    return {Slice(): flags, **groups}


def _interval(flagged: int, n: int, level: float, rows: LabelledRisk | None) -> Interval:
    if rows is None:
        return proportion_interval(flagged, n, level)
    return share_interval(rows.risk == 1.0, rows.clusters, level)


def _flagged(parts: list[Estimate], rows: LabelledRisk | None) -> Estimate:
    """Share flagged from prevalence, sensitivity and specificity of the same patients."""
    for part in parts:
        if part.status == "suppressed":
            return Estimate.suppressed(FLAGGED, part.reason)
    prevalence, sensitivity, specificity = parts
    n, n_events = prevalence.n or 0, prevalence.n_events or 0
    if n == 0:
        return Estimate.not_estimable(FLAGGED, prevalence.reason, n=0, n_events=0)
    if rows is not None and rows.clusters is not None and rows.clusters.is_one:
        return Estimate.not_estimable(FLAGGED, ONE_CLUSTER, n=n, n_events=n_events)
    flagged = round(n_events * (sensitivity.value or 0.0))
    flagged += (n - n_events) - round((n - n_events) * (specificity.value or 0.0))
    if rows is not None:
        # Of those with the outcome, all may be of one person, and their share not be estimable.
        flagged = int(rows.risk.sum())
    interval = _interval(flagged, n, prevalence.level, rows)
    return Estimate(
        FLAGGED,
        flagged / n,
        interval.low,
        interval.high,
        n,
        n_events,
        interval.method,
        level=prevalence.level,
    )
