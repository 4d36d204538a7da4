"""Reading a schema from its TOML file."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from explainers.core.schema import (
    CohortFacts,
    Column,
    Condition,
    Correction,
    Grouping,
    Outcome,
    Schema,
)
from explainers.errors import SchemaError

FORMAT = 1
KINDS = ("number", "integer", "category", "yes_no")
ROLES = ("feature", "attribute", "outcome", "excluded")
DIRECTIONS = ("higher", "lower", "")
ACTIONABLE_DIRECTIONS = (*DIRECTIONS, "either")
CLUSTER_KEYS = ("person", "site")
CHOICES = (
    ("kind", KINDS),
    ("role", ROLES),
    ("expected_direction", DIRECTIONS),
    ("actionable_direction", ACTIONABLE_DIRECTIONS),
)

Record = TypeVar("Record")


def load_schema(path: Path) -> Schema:
    """Read and check a schema.

    Raises
    ------
    SchemaError
        When the file is missing, is not TOML, has an unknown key, or contradicts itself.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SchemaError("a schema file must be readable", value=str(path)) from error
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SchemaError(f"a schema must be valid TOML: {error}", value=path.name) from error
    return parse_schema(document, digest=hashlib.sha256(content).hexdigest())


def parse_schema(document: Mapping[str, Any], *, digest: str = "") -> Schema:
    """Build a schema from a parsed TOML document; SchemaError as in :func:`load_schema`."""
    _reject_unknown(
        "the schema",
        document,
        ("format", "cohort", "columns", "outcomes", "groups", "corrections"),
    )
    if document.get("format") != FORMAT:
        raise SchemaError(f"a schema must declare format = {FORMAT}", value=document.get("format"))
    cohort = dict(_table(document, "cohort"))
    patient_id = cohort.pop("patient_id", None)
    if not isinstance(patient_id, str):
        raise SchemaError("[cohort] must name the patient_id column", value=patient_id)
    clusters = {key: cohort.pop(key, "") for key in CLUSTER_KEYS}
    for key, name in clusters.items():
        if not isinstance(name, str):
            raise SchemaError(f"{key} under [cohort] must be the name of a column", value=name)
    columns = tuple(_column(entry) for entry in _tables(document, "columns"))
    if not columns:
        raise SchemaError("a schema needs at least one [[columns]] entry")
    return Schema(
        facts=_build(CohortFacts, cohort, "[cohort]"),
        patient_id=patient_id,
        columns=columns,
        outcomes=tuple(_outcome(entry) for entry in _tables(document, "outcomes")),
        groups=tuple(_grouping(entry, columns) for entry in _tables(document, "groups")),
        corrections=tuple(_correction(entry) for entry in _tables(document, "corrections")),
        digest=digest,
        **clusters,
    )


def _column(entry: Mapping[str, Any]) -> Column:
    where = f"the column {entry.get('name')!r}"
    for key, allowed in CHOICES:
        if key in entry and entry[key] not in allowed:
            raise SchemaError(f"{where}: {key} must be one of {allowed}", value=entry[key])
    return _build(Column, entry, where)


def _outcome(entry: Mapping[str, Any]) -> Outcome:
    where = f"the outcome {entry.get('name')!r}"
    conditions = tuple(
        _build(Condition, condition, where) for condition in _tables(entry, "any_of")
    )
    if not conditions:
        raise SchemaError(f"{where} needs at least one condition in any_of")
    return _build(Outcome, {**entry, "any_of": conditions}, where)


def _grouping(entry: Mapping[str, Any], columns: tuple[Column, ...]) -> Grouping:
    """Groups of a category take the column's levels as labels unless they declare their own."""
    where = f"the group {entry.get('name')!r}"
    levels = next((c.levels for c in columns if c.name == entry.get("column")), ())
    return _build(Grouping, {"labels": levels, **entry}, where)


def _correction(entry: Mapping[str, Any]) -> Correction:
    renamed = {
        {"from": "wrong", "to": "right"}.get(key, key): str(value) for key, value in entry.items()
    }
    return _build(Correction, renamed, "a correction")


def _build(kind: type[Record], entry: Mapping[str, Any], where: str) -> Record:
    """Construct a frozen record from a TOML table; lists become tuples."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    _reject_unknown(where, entry, tuple(names))
    values = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    try:
        return kind(**values)
    except TypeError as error:
        raise SchemaError(f"{where} is incomplete: {error}", value=sorted(entry)) from error


def _reject_unknown(where: str, entry: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = sorted(set(entry) - set(known))
    if unknown:
        raise SchemaError(
            f"{where} has a key that is not known",
            value=unknown,
            remedy=f"Known keys: {', '.join(known)}.",
        )


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    if not isinstance(value, Mapping):
        raise SchemaError(f"the schema needs a [{key}] table", value=value)
    return value


def _tables(document: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = document.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        raise SchemaError(f"{key} must be a list of tables", value=value)
    return value
