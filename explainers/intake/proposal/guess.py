"""One guess about a table, with its reason and its doubt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Guess:
    """One thing that was guessed.

    Attributes
    ----------
    column : str
        "" where it is about the whole table.
    what : str
        The entry of the schema, such as ``unit``.
    value : str
        What was guessed; "" where nothing could be.
    reason, doubt : str
        Why, and what may be wrong with it.
    """

    column: str
    what: str
    value: str
    reason: str
    doubt: str = ""

    def __str__(self) -> str:
        guess = f"{self.what} = {self.value}" if self.value else f"no {self.what}"
        doubt = f" To check: {self.doubt}" if self.doubt else ""
        return f"{guess}: {self.reason}.{doubt}"
