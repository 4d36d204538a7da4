"""Every sentence on screen, read from one file and filled with values."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from dashboard.glossary import find_term, link_to_term, terms


def say(key: str, /, **values: object) -> str:
    """The sentence of that key, such as ``patient.title``, with its values filled in.

    Raises
    ------
    KeyError
        When the text file has no such key, or the sentence needs a value that is not given.
    """
    return _unmarked(key).format(**values)


def teach(key: str, /, **values: object) -> str:
    """As :func:`say`, for Markdown: ``[[auroc|words]]`` becomes a link to that term."""
    return _with_links(key).format(**values)


def plain(value: object) -> str:
    """Text from outside, made safe to stand inside Markdown: no links, markup or HTML."""
    unlinked = _LINK_OR_ICON.sub(rf"\g<0>{WORD_JOINER}", str(value))
    return unlinked.translate(_ESCAPES)


def upper_first(text: str) -> str:
    """The text as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def linked(value: object) -> str:
    """Text from outside as :func:`plain` gives it; a link where it is a term of the glossary."""
    term = find_term(str(value))
    return plain(value) if term is None else link_to_term(term, plain(value))


def with_terms(text: str, *slugs: str) -> str:
    """Markdown in which the first mention of each of these terms by its name is a link."""
    for term in (terms()[slug] for slug in slugs):
        found = re.search(rf"\b{re.escape(term.name)}\b", text, re.IGNORECASE)
        if found is not None:
            link = link_to_term(term, found[0])
            text = f"{text[: found.start()]}{link}{text[found.end() :]}"
    return text


@cache
def _sentences() -> dict[str, str]:
    document = tomllib.loads((files("dashboard") / "text" / "en.toml").read_text("utf-8"))
    return {
        f"{section}.{name}": sentence.strip()
        for section, entries in document.items()
        for name, sentence in entries.items()
    }


@cache
def _unmarked(key: str) -> str:
    return _MARK.sub(r"\g<words>", _sentences()[key])


@cache
def _with_links(key: str) -> str:
    return _MARK.sub(_link, _sentences()[key])


def _link(mark: re.Match[str]) -> str:
    return link_to_term(terms()[mark["slug"]], mark["words"])


_MARK = re.compile(r"\[\[(?P<slug>[a-z0-9-]+)\|(?P<words>[^\]|]+)\]\]")

WORD_JOINER = "\N{WORD JOINER}"
# Streamlit looks for addresses and icons in the text after its escapes are gone; one character that
# takes no room, where each of them would begin, hides them from it.
_LINK_OR_ICON = re.compile(r"www(?=\.)|:(?=\S)|@", re.IGNORECASE)
_ESCAPES = str.maketrans(
    {character: f"\\{character}" for character in r"\`*_{}[]<>#$~|:"} | {"\n": " ", "\r": " "}
)
