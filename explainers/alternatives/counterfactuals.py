"""The smallest plausible changes with which the model puts a patient on the other side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from explainers.alternatives.answer_choice import FEW, choose_answers
from explainers.alternatives.change import Change, changes_between
from explainers.alternatives.counterfactual_search import search
from explainers.alternatives.minimal_changes import Goal
from explainers.alternatives.moves import MoveSet, list_moves
from explainers.alternatives.seen_patients import SeenPatients, describe_seen_patients
from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.core.provenance import Provenance
from explainers.core.study import Study
from explainers.effects.seen_values import row_of
from explainers.errors import SettingsError


@dataclass(frozen=True)
class CounterfactualSettings:
    """What counts as an answer.

    Attributes
    ----------
    n_answers : int
        Most answers; each changes another set of inputs. Those with more changes than the first
        are only given where there would be fewer than two.
    max_changed : int
        Most inputs changed at once, not counting those that are worked out from them.
    usual_share : float
        An answer may not lie farther from real patients than this share of them do, nor depart
        more from what the other inputs of a clinical concept let expect.
    allow_unexpected : bool
        Whether a change may go against clinical knowledge (a higher blood pressure for a lower
        risk), or where the schema gives no direction. Shows what the model has learnt; left out by
        default, and said so.
    each_alone : bool
        Whether each input is taken by itself: the waist may change and the weight stay, and inputs
        that are worked out from others count as changes.

    Raises
    ------
    SettingsError
        When a number lies outside its range.
    """

    n_answers: int = 4
    max_changed: int = 3
    usual_share: float = 0.95
    allow_unexpected: bool = False
    each_alone: bool = False

    def __post_init__(self) -> None:
        if self.n_answers < 1 or self.max_changed < 1:
            raise SettingsError(
                "at least one answer and one change must be allowed",
                value=(self.n_answers, self.max_changed),
            )
        if not 0.0 < self.usual_share <= 1.0:
            raise SettingsError("a share must lie between 0 and 1", value=self.usual_share)


@dataclass(frozen=True)
class Counterfactual:
    """One set of changes that puts the patient on the other side of the threshold.

    Attributes
    ----------
    changes : tuple of Change
        Encoded values; inputs worked out from a changed one say by which they are carried.
    n_changed : int
        Changes of their own.
    risk : float
        What the model says of the changed patient.
    cost : float
        Sum of the changes in units of the cohort's spread, plus their number.
    distance : float
        To the k-th nearest real patient, in standard deviations per input.
    plausibility : float
        Share of real patients who lie at least as far from their own k-th neighbour.
    row : ndarray of shape (p,)
        The changed patient, encoded.
    """

    changes: tuple[Change, ...]
    n_changed: int
    risk: float
    cost: float
    distance: float
    plausibility: float
    row: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "row", frozen_floats(self.row))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            **{name: getattr(self, name) for name in ("n_changed", "risk", "cost")},
            "distance": self.distance,
            "plausibility": self.plausibility,
            "changes": [change.to_dict() for change in self.changes],
            "row": to_json_numbers(self.row),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Counterfactual:
        """Inverse of :meth:`to_dict`."""
        changes = tuple(Change.from_dict(change) for change in record["changes"])
        return cls(**{**record, "changes": changes, "row": from_json_numbers(record["row"])})


@dataclass(frozen=True)
class Counterfactuals:
    """The answers for one patient, fewest changes first. Model behaviour, not advice.

    Attributes
    ----------
    risk, threshold : float
        The patient's risk, and the threshold to cross.
    towards_lower : bool
        Whether the answers bring the risk below the threshold.
    answers : tuple of Counterfactual
    reason : str
        Why there is no answer; empty when there is one.
    settings : CounterfactualSettings
    provenance : Provenance
    """

    risk: float
    threshold: float
    towards_lower: bool
    answers: tuple[Counterfactual, ...]
    provenance: Provenance
    reason: str = ""
    settings: CounterfactualSettings = field(default_factory=CounterfactualSettings)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "risk": self.risk,
            "threshold": self.threshold,
            "towards_lower": self.towards_lower,
            "answers": [answer.to_dict() for answer in self.answers],
            "reason": self.reason,
            "settings": asdict(self.settings),
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Counterfactuals:
        """Inverse of :meth:`to_dict`."""
        return cls(
            **{
                **record,
                "answers": tuple(Counterfactual.from_dict(answer) for answer in record["answers"]),
                "settings": CounterfactualSettings(**record["settings"]),
                "provenance": Provenance.from_dict(record["provenance"]),
            }
        )


def find_counterfactuals(
    study: Study,
    patient: str | FloatArray,
    *,
    settings: CounterfactualSettings | None = None,
    seen: SeenPatients | None = None,
) -> Counterfactuals:
    """Find small plausible changes that cross the threshold, in whichever direction that is.

    Only actionable, measured inputs change, in the direction that the schema gives, to values that
    real patients have; inputs that are worked out from each other, and closely tied inputs of one
    clinical concept, change together; the resulting combination is no farther from real patients
    than most of them are; undoing any one change would undo the crossing; the model itself has
    scored every answer. The search is a beam, so that "none found" is not a proof that
    there is none.

    Parameters
    ----------
    study : Study
    patient : str or ndarray of shape (p,)
        Patient id, or encoded values.
    settings : CounterfactualSettings, optional
    seen : SeenPatients, optional
        What :func:`describe_seen_patients` returned, where it is at hand already.

    Raises
    ------
    NotFoundError
        When there is no such patient.
    SettingsError
        When a row does not have one value per feature.
    """
    chosen = settings or CounterfactualSettings()
    yardstick = seen or describe_seen_patients(study)
    row = row_of(study, patient)
    risk = float(study.predict(row[None, :], "risk")[0])
    goal = Goal(study, towards_lower=risk >= study.threshold)
    answers, reason = _answer(goal, row, yardstick, chosen)
    return Counterfactuals(
        risk=risk,
        threshold=study.threshold,
        towards_lower=goal.towards_lower,
        answers=answers,
        reason=reason,
        settings=chosen,
        provenance=study.provenance(
            "counterfactuals", **asdict(chosen), n_neighbours=yardstick.n_neighbours
        ),
    )


def _answer(
    goal: Goal, row: FloatArray, seen: SeenPatients, settings: CounterfactualSettings
) -> tuple[tuple[Counterfactual, ...], str]:
    options = list_moves(
        row,
        goal.study.model.columns,
        seen,
        towards_lower=goal.towards_lower,
        allow_unexpected=settings.allow_unexpected,
        tied_share=None if settings.each_alone else settings.usual_share,
    )
    if not options.moves:
        return (), _nothing_crosses(goal, row, settings)
    limit = seen.distance_limit(settings.usual_share)
    enough = min(FEW, settings.n_answers)
    values, has_crossed = search(goal, options, settings.max_changed, enough, limit)
    found = _describe(goal, options, values)
    if found:
        count = _count_inputs if settings.each_alone else _count_own
        return choose_answers(found, settings.n_answers, count), ""
    if has_crossed:
        return (), _nothing_usual(goal, row, seen, settings)
    return (), _nothing_crosses(goal, row, settings)


def _count_inputs(answer: Counterfactual) -> int:
    return len(answer.changes)


def _count_own(answer: Counterfactual) -> int:
    return answer.n_changed


def _describe(goal: Goal, options: MoveSet, values: FloatArray) -> list[Counterfactual]:
    """Full answers; only those of which the model itself says that they cross."""
    rows, is_seen = options.rows(values)
    risk, crosses = goal.study.predict(rows, "risk"), goal.gaps(rows) < 0
    costs, carriers = options.costs(values), options.carriers()
    found = []
    for at in range(len(values)):
        if not (crosses[at] and is_seen[at]):
            continue
        distance = options.seen.kth_distance(rows[at])
        changes = changes_between(options.row, rows[at], options.columns, carriers)
        found.append(
            Counterfactual(
                changes=changes,
                n_changed=int((values[at] != options.own).sum()),
                risk=float(risk[at]),
                cost=float(costs[at]),
                distance=distance,
                plausibility=options.seen.share_farther(distance),
                row=rows[at],
            )
        )
    return found


def _nothing_crosses(goal: Goal, row: FloatArray, settings: CounterfactualSettings) -> str:
    limits = "" if settings.allow_unexpected else " and in line with clinical knowledge"
    inputs = (
        "1 actionable input"
        if settings.max_changed == 1
        else (f"up to {settings.max_changed} actionable inputs")
    )
    return (
        f"No change of {inputs} inside what is seen{limits} was found that crosses"
        f" {goal.study.threshold:.0%}.{_left_alone(goal, row, settings)}"
    )


def _left_alone(goal: Goal, row: FloatArray, settings: CounterfactualSettings) -> str:
    """A sentence on the inputs of which nobody said in which direction they may change."""
    names = [
        column.label
        for column, value in zip(goal.study.model.columns, row, strict=True)
        if column.actionable
        and not (column.expected_direction or column.actionable_direction or np.isnan(value))
    ]
    if settings.allow_unexpected or not names:
        return ""
    return f" Left as they are, since the schema gives no direction: {', '.join(names)}."


def _nothing_usual(
    goal: Goal, row: FloatArray, seen: SeenPatients, settings: CounterfactualSettings
) -> str:
    share = f"{settings.usual_share:.0%} of real patients"
    own = seen.kth_distance(row)
    if own > seen.distance_limit(settings.usual_share):
        return (
            f"This patient's own combination of values is more unusual than that of {share}, so"
            " that no change could be checked against patients like this one."
        )
    return (
        f"Every change found that crosses {goal.study.threshold:.0%} leads to a combination of"
        f" values more unusual than that of {share}."
    )
