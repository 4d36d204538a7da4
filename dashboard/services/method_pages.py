"""The pages that say how each method is computed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import streamlit as st

from dashboard.glossary import ADDRESS, METHOD
from explainers.errors import SettingsError
from explainers.models.slugs import is_slug

# Beside the sources; an installed copy keeps the pages among the files of its distribution.
PAGES = Path(__file__).resolve().parents[2] / "docs" / "methods"
DISTRIBUTION = "pellucid"
INSTALLED_FOLDER = ("pellucid", "methods")
# Streamlit reads a formula of several lines only where its signs stand on lines of their own.
_FORMULA = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
# Where a page begins by saying in which file the method is.
_FOR_PROGRAMMERS = re.compile(r"\A(?:Slug|Code|Command)\b.*?(?:\n\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class MethodPage:
    """A page of ``docs/methods``, made to stand inside the dashboard.

    Attributes
    ----------
    title : str
    text : str
        Markdown without the title; links to other pages lead to these inside the dashboard.
    """

    title: str
    text: str


@st.cache_data(max_entries=64, show_spinner=False)
def method_page(name: str) -> MethodPage | None:
    """The page of that name; None where there is none.

    Raises
    ------
    SettingsError
        When the name is not that of a page.
    """
    if not is_slug(name):
        raise SettingsError("a page of a method has a plain name", value=name)
    place = _place_of(f"{name}.md")
    if place is None:
        return None
    try:
        return read_page(place.read_text("utf-8"))
    except OSError:
        return None


def page_of(attributor: str) -> str:
    """Name of the page that says how the attributor of that slug computes its reasons."""
    return "permutation-shap" if attributor == "permutation" else attributor


def read_page(text: str) -> MethodPage:
    """Divide a page into its title and the rest, and lead its links to where they work here."""
    first, _, rest = text.lstrip().partition("\n")
    shown = _FOR_PROGRAMMERS.sub("", rest.lstrip())
    linked = re.sub(r"\]\(([a-z0-9-]+)\.md\)", rf"]({ADDRESS}?{METHOD}=\1)", shown)
    linked = _FORMULA.sub(_stand_alone, linked)
    return MethodPage(
        title=first.removeprefix("#").replace("`", "").strip(),
        text=re.sub(rf"\[([^\]]+)\]\((?!https?:|{ADDRESS})[^)]+\)", r"\1", linked).strip(),
    )


def _stand_alone(formula: re.Match[str]) -> str:
    return f"\n$$\n{formula[1].strip()}\n$$\n"


def _place_of(name: str) -> Path | None:
    if PAGES.is_dir():
        return PAGES / name
    try:
        files = metadata.files(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return None
    wanted = (*INSTALLED_FOLDER, name)
    found = next((file for file in files if file.parts[-len(wanted) :] == wanted), None)
    return None if found is None else Path(str(found.locate()))
