"""What a model may predict: which column says so, and which of its values mean that it happened."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import numpy as np

from explainers.core.schema import Column, Condition, Outcome
from explainers.intake.proposal.guess import Guess
from explainers.intake.proposal.names import OUTCOMES, words_of
from explainers.intake.proposal.readings import Reading


def find_outcome(
    readings: Mapping[str, Reading], features: Collection[str], guesses: list[Guess]
) -> str:
    """The column with an outcome's name that has two values; the last where several have."""
    found = [
        name
        for name, reading in readings.items()
        if name not in features
        and len(reading.texts) == 2
        and any(word in OUTCOMES for word in words_of(name))
    ]
    if found:
        doubt = "is this what the model predicts?"
        if len(found) > 1:
            doubt += f" Others may be it: {', '.join(found[:-1])}."
        reason = "its name speaks of an outcome, and it has two values"
        guesses.append(Guess(found[-1], "role", "outcome", reason, doubt))
        return found[-1]
    reason = "no column has two values and a name that speaks of one"
    guesses.append(Guess("", "outcome", "", reason, "name it, or no performance can be measured"))
    return ""


def propose_outcomes(
    column: Column | None, reading: Reading | None, guesses: list[Guess]
) -> tuple[Outcome, ...]:
    """The outcome that a column is the source of; none where there is no usable column."""
    if column is None or reading is None or column.role == "excluded":
        return ()
    condition = _condition(column, reading, guesses)
    name = re.sub(r"[^a-z0-9]+", "-", column.name.lower()).strip("-")[:60] or "outcome"
    doubt = "say it so that it completes: 12 in 100 patients like this ..."
    noun = f"have the outcome {column.label}"
    guesses.append(Guess(column.name, "noun", noun, "made from the label", doubt))
    return (Outcome(name, column.label, noun, "when recorded", (condition,)),)


def _condition(column: Column, reading: Reading, guesses: list[Guess]) -> Condition:
    if column.kind == "yes_no":
        return Condition(column.name, equals="yes")
    if column.is_numeric:
        highest = float(np.nanmax(reading.numbers))
        doubt = "is this the value of a patient who has it?"
        guesses.append(Guess(column.name, "at_least", f"{highest:g}", "the higher value", doubt))
        return Condition(column.name, at_least=highest)
    rarer = min(column.levels, key=lambda level: int(reading.counts[reading.texts == level].sum()))
    doubt = "is this the level of a patient who has it?"
    guesses.append(Guess(column.name, "equals", rarer, "the rarer level", doubt))
    return Condition(column.name, equals=rarer)
