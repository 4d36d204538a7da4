"""An analyst's path from two files to a patient, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.serving import running_dashboard, settle
from tests.browser.test_accessibility import OF_STREAMLIT, VIOLATIONS

pytestmark = pytest.mark.browser

INPUTS = ["Alter", "Laktat"]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """An export with decimal commas, a column of names, a doubled id, and a model of its inputs."""
    rng = np.random.default_rng(7)
    table = pd.DataFrame(
        {"Alter": rng.integers(50, 99, 120), "Laktat": rng.gamma(2, 1, 120).round(2)}
    )
    died = rng.random(120) < table["Alter"] / 150
    train = xgboost.DMatrix(table.to_numpy(), died, feature_names=INPUTS)
    xgboost.train({"objective": "binary:logistic", "nthread": 1}, train, 4).save_model(
        tmp_path / "sterberisiko.ubj"
    )
    table = table.assign(Patientenname=HOSTILE, verstorben=np.where(died, "ja", "nein"))
    table.insert(0, "Fallnummer", [f"F{at:04d}" for at in range(120)])
    table.loc[5, "Fallnummer"] = "F0004"
    table.to_csv(tmp_path / "station-3.csv", sep=";", decimal=",", index=False, encoding="cp1252")
    return tmp_path


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    """A workspace of its own: what is registered would show on the screens of other tests."""
    with running_dashboard(tmp_path / "log.txt", f"--workspace={tmp_path / 'kept'}") as address:
        yield address


def test_a_file_beyond_the_limit_is_refused_and_the_others_stay(
    page: Page, own_server: str, files: Path
) -> None:
    """Prevents a file meant to fill the memory from taking what was brought before with it."""
    with (files / "huge.csv").open("wb") as huge:
        huge.truncate(51 << 20)
    page.goto(f"{own_server}/data")
    expect(page.get_by_text("Accepted: XGBoost")).to_be_visible()
    settle(page)
    page.locator("input[type=file]").last.set_input_files(files / "sterberisiko.ubj")
    page.locator("input[type=file]").first.set_input_files(files / "huge.csv")
    expect(page.get_by_text("File must be 50.0MB or smaller.")).to_be_visible()
    settle(page)
    expect(page.get_by_text("sterberisiko.ubj")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(files / "station-3.csv")
    expect(page.get_by_label("Name of the cohort", exact=True)).to_have_value("station-3")


def choose(page: Page, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=label)
    # A list that has just opened closes again where the page scrolls.
    box.scroll_into_view_if_needed()
    settle(page)
    box.click()
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)


def say(page: Page, label: str, text: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(text)
    box.press("Tab")
    settle(page)


def expect_accessible(page: Page) -> None:
    # Where Streamlit draws its lists and hints: outside all landmarks, and not ours.
    context = {"exclude": [["#stFloatingOverlayPortal"]]}
    results = Axe().run(page, context=context, options=VIOLATIONS | OF_STREAMLIT["data"])
    assert results.violations_count == 0, results.generate_report()


def test_from_two_files_to_a_patient(page: Page, own_server: str, files: Path) -> None:
    """Prevents a step of the page from leading nowhere, which only a whole path shows."""
    page.on("dialog", lambda _: pytest.fail("a name ran as a script"))
    page.goto(f"{own_server}/data")
    expect(page.get_by_text("Accepted: XGBoost")).to_be_visible()
    settle(page)
    page.locator("input[type=file]").first.set_input_files(files / "station-3.csv")
    expect(page.get_by_text("120 rows of 5 columns")).to_have_count(0)
    page.locator("input[type=file]").last.set_input_files(files / "sterberisiko.ubj")
    expect(page.get_by_text("taken for decimal commas")).to_be_visible()
    expect(page.get_by_label("Name of the cohort", exact=True)).to_have_value("station-3")
    settle(page)
    choose(page, "Column of the patients' ids", "Fallnummer")
    expect(page.get_by_text("the table above excludes them: Patientenname")).to_be_visible()
    choose(page, "What is done about it", "Ages over 89 become 90")
    say(page, "Who attests to know of no way to identify a patient", "Dr A. Lee")
    expect(page.get_by_text("Rows that do not fit: 1; faults in them: 1.")).to_be_visible()
    expect_accessible(page)
    page.get_by_text("Leave out what does not fit (rows: 1)").click()
    settle(page)
    expect(page.get_by_label("Name of the model", exact=True)).to_have_value("sterberisiko")
    say(page, "What it is for", "Orders patients for a second look.")
    say(page, "Threshold, in per cent", "20")
    expect(page.get_by_text("Still needed: Why this threshold.")).to_be_visible()
    say(page, "Why this threshold", "A missed death is four times as harmful.")
    expect(page.get_by_role("heading", name="5. Ten patients to compare")).to_be_visible()
    expect_accessible(page)
    page.get_by_role("button", name="Save both").click()
    settle(page)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open a patient").click()
    expect(opened.value.get_by_role("button", name="Show the model's risk")).to_be_visible()
    expect(opened.value.get_by_text("of 119 held-out patients")).to_be_visible()
