"""SQL, markup and paths in addresses and text boxes: nothing runs and nothing is lost."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from explainers.audit import Selection
from explainers.audit.place import AuditPlace
from tests.app.pages import OpenPage, texts

SQL = "x'; DROP TABLE records; DELETE FROM records WHERE '1'='1"
HOSTILE = f"{SQL} <img src=x onerror=alert(1)>[x](javascript:alert(1)) ../../../../etc/passwd"
# Keys that a page reads from its address.
ADDRESSES = {
    "patient": ("model", "find", "unit", "detail", "own_first"),
    "compare": ("model", "side_by_side", "unit"),
    "groups": ("model", "groups_part", "by", "mitigation"),
    "audit": ("audit_part", "audit_period", "audit_kind", "audit_model", "audit_cohort"),
}


def n_records(root: Path) -> int:
    """Read from the file itself: the table is there, and so is every record."""
    with sqlite3.connect(root / "audit" / "audit.db") as connection:
        (n,) = connection.execute("SELECT count(*) FROM records").fetchone()
    connection.close()
    return int(n)


@pytest.mark.parametrize("view", ADDRESSES)
def test_an_address_is_compared_with_what_there_is_and_never_run(
    open_page: OpenPage, tmp_path: Path, view: str
) -> None:
    AuditPlace.of_workspace(tmp_path).open_log().close()
    app = open_page(view, tmp_path, **dict.fromkeys(ADDRESSES[view], HOSTILE))
    assert not app.exception
    shown = re.sub(r"\\.", "", texts(app))
    assert "<img" not in shown
    assert "](javascript" not in shown
    assert "root:" not in shown
    n_records(tmp_path)
    log = AuditPlace.of_workspace(tmp_path).open_log()
    assert log.verify().is_whole
    log.close()


def test_the_filter_of_patients_reads_conditions_and_no_sql(
    open_page: OpenPage, tmp_path: Path
) -> None:
    """Each is named as not understood, and all patients are shown."""
    asked = f"input.age_years={SQL} group.sex={SQL} order={SQL}"
    app = open_page("patient", tmp_path, model="heart-xgboost", find=asked)
    assert not app.exception
    (refused,) = (one.value for one in app.warning if "filter" in one.value)
    assert refused.endswith("All patients are shown instead.")
    app = app.text_input(key="patient_search").set_value(SQL).run()
    assert not app.exception
    assert any("DROP TABLE" in one.value for one in app.warning), "no patient of that id"


def test_an_id_that_is_sql_finds_nobody_in_the_record(open_page: OpenPage, tmp_path: Path) -> None:
    open_page("patient", tmp_path, model="heart-xgboost", own_first="false")
    before = n_records(tmp_path)
    assert before > 1
    app = open_page("audit", tmp_path, audit_part="patient")
    app = app.text_input(key="audit_patient_id").set_value("' OR '1'='1").run()
    assert not app.exception
    assert "Nobody has opened a patient of this id" in texts(app)
    assert n_records(tmp_path) == before + 2, "a look at the record, and the question"
    log = AuditPlace.of_workspace(tmp_path).open_log()
    assert log.count(Selection(actor="' OR '1'='1")) == 0
    assert log.verify().is_whole
    log.close()
