"""Names that would be a picture, a link or a colour, on every page: they stay text."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from dashboard.view_models.export import write_csv
from explainers.audit import Action, Event
from explainers.audit.place import AuditPlace
from tests.app.pages import OpenPage, add_cohort, add_model, settled, sign

HOSTILE = "<img src=x onerror=alert(1)>[x](javascript:alert(1))![y](http://z.example/p.png)"
FORMULA = "=cmd|' /C calc'!A0"
VIEWS = ("patient", "compare", "groups", "labels", "model", "problems", "audit")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The heart model and its patients with hostile words wherever words may be chosen."""
    place = tmp_path_factory.mktemp("hostile")
    add_cohort(place, "hostile")
    schema = place / "cohorts" / "hostile" / "schema.toml"
    words = re.compile(r'^(label|noun|title|description|note) = ".*"$', re.MULTILINE)
    schema.write_text(words.sub(rf'\1 = "{HOSTILE}"', schema.read_text("utf-8")), "utf-8")
    bundle = add_model(place, "hostile-model", "hostile")
    facts = bundle / "bundle.toml"
    words = re.compile(
        r'^(title|purpose|intended_users|intended_patients|threshold_reason) = ".*"$', re.MULTILINE
    )
    facts.write_text(words.sub(rf'\1 = "{HOSTILE}"', facts.read_text("utf-8")), "utf-8")
    sign(bundle)
    log = AuditPlace.of_workspace(place).open_log()
    for action in (Action.OPEN_PATIENT, Action.EXPLAIN, Action.VERIFY):
        log.append(Event(action, HOSTILE, "board", details={"through": 1, "reason": "whole"}))
    log.append(Event(Action.DENIED, FORMULA, "nobody", details={"view": "nowhere"}))
    log.close()
    return place


@pytest.mark.parametrize("view", VIEWS)
def test_no_page_draws_a_name(open_page: OpenPage, root: Path, view: str) -> None:
    app = settled(open_page(view, root, model="hostile-model", own_first="false"))
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    shown = [str(element.value) for kind in kinds for element in kind]
    assert any("onerror" in text for text in shown), "the hostile words are on the page"
    assert_stays_text([*shown, *(cell for table in app.table for cell in cells(table.value))])


@pytest.mark.parametrize("part", ["activity", "refusals", "records"])
def test_no_table_of_the_record_draws_a_name(open_page: OpenPage, root: Path, part: str) -> None:
    """Names of people come from the provider, where they may be anybody's own choice."""
    app = open_page("audit", root, audit_part=part, audit_period="month", audit_kind="all")
    assert not app.exception
    shown = [cell for table in app.table for cell in cells(table.value)]
    assert any(name in "".join(shown) for name in ("onerror", "calc"))
    assert_stays_text(shown)


@pytest.mark.parametrize("asked", [{"term": HOSTILE}, {"method": HOSTILE}, {}])
def test_the_glossary_draws_nothing_that_somebody_asks_for(
    open_page: OpenPage, asked: dict[str, str]
) -> None:
    app = open_page("glossary", **asked)
    if not asked:
        app = app.text_input[0].set_value(HOSTILE).run()
    assert not app.exception
    assert app.info or app.error or app.warning
    told = (*app.info, *app.error, *app.warning)
    assert_stays_text([str(element.value) for element in told])


def cells(table: pd.DataFrame) -> list[str]:
    """All texts of a table, headings too."""
    return [*map(str, table.columns), *(str(value) for value in table.to_numpy().ravel())]


def assert_stays_text(shown: list[str]) -> None:
    for text in shown:
        unescaped = re.sub(r"\\.", "", text)
        assert "<img" not in unescaped
        assert "](javascript" not in unescaped
        assert "![" not in unescaped


def test_no_download_begins_a_cell_with_a_formula() -> None:
    """Prevents an export from running a program where a spreadsheet opens it."""

    told = write_csv(pd.DataFrame({FORMULA: [FORMULA, "plain"]}), {"model": FORMULA})
    for cell in re.split(r"[,\n]", told):
        assert not cell.lstrip('"').startswith(("=", "+", "-", "@"))
