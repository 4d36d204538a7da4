"""The glossary: all terms, one term, a method page, and addresses that show what they promise."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard.glossary import terms
from dashboard.wording import say
from tests.app.pages import OpenPage, texts


def names(app: object) -> list[str]:
    return [each.value for each in app.subheader]  # type: ignore[attr-defined]


def test_all_terms_and_a_start_for_each_reader(open_page: OpenPage) -> None:
    app = open_page("glossary")
    assert not app.exception
    assert len(names(app)) == len(terms()) + 3
    shown = texts(app)
    for term in terms().values():
        assert term.limit[:20].split("[")[0] in shown.replace("\\", ""), term.slug


def test_an_address_opens_its_term_alone(open_page: OpenPage) -> None:
    app = open_page("glossary", term="auroc")
    assert names(app) == ["AUROC"]
    assert app.text_input[0].value == "AUROC"
    assert app.button(key="method_auroc")


def test_a_search_finds_and_only_a_term_enters_the_address(open_page: OpenPage) -> None:
    """Prevents words that somebody types, perhaps a patient's name, from staying in the history."""
    app = open_page("glossary", term="auroc")
    app.text_input[0].set_value("Jane Doe").run()
    assert "term" not in app.query_params
    assert any("contains these words" in info.value for info in app.info)
    app.text_input[0].set_value("O/E").run()
    assert app.query_params["term"] in ("observed-expected", ["observed-expected"])
    assert names(app) == ["Observed / expected"]


def test_a_term_that_does_not_exist_says_so(open_page: OpenPage) -> None:
    app = open_page("glossary", term="<b>gone</b>")
    assert not app.exception
    assert any("contains these words" in info.value for info in app.info)


def test_the_page_of_a_method_has_an_address(open_page: OpenPage) -> None:
    app = open_page("glossary", method="lime")
    assert [header.value for header in app.header] == ["LIME"]
    assert "What is estimated" in texts(app)
    assert "explainers/" not in texts(app)[:2000]


@pytest.mark.parametrize("name", ["gone", "../../SECURITY"])
def test_a_page_that_does_not_exist_says_so(open_page: OpenPage, name: str) -> None:
    app = open_page("glossary", method=name)
    assert not app.exception
    assert app.info or app.error


PROMISES = {
    "one patient": "Your own estimate first",
    "an Asian adult whom the model missed": "too low for Asian patients",
    "the groups by race": "**Sensitivity**",
    "by race and sex": "withheld",
    "the model's page": "What must be known about the data",
    "a model that ranks no better than chance": "hardly tells those with the outcome",
    "a patient for whom the methods disagree": "explains little of how the model behaves",
    "two curves of one input": "goes together with",
    "two models": "same",
}


def start_links() -> dict[str, str]:
    told = "".join(say(f"start.{reader}") for reader in ("clinician", "board", "teacher"))
    return dict(re.findall(r"\[([^\]]+)\]\(([^)]+)\)", told))


def test_every_address_to_start_from_has_its_promise() -> None:
    assert set(start_links()) == set(PROMISES)


@pytest.mark.parametrize("words", PROMISES)
def test_an_address_to_start_from_shows_what_it_promises(open_page: OpenPage, words: str) -> None:
    """Prevents a lesson from opening on a view that no longer shows it."""
    address = urlsplit(start_links()[words])
    page = address.path.strip("./") or "patient"
    app = open_page(page, **dict(parse_qsl(address.query)))
    assert not app.exception
    assert PROMISES[words].replace("**Sensitivity**", "Sensitivity") in texts(app)
