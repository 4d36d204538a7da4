"""What is written down beside the code: methods, decisions, how to add things."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from explainers.attribution.registry import ATTRIBUTORS
from explainers.performance.metrics import METRICS

TEXT_SUFFIXES = {".py", ".md", ".toml", ".yml", ".yaml", ".svg", ".cfg", ".txt", ""}
# A path of somebody's machine; written in parts so that this file passes its own rule.
MACHINE_PATH = re.compile(
    r"(?<![\w.~:/<}])/(?:" + "|".join(["home", "root", "work", "Users"]) + ")/"
)
EXTENSIONS = ("attributor", "metric", "check", "chart", "page")
MOST_FILES = 4


def without_page(slugs: Iterable[str], pages: Mapping[str, str]) -> list[str]:
    """Slugs that no page names in `code`."""
    return [slug for slug in slugs if not any(f"`{slug}`" in page for page in pages.values())]


def method_pages(repository: Path) -> dict[str, str]:
    folder = repository / "docs" / "methods"
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.md"))}


def test_every_attributor_has_its_method_written_down(repository: Path) -> None:
    assert without_page([each.slug for each in ATTRIBUTORS], method_pages(repository)) == []


def test_every_metric_has_its_method_written_down(repository: Path) -> None:
    assert without_page([each.slug for each in METRICS], method_pages(repository)) == []


def test_a_method_without_a_page_is_found() -> None:
    assert without_page(["lime", "magic"], {"lime.md": "The slug is `lime`."}) == ["magic"]


def untested(names: Iterable[str], tests: Mapping[str, str]) -> list[str]:
    return [name for name in names if not any(name in text for text in tests.values())]


def texts_of_tests(repository: Path) -> dict[str, str]:
    return {
        path.name: path.read_text("utf-8")
        for path in sorted((repository / "tests").rglob("test_*.py"))
        if path != Path(__file__)
    }


def test_every_attributor_is_tested(repository: Path) -> None:
    names = [type(attributor).__name__ for attributor in ATTRIBUTORS]
    assert untested(names, texts_of_tests(repository)) == []


def test_every_metric_is_tested(repository: Path) -> None:
    slugs = [metric.slug for metric in METRICS]
    assert untested([f'"{slug}"' for slug in slugs], texts_of_tests(repository)) == []


def test_every_chart_is_tested(repository: Path) -> None:
    charts = [
        name
        for path in (repository / "explainers" / "charts").glob("*.py")
        for name in re.findall(r"^def (\w+_chart)\(", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert charts
    assert untested(charts, texts_of_tests(repository)) == []


def test_every_page_is_in_the_navigation_and_tested(repository: Path) -> None:
    navigation = (repository / "dashboard" / "navigation.py").read_text("utf-8")
    text = (repository / "dashboard" / "text" / "en.toml").read_text("utf-8")
    app_tests = " ".join(path.name for path in (repository / "tests" / "app").glob("test_*.py"))
    pages = [path.stem for path in (repository / "dashboard" / "views").glob("[!_]*.py")]
    assert pages
    for page in pages:
        assert f"{page}.render" in navigation
        assert f"[{page}]" in text
        assert page in app_tests


def test_what_is_untested_is_found() -> None:
    assert untested(["TreeShap", "Magic"], {"test_tree_shap.py": "TreeShap()"}) == ["Magic"]


def faults_of_decisions(records: Mapping[str, str]) -> Iterator[str]:
    """Records must be numbered without gaps, titled with their number, and complete."""
    for position, (name, text) in enumerate(sorted(records.items()), start=1):
        if not re.fullmatch(rf"{position:04d}-[a-z0-9-]+\.md", name):
            yield f"{name} should have the number {position:04d}"
        if not text.startswith(f"# {position}. "):
            yield f"{name} should be titled with its number"
        for heading in ("## Context", "## Decision", "## Consequences"):
            if heading not in text:
                yield f"{name} lacks {heading}"
        if len(text.splitlines()) > 60:
            yield f"{name} is longer than a page"


def test_every_decision_is_numbered_titled_and_complete(repository: Path) -> None:
    folder = repository / "docs" / "decisions"
    records = {path.name: path.read_text("utf-8") for path in folder.glob("*.md")}
    assert len(records) >= 10
    assert list(faults_of_decisions(records)) == []


def test_a_faulty_decision_is_found() -> None:
    good = "# 1. A title\n\n## Context\n\n## Decision\n\n## Consequences\n"
    assert list(faults_of_decisions({"0001-a.md": good})) == []
    assert len(list(faults_of_decisions({"0002-a.md": good}))) == 1
    assert len(list(faults_of_decisions({"0001-a.md": "# A title\n\n## Context\n"}))) == 3


def files_to_touch(guide: str) -> dict[str, list[str]]:
    """For each thing one can add, the files that CONTRIBUTING lists."""
    sections = re.split(r"^### ", guide, flags=re.MULTILINE)[1:]
    return {
        section.splitlines()[0].split()[-1]: re.findall(
            r"^\d\. `([^`]+)`", section.split("\n## ")[0], re.MULTILINE
        )
        for section in sections
    }


def test_the_guide_lists_the_files_to_touch(repository: Path) -> None:
    listed = files_to_touch((repository / "CONTRIBUTING.md").read_text("utf-8"))
    assert tuple(listed) == EXTENSIONS
    for files in listed.values():
        assert 1 <= len(files) <= MOST_FILES


def test_the_guide_names_files_that_exist(repository: Path) -> None:
    listed = files_to_touch((repository / "CONTRIBUTING.md").read_text("utf-8"))
    del listed["check"]  # its package begins with the first check
    for path in {path for files in listed.values() for path in files}:
        place = repository / path
        capitals = re.search(r"[A-Z]{2,}", place.name)
        assert (place.parent if capitals else place).exists(), path


def test_a_guide_with_too_many_files_is_found() -> None:
    guide = (
        "### a page\n\n" + "".join(f"{n}. `f{n}.py`: x\n" for n in range(1, 6)) + "\n## Habits\n"
    )
    assert len(files_to_touch(guide)["page"]) == 5


def machine_paths(text: str) -> list[str]:
    return MACHINE_PATH.findall(text)


def committed_files(repository: Path) -> list[Path]:
    """Files that git tracks; every text file where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listing.stdout.split("\0") if listing.returncode == 0 else []
    found = [repository / name for name in names if name] or list(repository.rglob("*"))
    hidden = {".venv", ".git", "build"}
    return [
        path
        for path in found
        if path.is_file()
        and path.suffix in TEXT_SUFFIXES
        and not hidden & set(path.relative_to(repository).parts)
    ]


def test_no_committed_text_names_a_path_of_one_machine(repository: Path) -> None:
    found = [
        path.relative_to(repository).as_posix()
        for path in committed_files(repository)
        if machine_paths(path.read_text("utf-8", errors="ignore"))
    ]
    assert found == []


def test_a_machine_path_is_found() -> None:
    assert machine_paths("see /" + "home/anna/pellucid")
    assert not machine_paths("see docs/home/index.md, https://example.org/" + "home/x")


@pytest.mark.parametrize("name", ["LICENSE", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_what_a_project_owes_its_readers_is_there(repository: Path, name: str) -> None:
    assert len((repository / name).read_text("utf-8")) > 500


def broken_links(page: Path) -> list[str]:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)\s#]+)", page.read_text("utf-8"))
    return [target for target in targets if not (page.parent / target).exists()]


def test_no_document_links_to_what_is_not_there(repository: Path) -> None:
    documents = [*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]
    found = {page.name: links for page in documents if (links := broken_links(page))}
    assert found == {}


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[a](gone.md) [b](page.md) [c](https://example.org)")
    assert broken_links(page) == ["gone.md"]


def test_continuous_integration_runs_what_the_readme_says(repository: Path) -> None:
    script = repository / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text("utf-8")
    first_screen = "\n".join((repository / "README.md").read_text("utf-8").splitlines()[:20])
    assert "make run" in first_screen
    assert "make test" in first_screen


def test_every_make_target_that_is_named_exists(repository: Path) -> None:
    makefile = (repository / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (repository / name).read_text("utf-8")
        assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)) <= targets
