"""From a word under a chart to its meaning and its method, in Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import settle

pytestmark = pytest.mark.browser


def open_reasons(page: Page, server: str) -> None:
    page.goto(f"{server}/?own_first=false")
    expect(page.get_by_text("Sum check").first).to_be_visible()
    settle(page)


def test_a_word_leads_to_its_entry_and_the_patient_stays(page: Page, server: str) -> None:
    """Prevents a clinician from losing the open patient over looking up a word."""
    open_reasons(page, server)
    link = page.locator(".st-key-validity").get_by_role("link", name="Sensitivity")
    link.focus()
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    entry = opened.value
    expect(entry.get_by_role("heading", name="Sensitivity")).to_be_visible()
    settle(entry)
    expect(entry).to_have_url(re.compile(r"/glossary\?term=sensitivity$"))
    expect(entry.get_by_role("heading", level=3)).to_have_count(1)
    entry.close()
    expect(page.get_by_text("Sum check").first).to_be_visible()


def test_the_method_opens_over_the_page_and_closes_by_keyboard(page: Page, server: str) -> None:
    open_reasons(page, server)
    page.locator(".st-key-reading-lime").get_by_role("button", name="Method").press("Enter")
    dialog = page.get_by_role("dialog", name="LIME")
    expect(dialog.get_by_text("When it misleads")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Sum check").first).to_be_visible()


def test_a_search_opens_the_address_of_its_term(page: Page, server: str) -> None:
    page.goto(f"{server}/glossary")
    expect(page.get_by_role("heading", name="Start here")).to_be_visible()
    settle(page)
    box = page.get_by_label("Find a term")
    box.fill("O/E")
    box.press("Enter")
    expect(page).to_have_url(re.compile(r"\?term=observed-expected$"))
    settle(page)
    expect(page.get_by_role("heading", level=3)).to_have_count(1)
    page.get_by_role("button", name="Show all terms").click()
    expect(page.get_by_role("heading", name="Start here")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/glossary$"))
