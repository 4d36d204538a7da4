"""Every chart and table of statistics says how to read it, and leads to its method and terms."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from dashboard.glossary import Term, find_term, terms
from dashboard.services.method_pages import page_of
from dashboard.wording import say
from explainers.attribution.registry import ATTRIBUTORS
from explainers.performance.metrics import METRICS

WITH_READING = ("show_chart", "show_statistics")
# Tables of what was recorded or looked for, or of what the chart above them draws and explains.
PLAIN_TABLES = {"record", "differing", "checks-"}
PLACEHOLDER = re.compile(r"\{\w+\}")
MARK = re.compile(r"\[\[([^|\]]*)\|([^\]]*)\]\]")
# Words of the method that a clinician may never have met, wherever they stand in a sentence.
TECHNICAL = (
    "accumulated local effects", "anchor", "AUROC", "base rate", "bootstrap", "Brier", "calibrated",
    "calibration", "comparator", "conformal", "contribution", "counterfactual", "held-out",
    "interaction", "interval", "local fit", "log-odds", "net benefit", "observed/expected",
    "out of distribution", "partial dependence", "permutation", "predictive value", "prevalence",
    "R²", "rank correlation", "recalibrated", "reference patients", "residual", "resampled",
    "seed", "sensitivity", "specificity", "standard deviation", "suppressed", "threshold",
    "Venn-Abers", "withheld",
)  # fmt: skip
# Capitals that are no terms of ours: files, units, names of places and of cohorts.
OTHER_CAPITALS = {"A4", "CSV", "HTML", "PDF", "RECIPE", "SHA", "SHA-256"}


def sentences_of(text: str) -> list[str]:
    shown = PLACEHOLDER.sub("x", MARK.sub(r"\2", text)).replace("**", "")
    return [part for part in re.split(r"(?<=[.?!])\s+", shown.strip()) if part]


def calls_of(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def argument(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def screen_texts(repository: Path) -> dict[str, str]:
    path = repository / "dashboard" / "text" / "en.toml"
    document = tomllib.loads(path.read_text("utf-8"))
    return {
        f"{section}.{name}": text
        for section, entries in document.items()
        for name, text in entries.items()
    }


def page_argument(call: ast.Call, tree: ast.Module) -> ast.expr | None:
    """The page a call names, outright or by a constant of its module."""
    page = argument(call, "page")
    constants = {
        ast.unparse(node.targets[0]): node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
    }
    return page if page is None else constants.get(ast.unparse(page), page)


def faults_of_page(page: ast.expr | None, repository: Path) -> Iterator[str]:
    """A page is named outright, or is that of an attributor."""
    if isinstance(page, ast.Constant):
        if not (repository / "docs" / "methods" / f"{page.value}.md").exists():
            yield f"no page {page.value}"
    elif page is None or not ast.unparse(page).startswith("page_of("):
        yield "names no page"


def faults_of_reading(reading: ast.expr | None, texts: dict[str, str]) -> Iterator[str]:
    """The words come from one key of the text file and are two sentences."""
    if not (isinstance(reading, ast.Call) and ast.unparse(reading.func) in ("say", "teach")):
        yield "says not how to read it"
        return
    keys = keys_of(reading.args[0], texts)
    if not keys:
        yield "says nothing that is in the text file"
    for key in keys:
        if len(sentences_of(texts[key])) != 2:
            yield f"{key} has {len(sentences_of(texts[key]))} sentences"


def keys_of(named: ast.expr, texts: dict[str, str]) -> list[str]:
    """Keys that a text, or one composed of parts such as ``f"groups.{slug}_help"``, can be."""
    parts = named.values if isinstance(named, ast.JoinedStr) else [named]
    pattern = "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+" for part in parts
    )
    return [key for key in texts if re.fullmatch(pattern, key)]


def test_every_chart_says_how_to_read_it_and_leads_to_its_method(
    repository: Path, sources: dict[str, ast.Module]
) -> None:
    texts = screen_texts(repository)
    calls = [
        (path, call, page_argument(call, tree))
        for path, tree in sources.items()
        for call in calls_of(tree, *WITH_READING)
    ]
    assert len(calls) > 10
    faults = [
        f"{path}, line {call.lineno}: {fault}"
        for path, call, page in calls
        for fault in (
            *faults_of_page(page, repository),
            *faults_of_reading(argument(call, "help_text"), texts),
        )
    ]
    assert faults == []


def test_a_chart_without_reading_or_page_is_found(repository: Path) -> None:
    (call,) = calls_of(
        ast.parse('show_chart(f, page="gone", help_text=teach("a.b"))'), "show_chart"
    )
    assert list(faults_of_page(argument(call, "page"), repository)) == ["no page gone"]
    assert list(faults_of_page(None, repository)) == ["names no page"]
    assert list(faults_of_reading(argument(call, "help_text"), {"a.b": "One. Two. Three."}))
    assert list(faults_of_reading(None, {}))
    assert list(faults_of_reading(argument(call, "help_text"), {}))
    (composed,) = calls_of(ast.parse('teach(f"a.{b}_c")'), "teach")
    assert keys_of(composed.args[0], {"a.x_c": "", "a.c": ""}) == ["a.x_c"]
    assert sentences_of("[[auroc|AUROC]] of {n}: a. 3.5 of it.") == ["AUROC of x: a.", "3.5 of it."]


def test_only_tables_without_statistics_go_without_reading(
    sources: dict[str, ast.Module],
) -> None:
    """Prevents a table of figures from standing on a page without a word on how to read it."""
    stray = [
        f"{path}, line {call.lineno}"
        for path, tree in sources.items()
        for call in calls_of(tree, "show_table")
        if path != "dashboard/components/chart.py"
        and not any(f"'{key}" in ast.unparse(call) for key in PLAIN_TABLES)
    ]
    assert stray == []


def test_every_attributor_has_its_page(repository: Path) -> None:
    for attributor in ATTRIBUTORS:
        assert (repository / "docs" / "methods" / f"{page_of(attributor.slug)}.md").exists()


def faults_of_term(term: Term, pages: Path) -> Iterator[str]:
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", term.slug):
        yield "an address holds small letters and hyphens"
    if not (pages / f"{term.page}.md").exists():
        yield f"no page {term.page}"
    if not 1 <= len(sentences_of(term.definition)) <= 3:
        yield "a definition is one to three sentences"
    if len(sentences_of(term.limit)) != 1:
        yield "what it does not say is one sentence"
    if any(mark in f"{term.definition}{term.limit}{term.name}" for mark in '"{}[]'):
        yield "marks that would end the title of a link"


def test_every_term_is_short_and_has_its_page(repository: Path) -> None:
    pages = repository / "docs" / "methods"
    faults = [f"{term.slug}: {f}" for term in terms().values() for f in faults_of_term(term, pages)]
    assert faults == []
    bad = Term("Bad term", 'A"B', (), "A. B. C. D.", "One. Two.", "gone")
    assert len(list(faults_of_term(bad, pages))) == 5


def test_no_two_terms_share_a_spelling() -> None:
    """Prevents a word from leading to one of two entries, depending on their order."""
    every = [spelling for term in terms().values() for spelling in term.spellings]
    assert sorted(every) == sorted(set(every))


def test_the_file_is_in_the_order_of_the_alphabet(repository: Path) -> None:
    text = (repository / "dashboard" / "text" / "glossary.toml").read_text("utf-8")
    assert list(tomllib.loads(text)) == list(terms())


def test_every_mark_in_a_sentence_leads_to_a_term(repository: Path) -> None:
    for key, text in screen_texts(repository).items():
        for slug, words in MARK.findall(text):
            assert slug in terms(), key
            assert find_term(words) in (terms()[slug], None), key


def unexplained(text: str) -> list[str]:
    """Technical words and capitals of a sentence that the glossary does not explain."""
    shown = re.sub(r"\]\([^)]*\)", "]", MARK.sub(r"\2", text))
    words = [word for word in TECHNICAL if word.casefold() in shown.casefold()]
    words += set(re.findall(r"\b[A-Z][A-Z0-9]+(?:-[0-9]+)?\b", shown)) - OTHER_CAPITALS
    known = " ".join(spelling for term in terms().values() for spelling in term.spellings)
    return [word for word in words if word.casefold() not in known]


def test_every_technical_word_on_screen_is_in_the_glossary(repository: Path) -> None:
    found = {
        key: words for key, text in screen_texts(repository).items() if (words := unexplained(text))
    }
    assert found == {}
    assert unexplained("The XYZ of it") == ["XYZ"]


def test_every_statistic_and_method_on_screen_is_in_the_glossary() -> None:
    labels = [each.label for each in (*METRICS, *ATTRIBUTORS)]
    assert [label for label in labels if find_term(label) is None] == []


def test_no_mark_is_left_over_on_screen(repository: Path) -> None:
    """Prevents brackets from standing in a label, where nothing makes links of them."""
    for key, text in screen_texts(repository).items():
        values = dict.fromkeys(re.findall(r"\{(\w+)\}", text), "x")
        assert "[[" not in say(key, **values)
