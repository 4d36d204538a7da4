"""The page to take away, from the button to the file, in Chromium."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.serving import PATIENCE, settle

pytestmark = pytest.mark.browser
ID = re.compile(r"Patient (NH-\d+)")

# Machines without these have DejaVu Sans, which is wider.
ARIAL_AND_ALIKE = 'Arial, Helvetica, "Liberation Sans", '


def open_print(page: Page, server: str) -> str:
    """Id of the patient whose page is on offer."""
    page.goto(f"{server}/?own_first=false")
    button = page.get_by_role("button", name="Print one page")
    expect(button).to_be_visible()
    settle(page)
    patient_id = ID.search(page.get_by_text(ID).first.inner_text())
    assert patient_id is not None
    button.click()
    expect(page.get_by_role("button", name="Print as PDF")).to_be_visible()
    settle(page)
    return patient_id[1]


def save(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download(timeout=PATIENCE) as download:
        page.get_by_role("button", name=button).click()
    target = folder / download.value.suggested_filename
    download.value.save_as(target)
    return target


def n_sheets(page: Page, folder: Path) -> int:
    printed = folder / "printed.pdf"
    page.pdf(path=printed, prefer_css_page_size=True)
    return len(PdfReader(printed).pages)


def test_both_files_hold_one_page_and_the_id_only_on_request(
    page: Page, server: str, tmp_path: Path
) -> None:
    """A file is made after the run that offered it ended; a name in it could outlive its owner."""
    patient_id = open_print(page, server)
    pdf = save(page, "Print as PDF", tmp_path)
    assert patient_id not in pdf.name
    (sheet,) = PdfReader(pdf).pages
    words = sheet.extract_text()
    assert "Sum check" in words
    assert patient_id not in words
    page.get_by_text("With the patient's id").click()
    settle(page)
    document = save(page, "As HTML", tmp_path)
    assert patient_id not in document.name
    assert patient_id in document.read_text("utf-8")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(document.as_uri())
    expect(page.get_by_role("heading", name="Limits")).to_be_visible()
    assert [url for url in asked if not url.startswith("file:")] == []
    assert n_sheets(page, tmp_path) == 1
    without_arial = document.read_text("utf-8").replace(ARIAL_AND_ALIKE, "")
    assert without_arial != document.read_text("utf-8")
    page.set_content(without_arial)
    assert n_sheets(page, tmp_path) == 1
