"""What a board does on its three screens, in Chromium: by clicks, on the built-in models."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import settle

pytestmark = pytest.mark.browser


def open_screen(page: Page, server: str, path: str, marker: str) -> None:
    page.goto(f"{server}/{path}")
    expect(page.get_by_text(marker).last).to_be_visible()
    settle(page)


def test_whom_a_threshold_serves_worse_and_what_could_be_done(page: Page, server: str) -> None:
    """The finding in words, another threshold, a mitigation that is stopped and one that ends."""
    open_screen(page, server, "groups?model=diabetes-xgboost", "Download as CSV")
    expect(page.get_by_text(re.compile("AUROC hides this")).first).to_be_visible()
    figure = page.get_by_role("figure", name=re.compile("Forest plots"))
    expect(figure).to_have_attribute("aria-label", re.compile(r"Lowest: Asian 67\.1%"))
    threshold = page.get_by_role("spinbutton", name=re.compile("threshold", re.IGNORECASE)).first
    threshold.fill("30")
    threshold.press("Enter")
    expect(page.get_by_text(re.compile("nearest to the 30")).first).to_be_visible()
    expect(figure).not_to_have_attribute("aria-label", re.compile(r"Lowest: Asian 67\.1%"))
    open_screen(page, server, "groups?groups_part=mitigations", "Try it on held-out patients")
    start = page.get_by_role("button", name="Try it on held-out patients")
    start.click()
    stop = page.get_by_role("main").get_by_role("button", name="Stop")
    stop.click()
    expect(stop).to_have_count(0)
    expect(start).to_be_visible()
    settle(page)
    start.click()
    expect(page.get_by_text("Download as CSV").first).to_be_visible()
    expect(page.locator(".st-key-before_after [role=figure][aria-label]")).to_have_count(1)


def test_another_outcome_selects_other_people(page: Page, server: str) -> None:
    open_screen(page, server, "labels?model=nmes-visits-xgboost", "Download as CSV")
    finding = page.get_by_test_id("stAlert").first
    expect(finding).to_contain_text("Black")
    told = finding.inner_text()
    share = page.get_by_role("spinbutton").first
    share.fill("20")
    share.press("Enter")
    expect(page.get_by_text("Of the 19% selected").first).to_be_visible()
    expect(finding).not_to_have_text(told)
    for correction in ("One-way swap", "Ranking everybody by need"):
        expect(page.get_by_text(correction).first).to_be_visible()


def test_a_problem_says_whom_it_affects_and_what_to_do(page: Page, server: str) -> None:
    open_screen(page, server, "problems?model=diabetes-xgboost", "checks that found nothing")
    found = page.get_by_role("heading", name=re.compile("Risks are too low for Asian patients"))
    expect(found).to_be_visible()
    for words in ("Affected:", "What to do:"):
        expect(page.get_by_text(words).first).to_be_visible()
    page.get_by_text("checks that found nothing").last.click()
    expect(page.get_by_text(re.compile("in the data twice")).last).to_be_visible()
