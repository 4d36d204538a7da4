"""Whether a recording code is read as a measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from explainers.checks.evidence import Tally, estimate_share
from explainers.checks.heaps import find_heaps
from explainers.checks.inspection import Inspection
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.finding import CheckResult, Finding, Severity
from explainers.core.schema import Column
from explainers.disclosure.counts import SMALLEST_CELL

# Values by which questionnaires and laboratories write "not asked", "refused", "not measured".
USUAL_CODES = frozenset(
    sign * float(digit * length)
    for digit in ("7", "8", "9")
    for length in (1, 2, 3, 4, 5)
    for sign in (1, -1)
) | {0.0, -1.0, 666.0, 999999.0, -999999.0}
FEWEST_OF_A_CODE = 3
# As far from the other values as the middle half of them is wide, and ten usual steps.
FEWEST_WIDTHS = 1.0
FEWEST_STEPS = 10.0
FEWEST_DISTINCT = 10
# A heap among true values may have a reason of its own, which the check cannot know.
EDGE: tuple[Severity, str] = ("high", "at the edge of this feature, far from all other values")
HEAP: tuple[Severity, str] = (
    "medium",
    "among true values, surely half as often again as the values around it",
)


@dataclass(frozen=True)
class SentinelCodes:
    """Values of a numeric feature that recur as no measurement would.

    Looked for among the lowest and the highest two values, which must stand apart from all others.
    One of the usual codes must recur three times, any other value eleven times: a usual code is no
    patient's own value and may be named. Usual codes among the other values are named where
    patients heap up at them, see :mod:`~explainers.checks.heaps`.
    """

    code: ClassVar[str] = "sentinel-codes"
    title: ClassVar[str] = "A recording code read as a value"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """High severity for codes apart from all values, medium for those among them."""
        study = inspection.study
        numeric = [at for at, column in enumerate(study.model.columns) if column.is_numeric]
        if not numeric:
            return CheckResult.not_applicable(
                self.code, self.title, "no feature of the model is a number"
            )
        findings = []
        for at in numeric:
            column, parts = study.model.columns[at], (study.matrix, inspection.training_matrix)
            values = np.concatenate([part[:, at] for part in parts])
            measured = values[~np.isnan(values)]
            codes = find_codes(measured, column)
            hidden = [code for code in find_heaps(measured, len(numeric)) if code not in codes]
            for found, where in ((codes, EDGE), (hidden, HEAP)):
                if found:
                    tally = Tally.of(np.isin(values, found))
                    findings.append(self._finding(column, found, tally, where))
        looked_at = f"{len(numeric)} numeric features."
        return CheckResult.of(self.code, self.title, tuple(findings), looked_at)

    def _finding(
        self, column: Column, codes: list[float], tally: Tally, where: tuple[Severity, str]
    ) -> Finding:
        names = " and ".join(f"{code:g}" for code in codes)
        return Finding(
            code=self.code,
            title=f"{column.label}: {names} is read as a value",
            severity=where[0],
            explanation=(
                f"{names} recurs {where[1]}. If it is a code for a value that was not measured, the"
                " model reads it as a measurement."
            ),
            evidence=(estimate_share("code_share", tally),),
            affected=f"Patients with {names} as {column.label}",
            remedy=(
                "Look it up in the code book; if it is a code, declare it under missing_codes in"
                " the schema and train again."
            ),
            doc=self.doc,
        )


def find_codes(measured: FloatArray, column: Column) -> list[float]:
    """Values that look like codes, the lowest first.

    The two outermost values of each end are tried together before the outermost alone, so that two
    codes such as 7777 and 9999 do not hide each other.
    """
    distinct, repeats = np.unique(measured, return_counts=True)
    counts = repeats.astype(np.int64)
    found: list[float] = []
    for is_top in (False, True):
        for size in (2, 1):
            if len(distinct) <= size + 1:
                continue
            edge = slice(-size, None) if is_top else slice(None, size)
            rest = distinct[:-size] if is_top else distinct[size:]
            of_rest = counts[:-size] if is_top else counts[size:]
            codes = distinct[edge]
            recur = all(map(_recurs, codes, counts[edge]))
            if recur and _stand_apart(codes, rest, of_rest, column):
                found += [float(code) for code in codes]
                break
    return found


def _recurs(value: float, count: int) -> bool:
    """A usual code three times; any other often enough for the value itself to be shown."""
    return bool(count >= (FEWEST_OF_A_CODE if value in USUAL_CODES else SMALLEST_CELL))


def _stand_apart(codes: FloatArray, rest: FloatArray, counts: IntArray, column: Column) -> bool:
    """Whether the nearest of the codes is far from the rest of the distinct values."""
    nearest = float(np.abs(codes[:, None] - rest[[0, -1]]).min())
    is_usual = all(code in USUAL_CODES for code in codes)
    # Few distinct values may lie far apart by their nature, and 0 is a value of most scales.
    is_far = nearest > float(rest[-1] - rest[0]) > 0.0
    if is_far and (len(rest) >= FEWEST_DISTINCT or (is_usual and 0.0 not in codes)):
        return True
    if not is_usual:
        return False
    if column.valid_range is not None:
        low, high = column.valid_range
        if all(not low <= code <= high for code in codes):
            return True
    if len(rest) < FEWEST_DISTINCT:
        return False
    share_up_to = np.cumsum(counts) / counts.sum()
    quarter, three_quarters = rest[np.searchsorted(share_up_to, [0.25, 0.75])]
    step = float(np.median(np.diff(rest)))
    return nearest >= max(FEWEST_WIDTHS * float(three_quarters - quarter), FEWEST_STEPS * step)
