"""Whether patients are in the data twice, or in the held-out and the training data both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explainers.checks.evidence import Tally, estimate_share
from explainers.checks.inspection import Inspection
from explainers.core.cohort import Cohort
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.disclosure.counts import SMALLEST_CELL

# One copy in a hundred patients narrows intervals and flatters a model measurably.
RELEVANT_SHARE = 0.01
# Copies that are alike in all other columns agree in the most varied one too; people who are alike
# by chance agree in it about as often as any two do, more often where columns go together.
LEAST_AGREEMENT = 0.5
LEAST_EXCESS = 3.0

Codes = NDArray[np.uint64]


@dataclass(frozen=True)
class _Codes:
    """One number per patient for all columns, and for all but the most varied one."""

    whole: Codes
    without_one: Codes
    chance: float


@dataclass(frozen=True)
class Duplicates:
    """Patients equal to another in every recorded column, beyond what chance gives.

    Few answers in few columns make many people alike by chance. So those who are alike in all
    columns but the most varied one are looked at: copies agree in that column too, people who only
    happen to be alike agree in it about as rarely as any two.
    """

    code: ClassVar[str] = "duplicates"
    title: ClassVar[str] = "Patients in the data twice"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity where held-out patients were trained on; medium among the held-out."""
        held_out, training = inspection.study.cohort, inspection.training
        columns = [
            column.name for column in held_out.schema.columns if column.name in held_out.frame
        ]
        if training is not None:
            columns = [name for name in columns if name in training.frame]
        if len(held_out) < 2 or len(columns) < 2:
            return CheckResult.not_applicable(
                self.code, self.title, "two patients and two columns are needed to compare"
            )
        parts = [held_out] if training is None else [held_out, training]
        codes = _encode(pd.concat([part.frame[columns] for part in parts]))
        if LEAST_EXCESS * codes.chance > 1.0:
            return CheckResult.not_applicable(
                self.code, self.title, "the columns have too few values to tell copies from chance"
            )
        is_held_out = np.arange(len(codes.whole)) < len(held_out)
        findings = list(self._within(codes, is_held_out))
        if training is not None:
            findings += list(self._between(codes, is_held_out, held_out, training))
        looked_at = f"{len(columns)} columns of the held-out patients" + (
            "; the training patients are not at hand." if training is None else ", and of training."
        )
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _within(self, codes: _Codes, is_held_out: NDArray[np.bool_]) -> Iterator[Finding]:
        whole, part = codes.whole[is_held_out], codes.without_one[is_held_out]
        repeats = Tally(len(whole) - len(np.unique(whole)), len(whole))
        if _are_many(repeats) and _agree(_pairs(whole), _pairs(part), codes.chance):
            yield self._finding(
                "Held-out patients are in the data more than once",
                "medium",
                repeats,
                "are copies of another held-out patient in every recorded column. Copies make"
                " intervals narrower than they should be.",
                "Find out how the copies came about, keep one of each, and evaluate again.",
            )

    def _between(
        self,
        codes: _Codes,
        is_held_out: NDArray[np.bool_],
        held_out: Cohort,
        training: Cohort,
    ) -> Iterator[Finding]:
        remedy = "Take them out of one of the two, train again and evaluate again."
        same_id = Tally(len(set(held_out.patient_ids) & set(training.patient_ids)), len(held_out))
        if same_id.successes:
            said = "have the id of a training patient. The evaluation is too good for them."
            yield self._finding("Held-out patients were trained on", "high", same_id, said, remedy)
            return
        (own, trained), (own_part, trained_part) = (
            (kind[is_held_out], kind[~is_held_out]) for kind in (codes.whole, codes.without_one)
        )
        seen = Tally.of(np.isin(own, trained))
        if _are_many(seen) and _agree(
            _cross_pairs(own, trained), _cross_pairs(own_part, trained_part), codes.chance
        ):
            said = (
                "equal a training patient in every recorded column. The evaluation is too good"
                " for them."
            )
            yield self._finding("Held-out patients were trained on", "high", seen, said, remedy)

    def _finding(
        self, title: str, severity: Severity, tally: Tally, said: str, remedy: str
    ) -> Finding:
        share = estimate_share("copies", tally)
        how_many = "Some" if share.value is None else f"{share.value:.1%}"
        return Finding(
            code=self.code,
            title=title,
            severity=severity,
            explanation=f"{how_many} of the held-out patients {said}",
            evidence=(share,),
            affected="Everybody",
            remedy=remedy,
            doc=self.doc,
        )


def _are_many(copies: Tally) -> bool:
    """Enough to be shown, and one in a hundred."""
    return copies.successes >= max(SMALLEST_CELL, RELEVANT_SHARE * copies.n)


def _agree(pairs: float, pairs_without: float, chance: float) -> bool:
    """Whether those alike in all columns but one agree in it far more often than by chance."""
    return pairs / pairs_without >= max(LEAST_AGREEMENT, LEAST_EXCESS * chance)


def _encode(frame: pd.DataFrame) -> _Codes:
    """Sum over the columns of a random number per value; equal rows give equal sums."""
    rng = np.random.default_rng(0)
    whole = np.zeros(len(frame), dtype=np.uint64)
    most_varied, chance = whole, 2.0
    for name in frame:
        levels, _ = pd.factorize(frame[name])
        shares = np.bincount(levels + 1) / len(levels)
        numbers = rng.integers(0, 2**64, size=len(shares), dtype=np.uint64)
        own = numbers[levels + 1]
        whole = whole + own
        if float(np.square(shares).sum()) < chance:
            most_varied, chance = own, float(np.square(shares).sum())
    return _Codes(whole, whole - most_varied, chance)


def _pairs(codes: Codes) -> float:
    """Pairs of patients with the same code."""
    _, counts = np.unique(codes, return_counts=True)
    return float((counts * (counts - 1.0) / 2.0).sum())


def _cross_pairs(first: Codes, second: Codes) -> float:
    """Pairs of one patient of each side with the same code."""
    known, counts = np.unique(second, return_counts=True)
    own, own_counts = np.unique(first, return_counts=True)
    _, at, own_at = np.intersect1d(known, own, assume_unique=True, return_indices=True)
    return float((counts[at] * own_counts[own_at].astype(np.float64)).sum())
