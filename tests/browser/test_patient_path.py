"""A clinician's path through the patient screen, in Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import settle

pytestmark = pytest.mark.browser


def open_patient_screen(page: Page, server: str, query: str = "") -> None:
    page.goto(f"{server}/{query}")
    expect(page.get_by_role("heading", name="Read this before the risk")).to_be_visible()
    settle(page)


def reveal(page: Page) -> None:
    page.get_by_label(re.compile("how many")).fill("20")
    page.get_by_role("button", name="Show the model's risk").click()
    expect(page.get_by_role("heading", name="Reasons", exact=True)).to_be_visible()
    expect(page.get_by_text("Sum check").first).to_be_visible()
    settle(page)


def shown_patient(page: Page) -> str:
    text = page.get_by_text(re.compile(r"of [\d,]+ (held-out|found)")).first.inner_text()
    return re.search(r"Patient (\S+)", text)[1]


def go_to_next(page: Page) -> None:
    before = shown_patient(page)
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text(re.compile(rf"Patient {before}\b"))).to_have_count(0)
    settle(page)


def test_risk_and_reasons_stay_hidden_until_the_own_estimate_is_given(
    page: Page, server: str
) -> None:
    open_patient_screen(page, server)
    expect(page.get_by_text("patients like this one").first).to_be_visible()
    expect(page.get_by_role("heading", name="Reasons", exact=True)).to_have_count(0)
    expect(page.get_by_text("The model's risk:")).to_have_count(0)
    reveal(page)
    expect(page.get_by_text("The model's risk:").first).to_be_visible()


def test_both_charts_have_names_for_screen_readers(page: Page, server: str) -> None:
    open_patient_screen(page, server)
    reveal(page)
    for name in ("waterfall", "lime", "risk_distribution"):
        chart = page.locator(f".st-key-{name}").first
        expect(chart).to_be_visible()
        named = chart.locator("[role=figure][aria-label]")
        expect(named).to_have_count(1)


def test_next_shows_another_patient_and_hides_the_risk_again(page: Page, server: str) -> None:
    open_patient_screen(page, server)
    reveal(page)
    first = shown_patient(page)
    go_to_next(page)
    expect(page.get_by_text(re.compile(rf"Patient {first}\b"))).to_have_count(0)
    expect(page.get_by_role("heading", name="Reasons", exact=True)).to_have_count(0)


def test_patient_found_by_id_and_unknown_id_explained(page: Page, server: str) -> None:
    open_patient_screen(page, server)
    go_to_next(page)
    wanted = shown_patient(page)
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text(re.compile(rf"Patient {wanted}\b"))).to_have_count(0)
    box = page.get_by_label("Patient id")
    box.fill(wanted)
    box.press("Enter")
    expect(page.get_by_text(re.compile(rf"Patient {wanted}\b"))).to_be_visible()
    box.fill("<img src=x onerror=alert(1)>")
    box.press("Enter")
    expect(page.get_by_text("No held-out patient has the id").first).to_be_visible()
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_address_carries_the_view_but_never_the_patient(page: Page, server: str) -> None:
    open_patient_screen(page, server, "?model=heart-xgboost&own_first=false&unit=log-odds")
    expect(page.get_by_text("Sum check").first).to_be_visible()
    go_to_next(page)
    patient_id = shown_patient(page)
    assert patient_id.startswith("HD-")
    assert patient_id not in page.url
    expect(page.get_by_text("log-odds").first).to_be_visible()


def test_two_browsers_do_not_see_each_others_patient(browser: Browser, server: str) -> None:
    pages = [browser.new_context(viewport={"width": 1280, "height": 900}).new_page() for _ in "ab"]
    for page in pages:
        open_patient_screen(page, server)
    before = shown_patient(pages[1])
    go_to_next(pages[0])
    assert shown_patient(pages[0]) != before
    reveal(pages[1])
    assert shown_patient(pages[1]) == before
    for page in pages:
        page.context.close()


def test_the_whole_path_of_a_clinician(page: Page, server: str) -> None:
    """From the own estimate to the decision, as the screen is meant to be read."""
    open_patient_screen(page, server)
    reveal(page)
    expect(page.get_by_text("Your own estimate: 20%").first).to_be_visible()
    recorded = page.get_by_test_id("stMetricValue").first.inner_text()
    waist = page.get_by_role("spinbutton", name=re.compile("Waist circumference"))
    waist.first.fill("150")
    waist.first.press("Enter")
    settle(page)
    expect(page.get_by_text("150 cm instead of").first).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").nth(1)).not_to_have_text(recorded)
    waist.first.fill("1500")
    waist.first.press("Enter")
    expect(page.get_by_text("1,500 cm was entered").first).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").nth(1)).to_have_text("no answer")
    settle(page)
    page.get_by_role("button", name="Back to the record").click()
    expect(page.get_by_test_id("stMetricValue").nth(1)).to_have_text(recorded)
    expect(page.get_by_text("held-out patients most like this one").first).to_be_visible()
    page.get_by_role("button", name="Override", exact=True).click()
    page.get_by_text("A recorded value is wrong").click()
    page.get_by_role("button", name="Override the model").click()
    expect(page.get_by_text("You overrode the model").first).to_be_visible()


def test_a_reload_keeps_the_question_and_forgets_the_patient(page: Page, server: str) -> None:
    """A shared or reloaded address must lead to the same view and to nobody's record in it."""
    open_patient_screen(page, server, "?model=heart-xgboost&find=model%3Dmissed")
    go_to_next(page)
    expect(page.get_by_text(re.compile(r"2 of \d+ found among"))).to_be_visible()
    assert "HD-" not in page.url
    page.reload()
    expect(page.get_by_text(re.compile(r"1 of \d+ found among"))).to_be_visible()
    expect(page).to_have_url(re.compile("find="))


def test_path_by_keyboard_alone(page: Page, server: str) -> None:
    open_patient_screen(page, server)
    page.get_by_label("Patient id").focus()
    press_tab_until(page, "document.activeElement.getAttribute('aria-label') ?? ''", "how many")
    page.keyboard.type("20")
    press_tab_until(page, "document.activeElement.innerText ?? ''", "Show the model's risk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Reasons", exact=True)).to_be_visible()


def press_tab_until(page: Page, what: str, words: str) -> None:
    """A part drawn again while Tab is pressed may take the focus back to the page's beginning."""
    settle(page)
    for _ in range(120):
        page.keyboard.press("Tab")
        if words in page.evaluate(what):
            return
    pytest.fail(f"no way by keyboard to {words!r}")


def test_nothing_is_asked_of_the_network(page: Page, server: str) -> None:
    """An icon or a font from elsewhere would tell a stranger that a patient is being looked at."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/?own_first=false", "/groups", "/model"):
        page.goto(server + path)
        page.wait_for_timeout(4000)
    elsewhere = [url for url in asked if not url.startswith((server, "data:", "blob:"))]
    assert elsewhere == []
