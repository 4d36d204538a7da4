"""Nothing scrolls sideways, on a desk or on a tablet."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.screens import PAGES, open_page

pytestmark = pytest.mark.browser

# From wide to narrow: what was drawn for a desk has to give way on a tablet.
WIDTHS = (1920, 1280, 820)


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
