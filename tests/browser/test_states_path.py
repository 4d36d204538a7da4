"""States of the patient screen that nobody must mistake for a sound answer, in Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.pages import add_cohort, add_model
from tests.browser.serving import running_dashboard, settle

pytestmark = pytest.mark.browser

COPY, UNLABELLED = "heart-copy", "heart-unlabelled"
REASONS, DECISION = "Reasons", "Your decision"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("states")
    add_cohort(root, "copied")
    add_model(root, COPY, "copied")
    add_cohort(root, "unlabelled", drop_columns=("narrowing_grade",))
    add_model(root, UNLABELLED, "unlabelled")
    return root


@pytest.fixture(scope="module")
def own_server(workspace: Path) -> Iterator[str]:
    with running_dashboard(workspace / "log.txt", f"--workspace={workspace}") as address:
        yield address


def open_patient_page(page: Page, server: str, query: str) -> None:
    page.goto(f"{server}/?own_first=false&{query}")
    expect(page.get_by_label("Patient id")).to_be_visible()
    settle(page)


def seek(page: Page, patient_id: str) -> None:
    box = page.get_by_label("Patient id")
    box.fill(patient_id)
    box.press("Enter")
    expect(page.get_by_text(re.compile(rf"Patient {patient_id}\b"))).to_be_visible()
    settle(page)


def test_doubts_about_a_patient_stand_on_the_page(page: Page, server: str) -> None:
    """Methods that disagree, a patient unlike those learnt from, inputs that nobody measured."""
    open_patient_page(page, server, "model=heart-xgboost")
    seek(page, "HD-007")
    expect(page.get_by_text("methods disagree").first).to_be_visible()
    expect(page.get_by_text("raises the risk most")).to_have_count(0)
    seek(page, "HD-058")
    expect(page.get_by_text("very unusual").first).to_be_visible()
    expect(page.get_by_text("methods disagree")).to_have_count(0)
    seek(page, "HD-595")
    expect(page.get_by_text("Not measured:").first).to_be_visible()


def test_a_question_that_nobody_answers_to_can_be_taken_back(page: Page, server: str) -> None:
    open_patient_page(page, server, "model=heart-xgboost&find=risk%3D0.9999..1")
    nobody = page.get_by_text("No held-out patient meets all of these conditions")
    expect(nobody).to_be_visible()
    page.get_by_role("button", name="Show everybody").click()
    expect(nobody).to_have_count(0)
    expect(page.get_by_role("heading", name=DECISION)).to_be_visible()
    expect(page).not_to_have_url(re.compile("find="))


def test_long_work_shows_how_far_it_is_and_can_be_stopped(page: Page, server: str) -> None:
    open_patient_page(page, server, "")
    page.get_by_role("button", name="Train again").click()
    expect(page.get_by_role("progressbar").last).to_be_visible()
    stop = page.get_by_role("main").get_by_role("button", name="Stop")
    stop.click()
    settle(page)
    expect(stop).to_have_count(0)
    expect(page.get_by_role("button", name="Train again")).to_be_visible()
    expect(page.get_by_role("heading", name=DECISION)).to_be_visible()


def test_patients_without_an_outcome_are_said_to_be_untested(page: Page, own_server: str) -> None:
    open_patient_page(page, own_server, f"model={UNLABELLED}")
    expect(page.get_by_text("not tested").first).to_be_visible()
    expect(page.get_by_role("heading", name=REASONS, exact=True)).to_be_visible()


def test_a_model_that_changes_under_a_running_server_is_shut(
    page: Page, own_server: str, workspace: Path
) -> None:
    """Answers of a model that nobody vouches for any more would look like those before."""
    open_patient_page(page, own_server, f"model={COPY}")
    expect(page.get_by_role("heading", name=REASONS, exact=True)).to_be_visible()
    path = workspace / "models" / COPY / "model.ubj"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(bytes(content))
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("has changed since it was saved").first).to_be_visible()
    open_patient_page(page, own_server, f"model={UNLABELLED}")
    expect(page.get_by_role("heading", name=REASONS, exact=True)).to_be_visible()
