"""The checks there are, and running them.

A new check is one file that satisfies :class:`~explainers.checks.check.Check` and one entry here.
"""

from __future__ import annotations

from collections.abc import Sequence

from explainers.checks.check import Check
from explainers.checks.direction import Direction
from explainers.checks.drift import Drift
from explainers.checks.duplicates import Duplicates
from explainers.checks.group_found_less import GroupFoundLess
from explainers.checks.group_miscalibrated import GroupMiscalibrated
from explainers.checks.group_never_trained import GroupNeverTrained
from explainers.checks.group_too_small import GroupTooSmall
from explainers.checks.inspection import Inspection
from explainers.checks.label_proxy import LabelProxy
from explainers.checks.leaking_feature import LeakingFeature
from explainers.checks.lime_without_fit import LimeWithoutFit
from explainers.checks.methods_disagree import MethodsDisagree
from explainers.checks.missingness import MissingnessPredictsOutcome
from explainers.checks.of_rows import OfRows
from explainers.checks.outdated_evaluation import OutdatedEvaluation
from explainers.checks.overall_miscalibrated import OverallMiscalibrated
from explainers.checks.overfitting import Overfitting
from explainers.checks.poor_ranking import PoorRanking
from explainers.checks.protected_proxy import ProtectedProxy
from explainers.checks.scaffolding import Scaffolding
from explainers.checks.sentinel_codes import SentinelCodes
from explainers.checks.shortcut import Shortcut
from explainers.checks.simple_comparator import SimpleComparator
from explainers.checks.site_calibration import SiteCalibrationShift
from explainers.checks.threshold_without_evidence import ThresholdWithoutEvidence
from explainers.checks.too_few_events import TooFewEvents
from explainers.checks.unstable_reasons import UnstableReasons
from explainers.checks.worst_served_slice import WorstServedSlice
from explainers.core.finding import CheckResult
from explainers.core.progress import Progress
from explainers.errors import NotFoundError

# Those whose every figure comes from tables that know whose row each is.
_OF_PEOPLE = (
    GroupMiscalibrated.code,
    PoorRanking.code,
    OverallMiscalibrated.code,
    Overfitting.code,
    OutdatedEvaluation.code,
    GroupTooSmall.code,
    SiteCalibrationShift.code,
)
_ALL: tuple[Check, ...] = (
    GroupMiscalibrated(),
    PoorRanking(),
    OverallMiscalibrated(),
    Overfitting(),
    SimpleComparator(),
    ThresholdWithoutEvidence(),
    TooFewEvents(),
    Drift(),
    OutdatedEvaluation(),
    Direction(),
    UnstableReasons(),
    MethodsDisagree(),
    LimeWithoutFit(),
    Scaffolding(),
    GroupFoundLess(),
    WorstServedSlice(),
    GroupTooSmall(),
    GroupNeverTrained(),
    LabelProxy(),
    LeakingFeature(),
    MissingnessPredictsOutcome(),
    SentinelCodes(),
    Duplicates(),
    ProtectedProxy(),
    Shortcut(),
    SiteCalibrationShift(),
)
CHECKS: tuple[Check, ...] = tuple(
    check if check.code in _OF_PEOPLE else OfRows(check) for check in _ALL
)


def find_check(code: str) -> Check:
    """The check of that code; NotFoundError where there is none."""
    for check in CHECKS:
        if check.code == code:
            return check
    raise NotFoundError(
        "there is no check of that code",
        value=code,
        remedy=f"There are: {', '.join(check.code for check in CHECKS)}.",
    )


def run_checks(
    inspection: Inspection,
    checks: Sequence[Check] = CHECKS,
    progress: Progress | None = None,
) -> tuple[CheckResult, ...]:
    """Every check's result, in the order of the checks.

    Parameters
    ----------
    inspection : Inspection
    checks : sequence of Check
    progress : callable, optional
        Told (done, total) after each check.
    """
    results = []
    for done, check in enumerate(checks, start=1):
        results.append(check.run(inspection))
        if progress is not None:
            progress(done, len(checks))
    return tuple(results)
