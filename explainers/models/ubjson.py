"""Reading the binary JSON in which XGBoost saves a model.

XGBoost's own reader is compiled code that trusts the file: one that is cut short or says wrong
lengths can end the whole process. So a file is read here first, and only a sound one is handed on.
Format: Universal Binary JSON, draft 12, in XGBoost's dialect (every length is a 64-bit integer).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_NUMBERS = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
_CONSTANTS = {"Z": None, "T": True, "F": False}
DEEPEST = 32


def read_ubjson(content: bytes) -> Any:
    """The document that the bytes hold; arrays of one number type become ndarrays.

    Raises
    ------
    ValueError
        When the bytes are not one whole document of this format.
    """
    reader = _Reader(content)
    document = reader.read_value(reader.read_marker(), 0)
    if reader.position != len(content):
        raise ValueError(f"something follows the document at byte {reader.position}")
    return document


class _Reader:
    """A position in the bytes, and how to read on from it."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.position = 0

    def read_marker(self) -> str:
        return self._take(1).decode("latin-1")

    def read_value(self, marker: str, depth: int) -> Any:
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        if marker in _NUMBERS:
            return self._read_numbers(marker, 1)[0].item()
        readers: dict[str, Callable[[int], Any]] = {
            "S": lambda _: self._read_text(),
            "{": self._read_object,
            "[": self._read_array,
        }
        if marker not in readers or depth > DEEPEST:
            raise ValueError(f"unknown construct {marker!r} at byte {self.position - 1}")
        return readers[marker](depth + 1)

    def _take(self, count: int) -> bytes:
        taken = self._content[self.position : self.position + count]
        if count < 0 or len(taken) != count:
            raise ValueError(f"the file ends or lies about a length at byte {self.position}")
        self.position += count
        return taken

    def _read_length(self) -> int:
        if self.read_marker() != "L":
            raise ValueError(f"a length is needed at byte {self.position - 1}")
        return int.from_bytes(self._take(8), "big", signed=True)

    def _read_text(self) -> str:
        return self._take(self._read_length()).decode("utf-8")

    def _read_numbers(self, marker: str, count: int) -> np.ndarray[tuple[int], np.dtype[Any]]:
        if marker not in _NUMBERS:
            raise ValueError(f"unknown number type {marker!r} at byte {self.position - 1}")
        kind = np.dtype(_NUMBERS[marker])
        return np.frombuffer(self._take(count * kind.itemsize), dtype=kind)

    def _read_object(self, depth: int) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while self._content[self.position : self.position + 1] != b"}":
            key = self._read_text()
            if key in entries:
                raise ValueError(f"the entry {key!r} occurs twice")
            entries[key] = self.read_value(self.read_marker(), depth)
        self._take(1)
        return entries

    def _read_array(self, depth: int) -> Any:
        marker = self.read_marker()
        if marker == "$":
            kind = self.read_marker()
            self._expect_count()
            return self._read_numbers(kind, self._read_length())
        if marker == "#":
            count = self._read_length()
            return [self.read_value(self.read_marker(), depth) for _ in range(count)]
        values = []
        while marker != "]":
            values.append(self.read_value(marker, depth))
            marker = self.read_marker()
        return values

    def _expect_count(self) -> None:
        if self.read_marker() != "#":
            raise ValueError(f"a count is needed at byte {self.position - 1}")
