"""Whether the outcome is recorded less completely for some group, by a second outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.checks.evidence import (
    Tally,
    corrected_level,
    estimate_share,
    estimate_share_gap,
)
from explainers.checks.inspection import Inspection
from explainers.core.cohort import Cohort
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.core.phrases import name_patients
from explainers.core.schema import Grouping, Outcome

# Ten more of a hundred people with the second outcome whom the first one does not count.
RELEVANT_GAP = 0.10


@dataclass(frozen=True)
class _Compared:
    """Two groups of people with another outcome, and how many of them lack the model's.

    ``left_out`` is the group with the larger share, ``patients`` the same as part of a sentence,
    ``other`` the group with the smaller.
    """

    outcome: Outcome
    left_out: str
    patients: str
    other: str
    missed: tuple[Tally, Tally]


@dataclass(frozen=True)
class LabelProxy:
    """Among people with a second outcome, the share without the model's, by group.

    Each group is compared with the reference group of its attribute. One is named when its share is
    surely (Newcombe, Bonferroni over groups and outcomes) and by ten points or more above the
    other's. Held-out and training patients count together: the question is about the label, not
    about the model.
    """

    code: ClassVar[str] = "label-may-be-proxy"
    title: ClassVar[str] = "A label that may stand for something else"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """Medium severity; one finding per group and second outcome."""
        schema, own = inspection.study.cohort.schema, inspection.study.outcome
        others = [outcome for outcome in schema.outcomes if outcome.name != own]
        if not others:
            return self._not_applicable("label bias untested: the schema names one outcome")
        if not schema.groups:
            return self._not_applicable("the schema names no groups")
        parts = [inspection.study.cohort]
        parts += [inspection.training] if inspection.training is not None else []
        compared = [
            one
            for outcome in others
            for grouping in schema.groups
            for one in _compare(parts, own, outcome, grouping)
        ]
        level = corrected_level(len(compared))
        findings = [
            self._finding(one, gap)
            for one in compared
            if _is_relevant(gap := estimate_share_gap("missed_by_label_gap", *one.missed, level))
        ]
        names = ", ".join(f"“{outcome.label}”" for outcome in others)
        looked_at = f"{len(compared)} comparisons of groups that can be shown, with {names}."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _not_applicable(self, reason: str) -> CheckResult:
        return CheckResult.not_applicable(self.code, self.title, reason)

    def _finding(self, one: _Compared, gap: Estimate) -> Finding:
        shares = [estimate_share("missed_by_label", tally) for tally in one.missed]
        return Finding(
            code=self.code,
            title=(
                f"The model's outcome leaves out more {one.patients} who have “{one.outcome.label}”"
            ),
            severity="medium",
            explanation=(
                f"Of the people of this group with “{one.outcome.label}”,"
                f" {shares[0].value or 0.0:.0%} do not have the outcome that the model predicts;"
                f" of {one.other} it is {shares[1].value or 0.0:.0%}. Which of the two outcomes"
                " comes nearer to what is needed is not in the data."
            ),
            evidence=(*shares, gap),
            affected=one.left_out,
            remedy="Compare the two as labels on the same patients before choosing either.",
            doc=self.doc,
        )


def _compare(
    parts: list[Cohort], own: str, outcome: Outcome, grouping: Grouping
) -> Iterator[_Compared]:
    """Every group against the reference, where their counts may be shown."""
    by_part = [_tallies(part, own, outcome, grouping) for part in parts]
    # Other screens count the held-out patients alone: neither part may be of few people.
    shown = {
        label: Tally(sum(one[label].successes for one in by_part), sum(o[label].n for o in by_part))
        for label in grouping.labels
        if all(one[label].is_shown for one in by_part)
    }
    reference = shown.get(grouping.reference)
    for label, tally in shown.items():
        if reference is None or label == grouping.reference or not min(tally.n, reference.n):
            continue
        pair = [(tally, label), (reference, grouping.reference)]
        pair.sort(key=lambda side: -side[0].successes / side[0].n)
        names = [f"{grouping.label}: {name}" for _, name in pair]
        patients = name_patients(pair[0][1], grouping.label)
        yield _Compared(outcome, names[0], patients, names[1], (pair[0][0], pair[1][0]))


def _tallies(part: Cohort, own: str, outcome: Outcome, grouping: Grouping) -> dict[str, Tally]:
    """By group, how many of a part's people with the second outcome lack the model's."""
    label = part.outcome_labels(own)
    has_other = (part.outcome_labels(outcome.name) == 1.0) & ~np.isnan(label)
    codes = part.group_labels(grouping.name).codes
    return {
        name: Tally.of(label[has_other & (codes == at)] == 0.0)
        for at, name in enumerate(grouping.labels)
    }


def _is_relevant(gap: Estimate) -> bool:
    if gap.value is None or gap.low is None:
        return False
    return gap.value >= RELEVANT_GAP and gap.low > 0.0
