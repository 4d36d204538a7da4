"""What is clicked: by the names that stand on screen, or the keys of containers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from playwright.sync_api import Page

from benchmarks.clicks.browser import Do
from dashboard.wording import say


@dataclass(frozen=True)
class Action:
    """One kind of click.

    Attributes
    ----------
    name : str
    steps : tuple of callables
        Done one after the other, again and again; each is answered by the server.
    n_rounds : int
        How often all steps are done.
    """

    name: str
    steps: tuple[Do, ...]
    n_rounds: int = 5


def _button(name: str, page: Page) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def _step(key: str, page: Page) -> None:
    """The plus of the first number of a container, or of the page."""
    page.locator(f"{key} [data-testid=stNumberInputStepUp]").first.click()


def _toggle(name: str, page: Page) -> None:
    page.get_by_test_id("stCheckbox").filter(has_text=name).locator("label").first.click()


def pick(key: str, page: Page, *, at: int) -> None:
    """A pill or a segment of a container, which may have a button for its help as well."""
    page.locator(f"{key} button:not([aria-label^=Help])").nth(at).click()


def press(key: str) -> Do:
    """A button by its entry in the text file."""
    return partial(_button, say(key))


NEXT = press("finder.next")
RANDOM = Action("a patient at random", (press("finder.random"),), 10)
_SEGMENT = "[data-testid=stButtonGroup]"

PATIENT_ACTIONS: tuple[Action, ...] = (
    Action("next patient", (NEXT,), 20),
    Action("previous patient", (press("finder.previous"),), 10),
    RANDOM,
    Action(
        "risk or log-odds",
        (partial(pick, ".st-key-unit", at=1), partial(pick, ".st-key-unit", at=0)),
    ),
    Action(
        "single inputs or concepts",
        (partial(pick, ".st-key-detail", at=1), partial(pick, ".st-key-detail", at=0)),
    ),
    Action("open and close a concept", (partial(pick, ".st-key-opened_concept", at=0),), 10),
    Action("edit an input of the what-if", (partial(_step, ".st-key-editors"),), 10),
    Action(
        "100 or 25 similar patients",
        (
            partial(pick, ".st-key-similar_size", at=2),
            partial(pick, ".st-key-similar_size", at=0),
        ),
    ),
    Action("show what was recorded", (partial(_toggle, say("patient.risk_actual_switch")),), 6),
    Action("agree with the prediction", (press("decision.agree"),), 6),
)

GROUP_ACTIONS: tuple[Action, ...] = (
    Action("pick another attribute", (partial(pick, _SEGMENT, at=1),), 8),
    Action("move the threshold", (partial(_step, "[class*=st-key-threshold_]"),), 8),
)

# Addresses at which everything is shown at once.
OPEN_PAGES: dict[str, Callable[[str, str], str]] = {
    "patient": lambda address, model: f"{address}/?own_first=false&model={model}",
    "groups": lambda address, model: f"{address}/groups?model={model}",
}
