"""The checks there are, and running them.

A new check is one file that satisfies :class:`~explainers.checks.check.Check` and one entry here.
"""

from __future__ import annotations

from collections.abc import Sequence

from explainers.checks.check import Check
from explainers.checks.group_miscalibrated import GroupMiscalibrated
from explainers.checks.inspection import Inspection
from explainers.core.finding import CheckResult
from explainers.core.progress import Progress
from explainers.errors import NotFoundError

CHECKS: tuple[Check, ...] = (GroupMiscalibrated(),)


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
