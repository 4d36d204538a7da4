"""Every sentence on screen, read from one file and filled with values."""

from __future__ import annotations

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
    return "".join(_ESCAPES.get(character, character) for character in str(value))


@cache
def _sentences() -> dict[str, str]:
    document = tomllib.loads((files("dashboard") / "text" / "en.toml").read_text("utf-8"))
    return {
        f"{section}.{name}": sentence.strip()
        for section, entries in document.items()
        for name, sentence in entries.items()
    }


_ESCAPES = {character: f"\\{character}" for character in r"\`*_{}[]<>#$~|:"} | {
    "\n": " ",
    "\r": " ",
}
