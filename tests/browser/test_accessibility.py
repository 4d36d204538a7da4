"""axe-core on every page, light and dark, and nothing that scrolls sideways."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import settle

pytestmark = pytest.mark.browser
SLOW = 90_000

# From wide to narrow: what was drawn for a desk has to give way on a tablet.
WIDTHS = (1920, 1280, 820)

PAGES = {
    "patient-waiting": ("/", "Show the model's risk"),
    "patient": ("/?own_first=false", "Sum check"),
    "groups": ("/groups", "Download as CSV"),
    "decision-curves": ("/groups?groups_part=decision", "at least 11 people"),
    "threshold-laboratory": (
        "/groups?groups_part=thresholds&laboratory_rule=each&by_nhanes_2017_2018=sex",
        "Download as CSV",
    ),
    "labels": ("/labels?model=nmes-visits-xgboost", "Download as CSV"),
    "model": ("/model", "Terms of use of these data"),
    "importance-by-group": ("/model?behaviour_by_nhanes_2017_2018=race", "differences from the"),
    "spread": ("/model?behaviour=beeswarm", "moves the model furthest"),
    "dependence": ("/model?behaviour=dependence", "Strongest partner of"),
    "effects": ("/model?behaviour=effects&effect_of=bmi_kg_m2", "Rely on"),
    "compare": ("/model?behaviour=compare", "put the same three"),
    "two-patients": ("/compare?own_first=false", "Sum check: A minus B"),
    "problems": ("/problems", "checks that found nothing"),
    "glossary": ("/glossary", "The model asked again with other values"),
    "term": ("/glossary?term=auroc", "the chance that somebody with the outcome"),
    "method": ("/glossary?method=calibration", "When it misleads"),
}


def open_page(browser: Browser, server: str, name: str, *, scheme: str, width: int) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    path, marker = PAGES[name]
    page.goto(f"{server}{path}")
    expect(page.get_by_text(marker).last).to_be_visible(timeout=SLOW)
    settle(page)
    page.wait_for_timeout(500)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser: Browser, server: str, name: str, scheme: str) -> None:
    page = open_page(browser, server, name, scheme=scheme, width=1280)
    results = Axe().run(page)
    if results.violations_count:
        # What is just being drawn anew is faint for a moment; what stays faint is a fault.
        page.wait_for_timeout(4000)
        settle(page)
        results = Axe().run(page)
    page.context.close()
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_sideways(browser: Browser, server: str, name: str) -> None:
    page = open_page(browser, server, name, scheme="light", width=WIDTHS[0])
    overflows = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(800)
        overflows[width] = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    page.context.close()
    assert max(overflows.values()) <= 0, overflows
