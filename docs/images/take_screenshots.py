"""Take the pictures of the README from the running dashboard: ``make screenshots``."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from playwright.sync_api import Browser, expect

from tests.browser.serving import running_browser, running_dashboard

FOLDER = Path(__file__).parent
SLOW = 60_000


@dataclass(frozen=True)
class Picture:
    """One picture: where, the last words on the page, and how it is looked at."""

    name: str
    path: str
    marker: str
    scheme: str = "light"
    width: int = 1280


PICTURES = (
    Picture("patient-light", "/?own_first=false", "Nothing is decided yet"),
    Picture("patient-dark", "/?own_first=false", "Nothing is decided yet", scheme="dark"),
    Picture("patient-wide", "/?own_first=false", "Nothing is decided yet", width=1920),
    Picture("patient-tablet", "/?own_first=false", "Nothing is decided yet", width=820),
    Picture("groups-light", "/groups", "Download as CSV"),
    Picture("labels-light", "/labels?model=nmes-visits-xgboost", "Download as CSV"),
    Picture("model-light", "/model", "held-out patients against"),
    Picture("problems-light", "/problems", "checks that found nothing"),
    Picture("audit-light", "/audit", "Who did it"),
)


def take(browser: Browser, address: str, picture: Picture) -> None:
    """Open a page, wait until it is whole, and write its picture."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": 900},
        color_scheme=picture.scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address + picture.path)
    expect(page.get_by_text(picture.marker).last).to_be_visible(timeout=SLOW)
    for _ in range(2):  # a taller window draws charts that were not in sight, which moves the end
        page.wait_for_timeout(4000)
        bottom = page.evaluate(
            "Math.max(...[...document.querySelectorAll('[data-testid=stElementContainer]')]"
            ".map(element => element.getBoundingClientRect().bottom))"
        )
        page.set_viewport_size({"width": picture.width, "height": int(bottom) + 40})
    page.wait_for_timeout(1500)
    end = page.get_by_text(picture.marker).last.bounding_box()
    height = picture.width if end is None else end["y"] + end["height"] + 40
    whole = {"x": 0.0, "y": 0.0, "width": float(picture.width), "height": float(height)}
    page.screenshot(path=FOLDER / f"{picture.name}.png", clip=whole)  # type: ignore[arg-type]
    context.close()


def main() -> None:
    """Take every picture."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_dashboard(Path(folder) / "log.txt", f"--workspace={folder}") as address,
        running_browser() as browser,
    ):
        for picture in PICTURES:
            take(browser, address, picture)


if __name__ == "__main__":
    main()
