"""A schema as the TOML that ``schema_file`` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

import tomli_w

from explainers.core.schema import YES_NO_LEVELS, Schema

FORMAT = 1
_OWN_KEYS = {"wrong": "from", "right": "to"}


def write_schema(schema: Schema, *, remarks: Mapping[str, Sequence[str]] | None = None) -> bytes:
    """The schema as TOML; :func:`~explainers.intake.schema_file.parse_schema` reads it back.

    Parameters
    ----------
    schema : Schema
    remarks : Mapping[str, sequence of str], optional
        Comments, by the name of the column or outcome above which they are to stand; those under
        "" stand first.
    """
    said = remarks or {}
    clusters = {"person": schema.person, "site": schema.site}
    heading = {
        "format": FORMAT,
        "cohort": {
            **_entries(schema.facts),
            "patient_id": schema.patient_id,
            **{key: name for key, name in clusters.items() if name},
        },
    }
    parts = [_comment(said.get("", ())), tomli_w.dumps(heading)]
    for key, records in (
        ("columns", schema.columns),
        ("outcomes", schema.outcomes),
        ("groups", schema.groups),
        ("corrections", schema.corrections),
    ):
        for record in records:
            remark = said.get(getattr(record, "name", ""), ()) if key != "groups" else ()
            parts.append(_comment(remark) + _table(key, _entries(record)))
    return "\n".join(part for part in parts if part).encode("utf-8")


def _table(path: str, entries: Mapping[str, Any]) -> str:
    """One [[table]], with the tables inside it after its own entries."""
    inner = {key: value for key, value in entries.items() if _is_tables(value)}
    own = {key: value for key, value in entries.items() if key not in inner}
    below = [_table(f"{path}.{key}", one) for key, value in inner.items() for one in value]
    return f"[[{path}]]\n{tomli_w.dumps(own)}{''.join(below)}"


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _entries(record: Any) -> dict[str, Any]:
    """What differs from the defaults, as TOML has it."""
    entries = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if value is None or (field.default is not MISSING and value == field.default):
            continue
        if field.name == "levels" and value == YES_NO_LEVELS and record.kind == "yes_no":
            continue
        entries[_OWN_KEYS.get(field.name, field.name)] = _plain(value)
    return entries


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_entries(one) if hasattr(one, "__dataclass_fields__") else one for one in value]
    return value


def _comment(lines: Sequence[str]) -> str:
    """Lines that cannot leave their comment, whatever stands in a column's name."""
    safe = ["".join(c if c.isprintable() else " " for c in line) for line in lines]
    return "".join(f"# {line}\n" for line in safe)
