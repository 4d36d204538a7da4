from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.glossary import find_term, link_to_term, search_terms, terms
from dashboard.services import method_pages
from dashboard.services.method_pages import read_page
from dashboard.wording import linked, say, teach, with_terms


@pytest.mark.parametrize(
    ("spelling", "slug"),
    [
        ("auroc", "auroc"),
        ("AUROC", "auroc"),
        ("O/E", "observed-expected"),
        (" Observed  / expected ", "observed-expected"),
        ("R²", "local-fit"),
    ],
)
def test_a_term_is_found_by_slug_name_and_alias(spelling: str, slug: str) -> None:
    found = find_term(spelling)
    assert found is not None
    assert found.slug == slug


def test_what_is_no_term_is_not_found() -> None:
    assert find_term("waist") is None
    assert find_term("") is None
    assert search_terms("waist circumference") == ()


def test_an_exact_word_finds_its_term_alone_and_a_part_finds_names_first() -> None:
    """Prevents a reader who follows a link from having to seek the entry among others."""
    assert [term.slug for term in search_terms("interval")] == ["interval"]
    slugs = [term.slug for term in search_terms("calibrat")]
    assert slugs[:3] == ["calibration", "calibration-slope", "calibration-in-the-large"]
    assert "similar-risk" not in slugs[:3]
    assert search_terms("  ") == tuple(terms().values())


def test_a_link_is_relative_and_says_the_definition() -> None:
    """Prevents links that break under a base path, or lead a reader away to learn one word."""
    assert link_to_term(terms()["prevalence"], "Prevalence") == (
        '[Prevalence](glossary?term=prevalence "The share of patients who have the outcome.")'
    )


def test_only_a_whole_term_becomes_a_link() -> None:
    assert linked("Sensitivity").startswith("[Sensitivity](glossary?term=sensitivity")
    assert linked("[Sensitivity of skin]") == r"\[Sensitivity of skin\]"


def test_marks_are_links_where_taught_and_words_elsewhere() -> None:
    """Prevents markup from being read aloud in a label, or printed on paper."""
    assert say("patient.lime_help").startswith("LIME fits")
    assert teach("patient.lime_help").startswith("[LIME](glossary?term=lime")
    assert "{" not in teach("hints.beeswarm", floor=11)


def test_the_first_mention_of_a_term_becomes_a_link() -> None:
    told = with_terms("Local fit 0.3: the local fit is poor.", "local-fit")
    assert told.startswith("[Local fit](glossary?term=local-fit")
    assert told.endswith(": the local fit is poor.")
    assert told.count("](") == 1
    assert with_terms("Nothing here.", "local-fit") == "Nothing here."


PAGE = """# Calibration: `brier`

Code: `explainers/brier.py`,
and more.

## Formula
See [the intervals](intervals.md), [a record](../decisions/0001-a.md), [a site](https://x.org).
"""


def test_a_page_loses_its_title_and_files_and_its_links_work_here() -> None:
    """Prevents a clinician from meeting file names first, and links that lead nowhere."""
    page = read_page(PAGE)
    assert page.title == "Calibration: brier"
    assert page.text == (
        "## Formula\nSee [the intervals](glossary?method=intervals), a record, "
        "[a site](https://x.org)."
    )


def test_a_formula_of_several_lines_stands_alone() -> None:
    """Prevents an error in red where the formula of a statistic should be."""
    told = read_page("# A\n\n$$ a = b,\n   c $$\nand $d$.\n").text
    assert told == "$$\na = b,\n   c\n$$\n\nand $d$."


def test_an_installed_copy_finds_its_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prevents a wheel from having charts whose method cannot be read."""
    page = tmp_path / "share" / "pellucid" / "methods" / "lime.md"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE, "utf-8")

    class Installed:
        parts = ("..", "..", "share", "pellucid", "methods", "lime.md")

        def locate(self) -> Path:
            return page

    monkeypatch.setattr(method_pages, "PAGES", tmp_path / "absent")
    monkeypatch.setattr(method_pages.metadata, "files", lambda _: [Installed()])
    assert method_pages._place_of("lime.md") == page
    assert method_pages._place_of("gone.md") is None
