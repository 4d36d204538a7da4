"""Faults found and missed, and what is said of models that have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.faults.catalogue import CLEAN, Fault, Strength
from benchmarks.faults.draft import Sizes, Source, draw_draft, draw_made_up, inspect_draft
from explainers.checks import CHECKS, Check, find_check, run_checks
from explainers.core.finding import SEVERITIES, CheckResult
from explainers.core.progress import Progress


@dataclass(frozen=True)
class Trial:
    """Where patients come from.

    Attributes
    ----------
    source : callable
        Draws training and held-out patients.
    first_seed : int
        Of so many models in a row.
    """

    source: Source = draw_made_up
    first_seed: int = 0

    def seeds(self, n: int) -> range:
        """Seeds of n models."""
        return range(self.first_seed, self.first_seed + n)


MADE_UP = Trial()


@dataclass(frozen=True)
class Planted:
    """One fault at one strength, over all seeds.

    Attributes
    ----------
    fault, code, strength : str
        What was planted, the check that should find it, and how strong it was.
    matters : bool
        Whether it should be found.
    n, n_found : int
        Models it was planted in, and those whose check found it: something about the group or
        input that it was planted in, where findings name one.
    severities : Mapping[str, int]
        How often the worst such finding was of which severity.
    """

    fault: str
    code: str
    strength: str
    matters: bool
    n: int
    n_found: int
    severities: dict[str, int]

    @property
    def n_missed(self) -> int:
        """Models in which it should have been found and was not."""
        return self.n - self.n_found if self.matters else 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {**asdict(self), "n_missed": self.n_missed}


@dataclass(frozen=True)
class Clean:
    """Sound models of one kind, over all seeds.

    Attributes
    ----------
    kind : str
    n, n_high, n_medium : int
        Models; those with a finding of high severity; those with one of high or medium severity.
    found : Mapping[str, Mapping[str, int]]
        By check, how often the worst finding was of which severity.
    titles : Mapping[str, int]
        Titles of findings of high severity, and how often.
    applicable : Mapping[str, int]
        By check, in how many models it applied.
    """

    kind: str
    n: int
    n_high: int
    n_medium: int
    found: dict[str, dict[str, int]]
    titles: dict[str, int]
    applicable: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)


def judge_fault(
    fault: Fault, strength: Strength, sizes: Sizes, n_seeds: int, trial: Trial = MADE_UP
) -> Planted:
    """Plant a fault once per seed and ask the check that should find it."""
    check, worst = find_check(fault.code), Counter[str]()
    for seed in trial.seeds(n_seeds):
        rng = np.random.default_rng([seed, len(fault.name), round(1e4 * abs(strength.value))])
        nature = fault.nature(strength.value)
        good = draw_draft(fault.family, nature, sizes, rng, trial.source)
        inspection = inspect_draft(fault.plant(good, strength.value, rng), seed)
        worst.update(_worst(check.run(inspection), fault.about))
    return Planted(
        fault.name,
        fault.code,
        strength.label,
        strength.matters,
        n_seeds,
        sum(worst.values()),
        _by_severity(worst),
    )


def judge_clean(
    sizes: Sizes,
    n_seeds: int,
    checks: Sequence[Check] = CHECKS,
    trial: Trial = MADE_UP,
) -> list[Clean]:
    """Ask every check of sound models of each kind."""
    judged = []
    for at, (kind, family, nature) in enumerate(CLEAN):
        results = []
        for seed in trial.seeds(n_seeds):
            rng = np.random.default_rng([seed, at])
            draft = draw_draft(family, nature, sizes, rng, trial.source)
            inspection = inspect_draft(draft, seed)
            results.append(run_checks(inspection, checks))
        judged.append(_summarise(kind, results))
    return judged


def judge_all(
    faults: Sequence[Fault],
    sizes: Sizes,
    n_seeds: int,
    progress: Progress | None = None,
    trial: Trial = MADE_UP,
) -> list[Planted]:
    """Every fault at every strength; ``progress`` is told after each."""
    pairs = [(fault, strength) for fault in faults for strength in fault.strengths]
    judged = []
    for done, (fault, strength) in enumerate(pairs, start=1):
        judged.append(judge_fault(fault, strength, sizes, n_seeds, trial))
        if progress is not None:
            progress(done, len(pairs))
    return judged


def false_alarms(code: str, clean: Sequence[Clean]) -> tuple[int, int]:
    """Sound models in which a check found something, and those in which it applied."""
    n_found = sum(sum(one.found.get(code, {}).values()) for one in clean)
    return n_found, sum(one.applicable.get(code, 0) for one in clean)


def _summarise(kind: str, results: Sequence[Sequence[CheckResult]]) -> Clean:
    found: dict[str, Counter[str]] = {}
    titles, applicable = Counter[str](), Counter[str]()
    n_high = n_medium = 0
    for model in results:
        worst = {result.code: severity for result in model for severity in _worst(result)}
        for code, severity in worst.items():
            found.setdefault(code, Counter())[severity] += 1
        findings = [finding for result in model for finding in result.findings]
        titles.update(one.title for one in findings if one.severity == "high")
        applicable.update(one.code for one in model if one.outcome != "not applicable")
        n_high += "high" in worst.values()
        n_medium += bool({"high", "medium"} & set(worst.values()))
    by_code = {code: _by_severity(counts) for code, counts in sorted(found.items())}
    return Clean(kind, len(results), n_high, n_medium, by_code, dict(titles), dict(applicable))


def _worst(result: CheckResult, about: str = "") -> list[str]:
    """Severity of the worst finding about that, or nothing; findings come worst first."""
    named = [one for one in result.findings if about in f"{one.title} {one.affected}"]
    return [finding.severity for finding in named[:1]]


def _by_severity(counts: Counter[str]) -> dict[str, int]:
    return {severity: counts[severity] for severity in SEVERITIES if counts[severity]}
