"""Numbers and names as they stand on a chart.

Names come from files that users bring. Plotly renders a small part of HTML in every text, links
included, so a name passes :func:`plain_lines` before it reaches a figure.
"""

from __future__ import annotations

import html
import math
import textwrap

from explainers.core.estimate import Estimate
from explainers.core.link import Scale
from explainers.core.phrases import lower_first
from explainers.performance.metric import Metric
from explainers.performance.metrics import METRICS

NOT_COMPUTED = "not computed"
# Statistics whose usual size leaves nothing of two decimals.
_THREE_DECIMALS = frozenset({"brier", "net_benefit"})
# Shares of patients that say nothing of a model's performance.
_OTHER_SHARES = frozenset({"override_share", "set_aside_share", "decided_share"})
MINUS = "\N{MINUS SIGN}"


def one_line(text: str) -> str:
    """The text without control characters, line breaks or runs of blanks."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def escape_markup(text: str) -> str:
    """Text that Plotly shows as it is written, tags and entities included."""
    return html.escape(one_line(text), quote=False)


def plain_lines(text: str, width: int, max_lines: int) -> tuple[str, ...]:
    """Escaped lines of at most ``width`` characters; what does not fit is cut with an ellipsis."""
    line = one_line(text)
    if len(line) <= width:
        return (html.escape(line, quote=False),)
    lines = textwrap.wrap(line, width, max_lines=max_lines, placeholder="…", break_on_hyphens=False)
    return tuple(html.escape(line, quote=False) for line in lines) or ("",)


def format_percent(share: float) -> str:
    """A share as a percentage with one decimal; never a 0 or 100 that is merely close."""
    if not math.isfinite(share):
        return NOT_COMPUTED
    if 0 < share < 0.0005:
        return "<0.1%"
    if 0.9995 < share < 1:
        return ">99.9%"
    return f"{_signed_minus(100 * share, 1)}%"


def format_prediction(value: float, scale: Scale) -> str:
    """A prediction or baseline: ``31.2%`` on the risk scale, minus sign included."""
    if scale == "risk":
        return format_percent(value)
    return _signed_minus(value, 2) if math.isfinite(value) else NOT_COMPUTED


def format_change(value: float, scale: Scale) -> str:
    """A contribution with its sign: ``+5.1 points`` of risk, ``+0.42`` in log-odds."""
    unit = " points" if scale == "risk" else ""
    shown, decimals = (100 * value, 1) if scale == "risk" else (value, 2)
    if not math.isfinite(value):
        return NOT_COMPUTED
    smallest = 10.0**-decimals
    if 0 < abs(shown) < smallest / 2:
        return f"under {smallest:.{decimals}f}{unit}"
    plus = "+" if round(shown, decimals) > 0 else ""
    return f"{plus}{_signed_minus(shown, decimals)}{unit}"


def metric_facts(slug: str) -> Metric | None:
    """What is known of a statistic; None for one that is not a measure of performance."""
    return next((metric for metric in METRICS if metric.slug == slug), None)


def is_share(slug: str) -> bool:
    """Whether a statistic is a share of patients, printed in percent."""
    facts = metric_facts(slug)
    return slug in _OTHER_SHARES or (facts is not None and facts.kind == "share")


def format_metric(value: float, metric: str) -> str:
    """A statistic as the field prints it: shares in percent, others to two or three decimals."""
    if is_share(metric):
        return format_percent(value)
    decimals = 3 if metric in _THREE_DECIMALS else 2
    return _signed_minus(value, decimals) if math.isfinite(value) else NOT_COMPUTED


def format_estimate(estimate: Estimate) -> str:
    """A statistic with its interval, ``0.78 [0.74, 0.82]``, or why there is none."""
    if not estimate.is_estimated or estimate.value is None:
        return format_absence(estimate)
    value = format_metric(estimate.value, estimate.metric)
    if estimate.low is None or estimate.high is None:
        return f"{value} [no interval]"
    low, high = (
        format_metric(end, estimate.metric).rstrip("%") for end in (estimate.low, estimate.high)
    )
    return f"{value} [{low}, {high}]"


def absence_word(estimate: Estimate) -> str:
    """The kind of a statistic's absence, without the reason: withheld, or not estimable."""
    return "withheld" if estimate.status == "suppressed" else estimate.status.replace("_", " ")


def format_absence(estimate: Estimate) -> str:
    """Why a statistic has no value, as one clause: ``not estimable: nobody has the outcome``."""
    kind = NOT_COMPUTED if estimate.is_estimated else absence_word(estimate)
    reason = one_line(estimate.reason).rstrip(".").removeprefix("Withheld: ")
    return f"{kind}: {lower_first(reason)}" if reason else kind


def format_sizes(estimate: Estimate) -> str:
    """How many patients and events a statistic rests on."""
    if estimate.n is None:
        return "n withheld"
    events = "" if estimate.n_events is None else f", {estimate.n_events:,} events"
    return f"n {estimate.n:,}{events}"


def to_axis(value: float, scale: Scale) -> float:
    """A value in the unit of the axis: percent on the risk scale, log-odds as they are."""
    return 100 * value if scale == "risk" else value


def _signed_minus(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)
