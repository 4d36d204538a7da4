"""Which patients to look at: a question that fits into one line of an address.

The line names features, groups and outcomes, never a patient.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args
from urllib.parse import quote, unquote

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.core.study import Study
from explainers.errors import PellucidError, SettingsError

RecordedOutcome = Literal["any", "yes", "no", "unknown"]
Call = Literal["any", "wrong", "missed", "false_alarm"]
Order = Literal["recorded", "highest_risk", "lowest_risk", "nearest_threshold"]
Range = tuple[float, float]

_SEPARATOR, _ASSIGN, _TO, _OR = ";", "=", "..", "|"
_RISK, _OUTCOME, _CALL, _ORDER = "risk", "outcome", "model", "order"
_GROUP, _INPUT = "group.", "input."
MOST_CONDITIONS = 40


@dataclass(frozen=True)
class PatientQuery:
    """Conditions that all have to hold, and an order.

    Attributes
    ----------
    risk : (float, float) or None
        Smallest and largest predicted risk, in [0, 1].
    outcome : {"any", "yes", "no", "unknown"}
        What was recorded.
    call : {"any", "wrong", "missed", "false_alarm"}
        How the model's side of the threshold compares with what was recorded: missed has the
        outcome below the threshold, a false alarm lacks it at or above.
    groups : tuple of (str, str)
        Name of a grouping and label of one of its groups.
    ranges : tuple of (str, (float, float))
        Name of a numeric feature, smallest and largest value; who was not measured is left out.
    levels : tuple of (str, tuple of str)
        Name of a feature and the levels wanted.
    order : {"recorded", "highest_risk", "lowest_risk", "nearest_threshold"}
    """

    risk: Range | None = None
    outcome: RecordedOutcome = "any"
    call: Call = "any"
    groups: tuple[tuple[str, str], ...] = ()
    ranges: tuple[tuple[str, Range], ...] = ()
    levels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    order: Order = "recorded"

    def __post_init__(self) -> None:
        for low, high in self._all_ranges():
            if not low <= high:
                raise SettingsError("a range must ascend", value=(low, high))

    def _all_ranges(self) -> Iterator[Range]:
        if self.risk is not None:
            yield self.risk
        yield from (limits for _, limits in self.ranges)

    @property
    def n_conditions(self) -> int:
        """How many conditions have to hold; the order is none."""
        single = (self.risk is not None, self.outcome != "any", self.call != "any")
        return sum(single) + len(self.groups) + len(self.ranges) + len(self.levels)

    def find(self, study: Study) -> IntArray:
        """Rows (k,) of the study's patients who meet every condition, in the order asked for.

        Raises
        ------
        SettingsError, SchemaError
            When the model has no such feature or level, or the schema no such group.
        """
        matches = np.ones(len(study.cohort), dtype=bool)
        for condition in self._conditions(study):
            matches &= condition
        rows: IntArray = np.flatnonzero(matches).astype(np.int64)
        if self.order == "recorded":
            return rows
        risk = study.risk[rows]
        keys = {
            "highest_risk": -risk,
            "lowest_risk": risk,
            "nearest_threshold": np.abs(risk - study.threshold),
        }
        ordered: IntArray = rows[np.argsort(keys[self.order], kind="stable")]
        return ordered

    def _conditions(self, study: Study) -> Iterator[BoolArray]:
        if self.risk is not None:
            yield (study.risk >= self.risk[0]) & (study.risk <= self.risk[1])
        if self.outcome != "any":
            wanted = {"yes": study.labels == 1, "no": study.labels == 0}
            yield wanted.get(self.outcome, ~study.is_labelled)
        if self.call != "any":
            yield _called(study, self.call)
        for name, label in self.groups:
            yield _in_group(study, name, label)
        for name, (low, high) in self.ranges:
            values = study.matrix[:, _position(study, name)]
            yield (values >= low) & (values <= high)
        for name, wanted_levels in self.levels:
            at = _position(study, name)
            codes = [_code(study, at, level) for level in wanted_levels]
            yield np.isin(study.matrix[:, at], codes)

    def to_text(self) -> str:
        """The question as one line; "" where it asks for everybody as recorded."""
        parts = [] if self.risk is None else [f"{_RISK}{_ASSIGN}{_range_text(self.risk)}"]
        for key, value, default in (
            (_OUTCOME, self.outcome, "any"),
            (_CALL, self.call, "any"),
            (_ORDER, self.order, "recorded"),
        ):
            if value != default:
                parts.append(f"{key}{_ASSIGN}{value}")
        parts += [f"{_GROUP}{_quoted(n)}{_ASSIGN}{_quoted(label)}" for n, label in self.groups]
        parts += [f"{_INPUT}{_quoted(n)}{_ASSIGN}{_range_text(r)}" for n, r in self.ranges]
        for name, wanted in self.levels:
            told = _OR.join(map(_quoted, wanted))
            parts.append(f"{_INPUT}{_quoted(name)}{_ASSIGN}{told}")
        return _SEPARATOR.join(parts)

    @classmethod
    def from_text(cls, text: str, study: Study) -> PatientQuery:
        """Inverse of :meth:`to_text`.

        Raises
        ------
        SettingsError
            When the line is malformed, or asks for something that the study does not have.
        """
        parts = conditions_in(text)
        if len(parts) > MOST_CONDITIONS:
            raise SettingsError(
                f"a question has at most {MOST_CONDITIONS} conditions", value=len(parts)
            )
        query = cls()
        for part in parts:
            query = query._with(part, study)
        try:
            query.find(study)
        except PellucidError as error:
            raise SettingsError(f"this question does not fit the cohort: {error}") from error
        return query

    def _with(self, part: str, study: Study) -> PatientQuery:
        """The question with one more condition, as it stands in the line."""
        key, assign, value = part.partition(_ASSIGN)
        if not assign:
            raise SettingsError("a condition needs a name and a value", value=part)
        choices: Mapping[str, tuple[str, tuple[str, ...]]] = {
            _OUTCOME: ("outcome", get_args(RecordedOutcome)),
            _CALL: ("call", get_args(Call)),
            _ORDER: ("order", get_args(Order)),
        }
        changes: dict[str, Any]
        if key in choices:
            field, allowed = choices[key]
            if value not in allowed:
                raise SettingsError(f"{key} must be one of {', '.join(allowed)}", value=value)
            changes = {field: value}
        elif key == _RISK:
            changes = {"risk": _parse_range(value)}
        elif key.startswith(_GROUP):
            added = (unquote(key.removeprefix(_GROUP)), unquote(value))
            changes = {"groups": (*self.groups, added)}
        elif key.startswith(_INPUT):
            changes = self._input(unquote(key.removeprefix(_INPUT)), value, study)
        else:
            raise SettingsError("there is no condition of that name", value=key)
        return replace(self, **changes)

    def _input(self, name: str, value: str, study: Study) -> dict[str, Any]:
        column = study.model.columns[_position(study, name)]
        if column.is_numeric:
            return {"ranges": (*self.ranges, (name, _parse_range(value)))}
        wanted = tuple(unquote(level) for level in value.split(_OR))
        return {"levels": (*self.levels, (name, wanted))}


def conditions_in(text: str) -> tuple[str, ...]:
    """The conditions of a line, each as it stands there."""
    return tuple(part for part in text.split(_SEPARATOR) if part)


def read_condition(part: str) -> tuple[str, str, str]:
    """What a condition is about: kind, name and value.

    Kind is ``risk``, ``outcome``, ``model``, ``order``, ``group`` or ``input``; for the last two
    the name says which one. Of a condition that asks for anything else the kind is "".
    """
    key, _, value = part.partition(_ASSIGN)
    for kind in (_GROUP, _INPUT):
        if key.startswith(kind):
            return kind.rstrip("."), unquote(key.removeprefix(kind)), unquote(value)
    is_known = key in (_RISK, _OUTCOME, _CALL, _ORDER)
    return key if is_known else "", "", unquote(value)


def _called(study: Study, call: Call) -> BoolArray:
    is_above = study.risk >= study.threshold
    missed = (study.labels == 1) & ~is_above
    false_alarm = (study.labels == 0) & is_above
    kinds: Mapping[Call, BoolArray] = {"missed": missed, "false_alarm": false_alarm}
    return kinds.get(call, missed | false_alarm)


def _in_group(study: Study, name: str, label: str) -> BoolArray:
    groups = study.cohort.group_labels(name)
    if label not in list(groups.categories):
        raise SettingsError(f"the groups by {name!r} do not include this one", value=label)
    is_member: BoolArray = np.asarray(groups.codes == list(groups.categories).index(label))
    return is_member


def _position(study: Study, name: str) -> int:
    names = study.model.feature_names
    if name not in names:
        raise SettingsError("patients can be found by a feature of the model only", value=name)
    return names.index(name)


def _code(study: Study, at: int, level: str) -> int:
    column = study.model.columns[at]
    if level not in column.levels:
        raise SettingsError(f"{column.label} has no such level", value=level)
    return column.levels.index(level)


def _quoted(text: str) -> str:
    return quote(text, safe=" ")


def _range_text(limits: Range) -> str:
    return _TO.join(f"{limit:.10g}" for limit in limits)


def _parse_range(text: str) -> Range:
    try:
        low, high = (float(part) for part in text.split(_TO))
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high)):
        raise SettingsError("a range needs two numbers, such as 20..40", value=text)
    return low, high
