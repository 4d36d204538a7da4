"""What is said of a clinician's decision, on screen and in print."""

from __future__ import annotations

from datetime import datetime

from dashboard.wording import say


def decision_sentence(kind: str, reason: str, made_at: datetime) -> str:
    """What was decided and when.

    Parameters
    ----------
    kind : str
        ``agree``, ``override`` or ``set_aside``.
    reason : str
        Slug of the reason of an override; "" otherwise.
    made_at : datetime
        In UTC.
    """
    told = say(f"decision.reason_{reason}") if reason else ""
    return say(f"decision.made_{kind}", reason=told, time=made_at.strftime("%Y-%m-%d, %H:%M UTC"))
