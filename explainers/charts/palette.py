"""Colours that mean something, for a light and a dark page.

One accent carries whatever a chart is about. The two signs are an orange-brown and a blue, after
Okabe and Ito (2008, Color Universal Design), darkened or lightened until text in them reaches a
contrast of 4.5:1; red and green are not used. A sign is never told by colour alone: bars that
lower are hatched, and every bar has its signed number beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["light", "dark"]

# The hatching of bars that lower the prediction; bars that raise it are plain.
LOWERS_PATTERN = "/"
RAISES_PATTERN = ""


@dataclass(frozen=True)
class Palette:
    """Colours of one mode, each as ``#rrggbb``.

    Attributes
    ----------
    page, panel : str
        Background of the page, and of widgets and tables on it.
    ink, muted : str
        Text, and text that stands back.
    accent : str
        What the chart is about: this patient, this group.
    raises, lowers : str
        Contributions that raise and that lower the prediction.
    neutral : str
        Marks without a sign: the remainder, those without the outcome, the starting point.
    grid, rule : str
        Gridlines, and lines that separate or connect.
    """

    page: str
    panel: str
    ink: str
    muted: str
    accent: str
    raises: str
    lowers: str
    neutral: str
    grid: str
    rule: str

    def sign(self, value: float) -> str:
        """Colour of a signed contribution."""
        return self.lowers if value < 0 else self.raises


LIGHT = Palette(
    page="#ffffff",
    panel="#f3f6f7",
    ink="#0a141a",
    muted="#54646e",
    accent="#0b6470",
    raises="#b04a0a",
    lowers="#1b66ae",
    neutral="#73828b",
    grid="#e6ebee",
    rule="#b4c1c8",
)

DARK = Palette(
    page="#10181d",
    panel="#172127",
    ink="#e6edf0",
    muted="#a3b3bc",
    accent="#5cc3cf",
    raises="#f2995f",
    lowers="#74b5f2",
    neutral="#8798a2",
    grid="#222e36",
    rule="#4a5b66",
)


def palette_for(mode: Mode) -> Palette:
    """Colours of the mode; anything but ``"dark"`` is light, as a page of unknown mode is."""
    return DARK if mode == "dark" else LIGHT


def translucent(colour: str, opacity: float) -> str:
    """``#rrggbb`` as ``rgba(...)`` of an opacity in [0, 1]."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"
