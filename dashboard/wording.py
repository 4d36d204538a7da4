"""Every sentence on screen, read from one file and filled with values."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files


def say(key: str, /, **values: object) -> str:
    """The sentence of that key, such as ``patient.title``, with its values filled in.

    Raises
    ------
    KeyError
        When the text file has no such key, or the sentence needs a value that is not given.
    """
    return _sentences()[key].format(**values)


def plain(value: object) -> str:
    """Text from outside, made safe to stand inside Markdown: no links, markup or HTML."""
    unlinked = _LINK_OR_ICON.sub(rf"\g<0>{WORD_JOINER}", str(value))
    return "".join(_ESCAPES.get(character, character) for character in unlinked)


@cache
def _sentences() -> dict[str, str]:
    document = tomllib.loads((files("dashboard") / "text" / "en.toml").read_text("utf-8"))
    return {
        f"{section}.{name}": sentence.strip()
        for section, entries in document.items()
        for name, sentence in entries.items()
    }


WORD_JOINER = "\N{WORD JOINER}"
# Streamlit looks for addresses and icons in the text after its escapes are gone; one character that
# takes no room, where each of them would begin, hides them from it.
_LINK_OR_ICON = re.compile(r"www(?=\.)|:(?=\S)|@", re.IGNORECASE)
_ESCAPES = {character: f"\\{character}" for character in r"\`*_{}[]<>#$~|:"} | {
    "\n": " ",
    "\r": " ",
}
