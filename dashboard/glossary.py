"""Every technical term on screen: what it means, what it does not say, where the method stands."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ADDRESS = "glossary"
TERM, METHOD = "term", "method"


@dataclass(frozen=True)
class Term:
    """One entry of the glossary.

    Attributes
    ----------
    slug : str
        Its name in an address.
    name : str
        As it stands on screen.
    aliases : tuple of str
        Other spellings under which it is found.
    definition : str
        One to three sentences.
    limit : str
        What it does not say, in one sentence.
    page : str
        Name of its page in ``docs/methods``, without its ending.
    """

    slug: str
    name: str
    aliases: tuple[str, ...]
    definition: str
    limit: str
    page: str

    @property
    def short(self) -> str:
        """The first sentence of the definition."""
        return re.split(r"(?<=[.])\s", self.definition, maxsplit=1)[0]

    @property
    def spellings(self) -> tuple[str, ...]:
        """Its name and aliases in small letters."""
        return tuple(spelling.casefold() for spelling in (self.name, *self.aliases))


@cache
def terms() -> dict[str, Term]:
    """All terms by slug, in the order of the alphabet."""
    text = (files("dashboard") / "text" / "glossary.toml").read_text("utf-8")
    entries = (
        Term(slug, **{**entry, "aliases": tuple(entry["aliases"])})
        for slug, entry in tomllib.loads(text).items()
    )
    return {term.slug: term for term in sorted(entries, key=lambda term: term.name.casefold())}


def find_term(spelling: str) -> Term | None:
    """The term of exactly that slug, name or alias; None where there is none."""
    wanted = " ".join(spelling.split()).casefold()
    return terms().get(wanted) or _by_spelling().get(wanted)


def search_terms(query: str) -> tuple[Term, ...]:
    """Terms that a reader may have meant; all of them for an empty query.

    A query that is a term's slug, name or alias finds this term alone. Otherwise terms whose name
    or alias contains it come before those that only mention it.
    """
    exact = find_term(query)
    if exact is not None:
        return (exact,)
    wanted = " ".join(query.split()).casefold()
    named = [term for term in terms().values() if any(wanted in one for one in term.spellings)]
    mentioning = [
        term
        for term in terms().values()
        if term not in named and wanted in f"{term.definition} {term.limit}".casefold()
    ]
    return (*named, *mentioning)


def link_to_term(term: Term, words: str) -> str:
    """Words, already fit for Markdown, as a link to their entry.

    The link is relative, so that it holds under any base path; the definition is its title.
    """
    return f'[{words}]({ADDRESS}?{TERM}={term.slug} "{term.short}")'


@cache
def _by_spelling() -> dict[str, Term]:
    return {spelling: term for term in terms().values() for spelling in term.spellings}
