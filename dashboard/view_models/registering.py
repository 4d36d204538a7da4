"""What the page of registering shows: rows of tables, and the schema that an edited table means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from dashboard.wording import say
from explainers.core.schema import Column, Kind, Role, Schema
from explainers.errors import SchemaError
from explainers.intake.identifiers import IdentifierClass, IdentifierReport, TreatmentKind
from explainers.intake.schema_file import KINDS, ROLES
from explainers.intake.validation import Problem
from explainers.registration import FeatureMatch, ModelDraft

LEVEL_MARK = "|"


def schema_rows(schema: Schema) -> list[dict[str, Any]]:
    """One row per column, with what can be corrected."""
    return [
        {
            "name": column.name,
            "label": column.label,
            "kind": column.kind,
            "role": column.role,
            "unit": column.unit,
            "levels": LEVEL_MARK.join(column.levels) if column.kind == "category" else "",
            "low": None if column.valid_range is None else column.valid_range[0],
            "high": None if column.valid_range is None else column.valid_range[1],
            "missing": LEVEL_MARK.join(map(str, column.missing_codes)),
            "sensitive": column.sensitive,
        }
        for column in schema.columns
    ]


def corrected_schema(schema: Schema, rows: Sequence[Mapping[str, Any]]) -> Schema:
    """The schema that the rows mean; SchemaError where they contradict each other."""
    by_name = {str(row["name"]): row for row in rows}
    columns = tuple(_corrected(column, by_name[column.name]) for column in schema.columns)
    kept = {column.name: column for column in columns}
    outcomes = tuple(
        outcome
        for outcome in schema.outcomes
        if all(kept[one.column].role != "excluded" for one in outcome.any_of)
    )
    groups = tuple(
        group
        for group in schema.groups
        if kept[group.column].role not in ("excluded", "outcome")
        and (group.cuts or set(group.labels) <= set(kept[group.column].levels))
    )
    return replace(schema, columns=columns, outcomes=outcomes, groups=groups)


def event_values(column: Column) -> tuple[str, ...]:
    """The values of which one may mean that a patient has the outcome."""
    return ("yes", "no") if column.kind == "yes_no" else column.levels


def fitting_treatments(report: IdentifierReport, column: str) -> tuple[TreatmentKind, ...]:
    """What can be done about a column, by what it was taken for."""
    kinds = {hit.kind for hit in report.hits_of(column)}
    fitting = [TreatmentKind.DROP]
    if IdentifierClass.DATE in kinds:
        fitting += [TreatmentKind.CAP_AGE, TreatmentKind.KEEP_YEAR]
    if IdentifierClass.PLACE in kinds:
        fitting.append(TreatmentKind.ZIP_AREA)
    return (*fitting, TreatmentKind.JUSTIFY)


def problem_rows(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """What does not fit: where, what stands there, which rule it breaks, what to do."""
    return [
        {
            say("data.row"): "" if one.row is None else str(one.row),
            say("data.column"): one.column,
            say("data.value"): one.value,
            say("data.rule"): one.rule,
            say("data.remedy"): one.remedy,
        }
        for one in problems
    ]


def hit_words(report: IdentifierReport, column: str) -> str:
    """Why a column is suspected, in one line."""
    return "; ".join(
        say("data.hit", words=hit.words, n=f"{hit.n_rows:,}") for hit in report.hits_of(column)
    )


def match_rows(matches: Sequence[FeatureMatch]) -> list[dict[str, str]]:
    """Input, column and how it was found."""
    return [
        {
            say("data.input"): match.feature,
            say("data.column"): match.column or say("data.no_column"),
            say("data.how"): say(f"data.how_{match.how.replace(' ', '_') or 'none'}"),
        }
        for match in matches
    ]


def score_rows(draft: ModelDraft, own_ids: Mapping[str, str]) -> list[dict[str, str]]:
    """Ten patients, by their ids in the table, with what the model says and what was recorded.

    By the new ids nobody could compare them with what the model says elsewhere.
    """
    words = {True: say("data.yes"), False: say("data.no"), None: say("data.not_recorded")}
    return [
        {
            say("data.patient"): own_ids[one.patient_id],
            say("data.risk"): f"{one.risk:.1%}",
            say("data.recorded"): words[one.outcome],
        }
        for one in draft.scores
    ]


def _corrected(column: Column, row: Mapping[str, Any]) -> Column:
    kind, role = str(row["kind"]), str(row["role"])
    if kind not in KINDS or role not in ROLES:
        raise SchemaError("a column needs a known kind and role", value=(kind, role))
    levels = tuple(part.strip() for part in _text(row["levels"]).split(LEVEL_MARK) if part.strip())
    low, high = _number(row["low"]), _number(row["high"])
    has_range = kind in ("number", "integer") and low is not None and high is not None
    return replace(
        column,
        label=_text(row["label"]) or column.name,
        concept=_text(row["label"]) or column.name,
        kind=cast("Kind", kind),
        role=cast("Role", role),
        unit=_text(row["unit"]),
        levels=levels if kind == "category" else (),
        ordered=column.ordered and levels == column.levels,
        valid_range=(cast("float", low), cast("float", high)) if has_range else None,
        missing_codes=tuple(map(_code, filter(None, _text(row["missing"]).split(LEVEL_MARK)))),
        sensitive=bool(row["sensitive"]),
        note=column.note or (say("data.left_out") if role == "excluded" else ""),
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and value == value  # noqa: PLR0124 - NaN is not
    return float(value) if is_number else None  # type: ignore[arg-type]


def _code(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.strip()
