"""Whether there were enough events to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from explainers.checks.certainty import NO_BUNDLE, shown
from explainers.checks.inspection import Inspection
from explainers.core.estimate import Estimate
from explainers.core.finding import CheckResult, Finding
from explainers.core.schema import Column

# Peduzzi 1996, J Clin Epidemiol 49:1373, for regression; trees need more, so fewer are surely few.
FEWEST_PER_PARAMETER = 10.0
NO_COUNTS = "the model was trained elsewhere, and on how many patients is not provided"


@dataclass(frozen=True)
class TooFewEvents:
    """Training events per candidate parameter, against ten.

    The rarer of the two outcomes over the parameters that a plain regression on the same inputs
    would have: one for a number, one less than its levels for a category.
    """

    code: ClassVar[str] = "too-few-events"
    title: ClassVar[str] = "Too few events to learn from"
    doc: ClassVar[str] = "checks"

    def run(self, inspection: Inspection) -> CheckResult:
        """Medium severity below ten."""
        bundle = inspection.bundle
        if bundle is None:
            return CheckResult.not_applicable(self.code, self.title, NO_BUNDLE)
        facts = bundle.facts
        if not facts.n_train:
            return CheckResult.not_applicable(self.code, self.title, NO_COUNTS)
        n_rarer = min(facts.n_train_events, facts.n_train - facts.n_train_events)
        n_parameters = count_parameters(inspection.study.model.columns)
        value = n_rarer / n_parameters
        ratio = Estimate(
            metric="events_per_parameter",
            value=value,
            low=value,
            high=value,
            n=facts.n_train,
            n_events=facts.n_train_events,
            interval_method="Counted",
        )
        looked_at = f"training events per candidate parameter, of which there are {n_parameters}."
        is_found = value < FEWEST_PER_PARAMETER
        found = (self._finding(shown(ratio, n_rarer), n_parameters),) if is_found else ()
        return CheckResult.of(self.code, self.title, found, looked_at)

    def _finding(self, ratio: Estimate, n_parameters: int) -> Finding:
        number = "hardly any" if ratio.value is None else f"{ratio.value:.1f}"
        return Finding(
            code=self.code,
            title="Too few events for the number of inputs",
            severity="medium",
            explanation=(
                f"Its inputs amount to {n_parameters} parameters, and training had {number} events"
                f" for each; with fewer than {FEWEST_PER_PARAMETER:.0f} even a plain regression"
                " gives unsteady answers."
            ),
            evidence=(ratio,),
            affected="Everybody",
            remedy="Train on more patients, or with fewer inputs chosen beforehand.",
            doc=self.doc,
        )


def count_parameters(columns: Sequence[Column]) -> int:
    """Candidate parameters of a regression on these inputs."""
    return sum(1 if column.is_numeric else max(1, len(column.levels) - 1) for column in columns)
