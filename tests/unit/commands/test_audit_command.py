from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explainers.audit import Action, Event
from explainers.audit.place import AuditPlace


@pytest.fixture
def place(tmp_path: Path) -> AuditPlace:
    """A workspace with three records."""
    place = AuditPlace.of_workspace(tmp_path)
    log = place.open_log()
    for action, actor in (
        (Action.SIGN_IN, "dr.a@example.org"),
        (Action.DENIED, "dr.b@example.org"),
        (Action.OVERRIDE, "eve'; DROP TABLE records --"),
    ):
        log.append(Event(action, actor=actor, role="clinician", details={"view": "patient"}))
    log.close()
    return place


@pytest.fixture
def audit(pellucid: Callable[..., Any], place: AuditPlace) -> Callable[..., Any]:
    return lambda *words: pellucid("audit", *words, workspace=place.directory.parent)


def test_a_whole_log_is_said_to_be_whole(audit: Callable[..., Any]) -> None:
    answer = audit("verify")
    assert answer.code == 0
    assert "3 records, compared with 3 heads" in answer.out


def test_a_flipped_byte_names_the_record_and_exits_with_1(
    audit: Callable[..., Any], place: AuditPlace
) -> None:
    file = place.directory / "audit.db"
    content = file.read_bytes()
    assert content.count(b"dr.b@example.org") >= 1
    file.write_bytes(content.replace(b"dr.b@example.org", b"dr.c@example.org"))
    answer = audit("verify", "--json")
    assert answer.code == 1
    assert answer.json["first_bad"] == 2
    assert "Record 2 is the first bad one: it was changed" in audit("verify").out


def test_a_cut_tail_is_found_by_the_heads(audit: Callable[..., Any], place: AuditPlace) -> None:
    heads = place.directory / "audit.heads"
    heads.write_text(heads.read_text("ascii") + f"\n4 {'a' * 64}", encoding="ascii")
    answer = audit("verify")
    assert answer.code == 1
    assert "Record 4" in answer.out


def test_records_are_shown_newest_first_and_narrowed(audit: Callable[..., Any]) -> None:
    shown = audit("show", "--json").json
    assert [one["seq"] for one in shown] == [3, 2, 1]
    assert [one["seq"] for one in audit("show", "--action", "denied", "--json").json] == [2]
    assert audit("show", "--actor", "nobody", "--json").json == []
    assert audit("show", "--since", "2999-01-01", "--json").json == []
    assert "3 of 3 records" in audit("show").out
    assert "1 of 3 records" in audit("show", "--newest", "1").out


def test_who_opened_a_patient_is_found_by_id_and_the_question_is_on_record(
    audit: Callable[..., Any], place: AuditPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """45 CFR 164.528: a patient who asks is told; the id itself goes no further."""
    keys, log = place.open_patient_keys(), place.open_log()
    for patient in ("MRN-1", "MRN-2", "MRN-1"):
        opened = Event(
            Action.OPEN_PATIENT, "dr.a", "clinician", patient=keys.key("ward", patient),
            details={"cohort_name": "ward"},
        )  # fmt: skip
        log.append(opened)
    log.append(Event(Action.LOAD, "dr.a", "clinician", details={"cohort_name": "ward"}))
    log.close()
    shown = audit("show", "--cohort", "ward", "--patient", "MRN-1", "--json").json
    assert [(one["seq"], one["action"]) for one in shown] == [
        (8, "inspect"),
        (6, "open_patient"),
        (4, "open_patient"),
    ]
    assert shown[0]["role"] == "administrator"
    monkeypatch.setattr("sys.stdin", io.StringIO("MRN-2\n"))
    assert len(audit("show", "--cohort", "ward", "--patient", "-", "--json").json) == 2
    assert audit("show", "--cohort", "other", "--patient", "MRN-1").out.count("inspect") == 1
    refused = audit("show", "--patient", "MRN-1")
    assert refused.code == 2
    assert "On record: ward." in refused.err
    everything = b"".join(file.read_bytes() for file in place.directory.iterdir())
    assert b"MRN-1" not in everything
    assert audit("verify").code == 0


def test_an_unknown_action_lists_the_known_ones(audit: Callable[..., Any]) -> None:
    answer = audit("show", "--action", "peek")
    assert answer.code == 2
    assert "open_patient" in answer.err


def test_an_export_can_be_verified_elsewhere(audit: Callable[..., Any], tmp_path: Path) -> None:
    target = tmp_path / "audit.jsonl"
    assert audit("export", str(target)).code == 0
    assert len(target.read_text("ascii").splitlines()) == 3
    assert audit("verify", "--export", str(target)).code == 0
    lines = target.read_text("ascii").splitlines()
    target.write_text("\n".join([lines[0], lines[2]]) + "\n", encoding="ascii")
    assert audit("verify", "--export", str(target), "--json").json["first_bad"] == 2
    assert json.loads(lines[1])["actor"] == "dr.b@example.org"


def test_a_removal_that_comes_too_early_is_refused(audit: Callable[..., Any]) -> None:
    answer = audit("purge", "--before", "2026-01-01")
    assert answer.code == 1
    assert "6 years" in answer.err
    assert audit("show", "--action", "purge_refused", "--json").json[0]["role"] == "administrator"


def test_a_workspace_without_a_log_is_not_called_whole(
    pellucid: Callable[..., Any], tmp_path: Path
) -> None:
    """Prevents a mistyped directory from getting an empty log and a clean answer."""
    answer = pellucid("audit", "verify", workspace=tmp_path / "mistyped")
    assert answer.code == 2
    assert not (tmp_path / "mistyped").exists()
