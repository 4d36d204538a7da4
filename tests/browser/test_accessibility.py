"""axe-core on every page, light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.screens import PAGES, open_page
from tests.browser.serving import settle

pytestmark = pytest.mark.browser

# Streamlit names the drop zone of its file picker and calls it presentational: minor, not ours.
OF_STREAMLIT = {"data": {"rules": {"presentation-role-conflict": {"enabled": False}}}}
VIOLATIONS = {"resultTypes": ["violations"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser: Browser, server: str, name: str, scheme: str) -> None:
    page = open_page(browser, server, name, scheme=scheme, width=1280)
    options = VIOLATIONS | OF_STREAMLIT.get(name, {})
    results = Axe().run(page, options=options)
    if results.violations_count:
        # What is just being drawn anew is faint for a moment; what stays faint is a fault.
        page.wait_for_timeout(4000)
        settle(page)
        results = Axe().run(page, options=options)
    page.context.close()
    assert results.violations_count == 0, results.generate_report()
