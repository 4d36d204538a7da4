from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from explainers.errors import SchemaError
from explainers.intake.schema_file import load_schema, parse_schema

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "cohort": {"name": "ward", "title": "Ward", "description": "", "patient_id": "id"},
    "columns": [
        {"name": "age", "label": "Age", "kind": "integer", "unit": "years"},
        {"name": "pain", "label": "Pain", "kind": "category", "levels": ["none", "some"]},
    ],
    "outcomes": [
        {"name": "old", "label": "Old", "noun": "is old", "horizon": "now",
         "any_of": [{"column": "age", "at_least": 80}]}
    ],
    "groups": [{"name": "pain", "label": "Pain", "column": "pain", "reference": "none"}],
    "corrections": [{"patient_id": "a", "column": "age", "from": 7, "to": 70, "reason": "typo"}],
}  # fmt: skip


def test_a_schema_is_read_whole() -> None:
    schema = parse_schema(DOCUMENT)
    assert schema.column("age").label_with_unit == "Age (years)"
    assert schema.outcome("old").any_of[0].at_least == 80
    assert schema.group("pain").labels == ("none", "some")
    assert schema.corrections[0].right == "70"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"format": 2}, "format = 1"),
        ({"columns": []}, "at least one"),
        ({"columns": "age"}, "list of tables"),
        ({"cohort": 3}, "needs a"),
        ({"cohort": {"name": "x", "title": "", "description": ""}}, "patient_id"),
        ({"cohort": {"name": "x", "patient_id": "id"}}, "incomplete"),
        ({"extra": 1}, "not known"),
        ({"columns": [{"name": "a", "label": "A", "kind": "text"}]}, "kind must be"),
        ({"columns": [{"name": "a", "label": "A", "kind": "number", "role": "spy"}]}, "role must"),
        ({"columns": [{"name": "a", "label": "A", "kind": "number", "colour": 1}]}, "colour"),
        ({"columns": [{"name": "a", "kind": "number"}]}, "incomplete"),
        (
            {"columns": [{"name": "a", "label": "A", "kind": "number", "actionable": True,
                          "actionable_direction": "down"}]},
            "actionable_direction must be",
        ),
        (
            {"columns": [{"name": "a", "label": "A", "kind": "number",
                          "actionable_direction": "lower"}]},
            "not actionable",
        ),
        ({"outcomes": [{"name": "o", "label": "O", "noun": "", "horizon": ""}]}, "condition"),
        ({"groups": [{"name": "g", "label": "G", "column": "x", "reference": "y"}]}, "reference"),
        ({"corrections": [{"patient_id": "a", "column": "zzz", "from": 1, "to": 2,
                           "reason": ""}]}, "zzz"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(change: dict[str, Any], rule: str) -> None:
    with pytest.raises(SchemaError, match=rule):
        parse_schema({**copy.deepcopy(DOCUMENT), **change})


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="readable"):
        load_schema(tmp_path / "absent.toml")
    for name, content in (("latin.toml", "a = 'é'".encode("latin-1")), ("bad.toml", b"= 3")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SchemaError, match="TOML"):
            load_schema(tmp_path / name)
