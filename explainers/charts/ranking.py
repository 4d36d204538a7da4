"""One patient's contributions, ordered and named, as the charts and their tables show them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from explainers.charts.wording import format_change
from explainers.core.attribution import Attribution
from explainers.core.encoding import format_value
from explainers.core.link import Scale
from explainers.core.schema import Column
from explainers.errors import SettingsError

# A residual below this is rounding, not something left unexplained.
SMALLEST_RESIDUAL = 1e-6
MAX_BARS = 30
# Stands before an input that is shown in place of its concept.
PART_OF = "\N{DOWNWARDS ARROW WITH TIP RIGHTWARDS}"


@dataclass(frozen=True)
class Reason:
    """One contribution to one prediction.

    Attributes
    ----------
    name : str
        Feature or concept; empty for the remainder and the residual.
    label : str
        Name on screen.
    value_text : str
        The patient's value or values, with units; "not measured" where missing.
    contribution : float
        In the unit of the attribution.
    std_error : float or None
        Sampling error of the contribution.
    """

    name: str
    label: str
    value_text: str
    contribution: float
    std_error: float | None = None

    @property
    def margin(self) -> float:
        """Half width of a 95% interval for the sampling error; 0 where there is none."""
        error = self.std_error
        return 1.96 * error if error is not None and np.isfinite(error) else 0.0

    def change_text(self, scale: Scale) -> str:
        """The contribution with sign and unit, and its interval where the method samples."""
        change = format_change(self.contribution, scale)
        if not self.margin:
            return change
        number, unit, _ = change.partition(" points")
        low, high = (
            format_change(self.contribution + side * self.margin, scale).removesuffix(unit)
            for side in (-1, 1)
        )
        return f"{number} [{low}, {high}]{unit}"


@dataclass(frozen=True)
class Opened:
    """A concept that is shown by its single inputs.

    Attributes
    ----------
    concept : str
    features : Attribution
        The same reasons before they were summed into concepts.
    """

    concept: str
    features: Attribution


@dataclass(frozen=True)
class Reasons:
    """Contributions of one patient, largest first, that add up from start to end.

    Attributes
    ----------
    start, end : float
        Baseline and prediction.
    scale : {"risk", "log-odds"}
        The unit of everything.
    top : tuple of Reason
        The largest contributions, in order.
    remainder : Reason or None
        The sum of all others.
    residual : Reason or None
        What the contributions leave unexplained, where that is more than rounding.
    """

    start: float
    end: float
    scale: Scale
    top: tuple[Reason, ...]
    remainder: Reason | None
    residual: Reason | None

    @property
    def rows(self) -> tuple[Reason, ...]:
        """Everything between start and end, in display order."""
        return self.top + tuple(row for row in (self.remainder, self.residual) if row is not None)

    @property
    def is_complete(self) -> bool:
        """Whether every number is finite, so that there is something to draw."""
        numbers = [self.start, self.end, *(row.contribution for row in self.rows)]
        return bool(np.isfinite(numbers).all())


def rank_reasons(
    attribution: Attribution,
    columns: Sequence[Column],
    *,
    n_bars: int = 5,
    patient_values: Sequence[float] | None = None,
    opened: Opened | None = None,
) -> Reasons:
    """Order and name one patient's contributions.

    Parameters
    ----------
    attribution : Attribution
        Of one patient; of features, or of concepts after ``by_concept``.
    columns : sequence of Column, length p
        The model's columns: labels, units and concepts come from here.
    n_bars : int
        How many contributions stand alone, 1 to 30; a single one left over stands alone too.
    patient_values : sequence of float, length p, optional
        Encoded values of the patient in the order of ``columns``. Needed only to show the values
        behind a concept; features bring their own.
    opened : Opened, optional
        A concept among the ``n_bars`` largest whose single inputs stand in its place.

    Raises
    ------
    SettingsError
        When the attribution holds more or less than one patient, ``n_bars`` is out of range, or
        the values do not match the columns.
    """
    if len(attribution.patient_ids) != 1:
        raise SettingsError(
            "this chart explains one patient",
            value=len(attribution.patient_ids),
            remedy="Choose one with attribution.patient(patient_id).",
        )
    if not 1 <= n_bars <= MAX_BARS:
        raise SettingsError(f"a chart shows 1 to {MAX_BARS} reasons", value=n_bars)
    named = _named_reasons(attribution, columns, _known_values(columns, patient_values))
    n_alone = len(named) if len(named) == n_bars + 1 else n_bars
    with np.errstate(invalid="ignore"):  # infinite contributions are reported, not warned about
        residual = float(attribution.residual()[0])
    return Reasons(
        start=float(attribution.baseline[0]),
        end=float(attribution.prediction[0]),
        scale=attribution.scale,
        top=_open(named[:n_alone], opened, columns),
        remainder=_remainder(named[n_alone:], columns),
        residual=None
        if abs(residual) <= SMALLEST_RESIDUAL
        else Reason("", "Not explained", "", residual),
    )


def _open(
    top: Sequence[Reason], opened: Opened | None, columns: Sequence[Column]
) -> tuple[Reason, ...]:
    """The reasons with one concept replaced by its inputs, largest first, where it stood."""
    if opened is None:
        return tuple(top)
    members = {column.name for column in columns if column.concept == opened.concept}
    inputs = [
        replace(reason, label=f"{PART_OF} {reason.label}")
        for reason in _named_reasons(opened.features, columns, {})
        if reason.name in members
    ]
    return tuple(
        shown
        for reason in top
        for shown in (inputs if reason.name == opened.concept and inputs else [reason])
    )


def input_label(name: str, columns: Sequence[Column]) -> str:
    """Name on screen of a feature; a concept is its own name."""
    return next((column.label for column in columns if column.name == name), name)


def _named_reasons(
    attribution: Attribution, columns: Sequence[Column], known: Mapping[str, float]
) -> tuple[Reason, ...]:
    errors = attribution.std_error
    values = attribution.feature_values
    reasons = []
    for at in attribution.ranking()[0]:
        name = attribution.feature_names[at]
        members = _members(name, columns)
        shown = dict(known) if values is None else {**known, name: float(values[0, at])}
        reasons.append(
            Reason(
                name=name,
                label=input_label(name, columns),
                value_text=_value_text(name, members, shown),
                contribution=float(attribution.values[0, at]),
                std_error=None if errors is None else float(errors[0, at]),
            )
        )
    return tuple(reasons)


def _members(name: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The column of that name, else the columns of that concept."""
    exact = tuple(column for column in columns if column.name == name)
    return exact or tuple(column for column in columns if column.concept == name)


def _is_feature(name: str, members: Sequence[Column]) -> bool:
    return len(members) == 1 and members[0].name == name


def _value_text(name: str, members: Sequence[Column], shown: Mapping[str, float]) -> str:
    if _is_feature(name, members):
        return _one_value(members[0], shown)
    parts = [f"{column.label}: {_one_value(column, shown)}" for column in members]
    return "; ".join(parts) if any(column.name in shown for column in members) else ""


def _one_value(column: Column, shown: Mapping[str, float]) -> str:
    if column.name not in shown:
        return ""
    value = shown[column.name]
    is_level = column.is_numeric or np.isnan(value) or 0 <= value < len(column.levels)
    return format_value(value, column) if is_level else "unknown level"


def _known_values(
    columns: Sequence[Column], patient_values: Sequence[float] | None
) -> dict[str, float]:
    if patient_values is None:
        return {}
    if len(patient_values) != len(columns):
        raise SettingsError(
            f"a patient of {len(columns)} columns has as many values", value=len(patient_values)
        )
    return {
        column.name: float(value) for column, value in zip(columns, patient_values, strict=True)
    }


def _remainder(others: Sequence[Reason], columns: Sequence[Column]) -> Reason | None:
    if not others:
        return None
    n_inputs = sum(max(len(_members(other.name, columns)), 1) for other in others)
    contributions = [other.contribution for other in others]
    noun = "input" if n_inputs == 1 else "inputs"
    total = math.fsum(contributions) if all(map(math.isfinite, contributions)) else math.nan
    return Reason("", f"Everything else ({n_inputs} {noun})", "", total)
