"""What is said of an address that asks for something there is not."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.view_models.rounding import listed
from dashboard.wording import plain, say

LONGEST_QUOTE = 60


def refusal_sentence(asked: Sequence[str], label: str, shown: Sequence[str]) -> str:
    """What was not understood, and what is shown instead.

    Parameters
    ----------
    asked : sequence of str
        As it stands in the address; at least one.
    label : str
        What it was asked of, by its name on screen.
    shown : sequence of str
        Names on screen of what is shown; empty where nothing is.
    """
    return say(
        "common.address_refused",
        asked=listed(quoted(one) for one in asked),
        label=plain(label),
        shown=plain(listed(shown)) or say("common.nothing_chosen"),
    )


def quoted(text: str) -> str:
    """Text from outside in quotation marks, cut where it is long."""
    short = text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"
    return f"“{plain(short)}”"
