"""What clinicians did with the predictions, by group of patients: agreed, overrode or set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.core.cohort import Cohort
from explainers.core.estimate import Estimate
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.disclosure.counts import (
    CASES,
    FLAGGED_EVENTS,
    FLAGGED_OTHERS,
    SMALLEST_CELL,
    Family,
    OutcomeCounts,
)
from explainers.disclosure.persons import floor_in_rows
from explainers.disclosure.snapshots import Snapshot
from explainers.disclosure.suppression import Decision, decide_suppression, withheld
from explainers.subgroups.slices import divide_cohort
from explainers.uncertainty.wilson import proportion_interval

Kind = Literal["agree", "override", "set_aside"]
OVERRIDDEN, SET_ASIDE, DECIDED = "override_share", "set_aside_share", "decided_share"
# Both shares of all decisions give away how many were set aside, and how many are left undecided.
_REVEALS: Mapping[str, tuple[Family, ...]] = {
    OVERRIDDEN: (CASES, FLAGGED_EVENTS),
    SET_ASIDE: (CASES, FLAGGED_OTHERS),
    DECIDED: (CASES, FLAGGED_OTHERS),
}


@dataclass(frozen=True)
class PatientDecision:
    """What stands about one patient.

    Attributes
    ----------
    position : int
        Row of the patient in the cohort.
    kind : {"agree", "override", "set_aside"}
    reason : str
        Slug of the reason of an override; "" otherwise.
    """

    position: int
    kind: Kind
    reason: str = ""


@dataclass(frozen=True)
class DecisionTables:
    """Three shares, each for everybody and by group, and the reasons for overriding.

    Attributes
    ----------
    overridden : SubgroupTable
        Of those agreed with or overridden; the rest of them was agreed with.
    set_aside : SubgroupTable
        Of those decided on.
    decided : SubgroupTable
        Of the group's patients.
    reasons : tuple of (str, int or None)
        Patients overridden for each reason, by its slug, the most frequent first; None where the
        number is withheld. Empty where even their sum would give somebody away.
    """

    overridden: SubgroupTable
    set_aside: SubgroupTable
    decided: SubgroupTable
    reasons: tuple[tuple[str, int | None], ...]


def compare_decisions(
    cohort: Cohort,
    by: str,
    decisions: Sequence[PatientDecision],
    floor: int = SMALLEST_CELL,
    level: float = 0.95,
) -> DecisionTables:
    """Shares of decisions by one attribute, with Wilson intervals; small counts are withheld.

    Each patient counts once. A share that is withheld for everybody is withheld for every group:
    whoever keeps the record can count the decisions of all patients from its entries.

    Parameters
    ----------
    cohort : Cohort
        All patients who could be decided on; those without a decision are counted too.
    by : str
        One attribute.
    decisions : sequence of PatientDecision
        At most one for each patient.
    floor : int
        Smallest count that may be shown, 11 or more.
    level : float
        Confidence level of the intervals.

    Raises
    ------
    SettingsError
        When the floor is lower than 11.
    SchemaError
        When the schema has no such attribute.
    """
    slices = divide_cohort(cohort, [by])
    shown = _snapshot(cohort, slices, decisions, floor_in_rows(cohort, floor))
    places, decision = [place for place, _ in slices], shown.decision
    reference = cohort.schema.group(by).reference
    tables = {
        metric: _table(metric, places, shown.counts, decision, (reference, level))
        for metric in _REVEALS
    }
    return DecisionTables(
        overridden=tables[OVERRIDDEN],
        set_aside=tables[SET_ASIDE],
        decided=tables[DECIDED],
        reasons=_count_reasons(decisions, decision),
    )


def released_months(
    cohort: Cohort, months: Sequence[Sequence[PatientDecision]], floor: int = SMALLEST_CELL
) -> tuple[int, ...]:
    """The months after which the tables may be shown, whoever wrote down those of months before.

    Between any two of them, of each group shown and of all others together, nobody or at least so
    many people change sides: overridden, agreed with, set aside or undecided, by every attribute
    alike, and overridden for each reason.

    Parameters
    ----------
    cohort : Cohort
    months : sequence of sequence of PatientDecision
        What stood at the end of each month, the first month first.
    floor : int
        Smallest count that may be shown, 11 or more.

    Returns
    -------
    tuple of int
        Positions among the months, ascending; the first month is always one.

    Raises
    ------
    SettingsError
        When the floor is lower than 11.
    """
    floor = floor_in_rows(cohort, floor)
    divided = [divide_cohort(cohort, [group.name]) for group in cohort.schema.groups]
    reasons = sorted({one.reason for decisions in months for one in decisions})
    shown: dict[int, list[Snapshot]] = {}
    for at, decisions in enumerate(months):
        now = [_snapshot(cohort, slices, decisions, floor) for slices in divided]
        now += [_reason_snapshot(decisions, reasons, now[0].decision)] if now else []
        if all(
            own.may_stand_beside(earlier)
            for before in shown.values()
            for own, earlier in zip(now, before, strict=True)
        ):
            shown[at] = now
    return tuple(shown)


def _snapshot(
    cohort: Cohort,
    slices: Sequence[tuple[Slice, BoolArray]],
    decisions: Sequence[PatientDecision],
    floor: int,
) -> Snapshot:
    """The counts by one attribute, and what of them is shown."""
    counts = _count(slices, decisions, len(cohort))
    places = [place for place, _ in slices]
    ((by, _),) = places[0].conditions
    kept = Slice(((by, cohort.schema.group(by).reference),))
    return Snapshot(counts, decide_suppression(places, counts, floor, kept))


def _reason_snapshot(
    decisions: Sequence[PatientDecision], reasons: Sequence[str], decision: Decision
) -> Snapshot:
    """The same by reason; reasons that nobody gave yet are shown as such."""
    told = dict(_count_reasons(decisions, decision))
    counted = Counter(one.reason for one in decisions if one.kind == "override")
    n = np.array([counted[name] for name in reasons], dtype=np.int64)
    nobody = np.zeros_like(n)
    hidden = np.array([name in told and told[name] is None for name in reasons], dtype=np.bool_)
    is_hidden = decision.hides_overall((CASES, FLAGGED_EVENTS))
    families = (FLAGGED_EVENTS, FLAGGED_OTHERS)
    overall: dict[Family, bool] = {CASES: is_hidden, **dict.fromkeys(families, True)}
    return Snapshot(
        OutcomeCounts(n, nobody, nobody, nobody),
        Decision(overall, dict.fromkeys((CASES, *families), hidden), decision.floor),
    )


def _count(
    slices: Sequence[tuple[Slice, BoolArray]], decisions: Sequence[PatientDecision], n: int
) -> OutcomeCounts:
    """Overridden, agreed with, set aside and undecided patients of each group.

    They stand where true positives, false negatives, false positives and true negatives would, so
    that the families which are protected together are: acted on and not; overridden and agreed
    with; set aside and undecided.
    """
    made = {
        kind: np.bincount(
            [one.position for one in decisions if one.kind == kind], minlength=n
        ).astype(bool)
        for kind in ("override", "agree", "set_aside")
    }
    undecided = ~(made["override"] | made["agree"] | made["set_aside"])

    def by_group(chosen: BoolArray) -> IntArray:
        return np.array([int((member & chosen).sum()) for _, member in slices], dtype=np.int64)

    return OutcomeCounts(
        by_group(made["override"]),
        by_group(made["agree"]),
        by_group(made["set_aside"]),
        by_group(undecided),
    )


def _table(
    metric: str,
    places: Sequence[Slice],
    counts: OutcomeCounts,
    decision: Decision,
    settings: tuple[str, float],
) -> SubgroupTable:
    reference, level = settings
    reveals = _REVEALS[metric]
    share, whole = _parts(metric, counts)
    hides_all = decision.hides_overall(reveals)

    def estimate(at: int) -> Estimate:
        if hides_all or decision.hides_group(at, reveals):
            return withheld(metric, decision)
        return _share(metric, int(share[at]), int(whole[at]), level)

    overall = _share(metric, int(share.sum()), int(whole.sum()), level)
    return SubgroupTable(
        metric,
        withheld(metric, decision) if hides_all else overall,
        tuple((place, estimate(at)) for at, place in enumerate(places)),
        reference,
    )


def _parts(metric: str, counts: OutcomeCounts) -> tuple[IntArray, IntArray]:
    """Counted patients and those they are counted among, (k,) each."""
    acted = counts.pair(CASES)[:, 0]
    if metric == OVERRIDDEN:
        return counts.true_positives, acted
    decided: IntArray = acted + counts.false_positives
    return (counts.false_positives, decided) if metric == SET_ASIDE else (decided, counts.n)


def _share(metric: str, n_of: int, n: int, level: float) -> Estimate:
    if n == 0:
        return Estimate.not_estimable(metric, "nothing was decided on anybody", n=0, n_events=0)
    interval = proportion_interval(n_of, n, level)
    return Estimate(metric, n_of / n, interval.low, interval.high, n, None, interval.method, level)


def _count_reasons(
    decisions: Sequence[PatientDecision], decision: Decision
) -> tuple[tuple[str, int | None], ...]:
    if decision.hides_overall((CASES, FLAGGED_EVENTS)):
        return ()
    told = [one.reason for one in decisions if one.kind == "override"]
    counted = sorted(
        ((name, told.count(name)) for name in set(told)), key=lambda entry: (-entry[1], entry[0])
    )
    n = np.array([count for _, count in counted], dtype=np.int64)
    nobody = np.zeros_like(n)
    slices = [Slice((("reason", name),)) for name, _ in counted]
    of_reasons = decide_suppression(
        slices, OutcomeCounts(n, nobody, nobody, nobody), decision.floor
    )
    return tuple(
        (name, None if of_reasons.hides_group(at, (CASES,)) else count)
        for at, (name, count) in enumerate(counted)
    )
