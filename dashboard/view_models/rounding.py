"""Numbers as clinicians round them; charts and screens share one rounding."""

from __future__ import annotations

from collections.abc import Iterable

from explainers.charts.wording import absence_word, format_estimate
from explainers.core.estimate import Estimate

NO_BREAK = "\N{NO-BREAK SPACE}"


def frequency(risk: float) -> str:
    """A risk as a natural frequency, such as ``about 12 in 100``; never 0 or 100 in 100."""
    if risk < 0.001:
        return "fewer than 1 in 1,000"
    if risk < 0.0095:
        return f"about {round(risk * 1000)} in 1,000"
    if risk >= 0.995:
        return "more than 99 in 100"
    return f"about {round(risk * 100)} in 100"


def interval(estimate: Estimate) -> str:
    """``value [low, high]``, or in two words why there is none; the reason stands elsewhere."""
    if estimate.is_estimated:
        value, _, bracket = format_estimate(estimate).partition(" ")
        return f"{value} {bracket.replace(' ', NO_BREAK)}".strip()
    return absence_word(estimate)


def listed(names: Iterable[str]) -> str:
    """Names as a sentence has them: ``a, b and c``."""
    items = list(names)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def count(value: int | None) -> str:
    """A number of people with thousands separators; "withheld" when suppressed."""
    return "withheld" if value is None else f"{value:,}"
