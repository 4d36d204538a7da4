"""Every page and every view of it that the tests of all pages open."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import settle

# Address and words that show when the page is complete.
PAGES = {
    "patient-waiting": ("/", "Show the model's risk"),
    "patient": ("/?own_first=false", "Sum check"),
    "groups": ("/groups", "Download as CSV"),
    "worst-served": ("/groups?groups_part=worst_served", "Download as CSV"),
    "decision-curves": ("/groups?groups_part=decision", "at least 11 people"),
    "threshold-laboratory": (
        "/groups?groups_part=thresholds&laboratory_rule=each&by_nhanes_2017_2018=sex",
        "Download as CSV",
    ),
    "mitigations": ("/groups?groups_part=mitigations", "Try it on held-out patients"),
    "labels": ("/labels?model=nmes-visits-xgboost", "Download as CSV"),
    "model": ("/model", "Terms of use of these data"),
    "importance-by-group": ("/model?behaviour_by_nhanes_2017_2018=race", "differences from the"),
    "spread": ("/model?behaviour=beeswarm", "moves the model furthest"),
    "dependence": ("/model?behaviour=dependence", "Strongest partner of"),
    "effects": ("/model?behaviour=effects&effect_of=bmi_kg_m2", "Rely on"),
    "compare": ("/model?behaviour=compare", "put the same three"),
    "two-patients": ("/compare?own_first=false", "Sum check: A minus B"),
    "two-models": ("/compare?own_first=false&side_by_side=models", "Sum check: A minus B"),
    "problems": ("/problems", "checks that found nothing"),
    "data": ("/data", "Accepted: XGBoost"),
    "audit": ("/audit", "Is the record whole?"),
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
    expect(page.get_by_text(marker).last).to_be_visible()
    settle(page)
    page.wait_for_timeout(500)
    return page
