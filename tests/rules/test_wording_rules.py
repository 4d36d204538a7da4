"""What a clinician reads never claims a cause, a verdict or more certainty than there is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CAUSAL = (
    r"\bbecause\b",
    r"\bcaus(?:ed|ing)\b",
    r"\bcauses? (?:the|a|an|your|this|their|higher|lower)\b",
    r"\bdue to\b",
    r"\bleads? to\b",
    r"\bresults? in\b",
    r"\bprotects? (?:from|against)\b",
    r"\breduc\w+ (?:\w+ ){1,4}(?:to|would|will) (?:lower|reduce|decrease)",
    r"\bwill (?:lower|raise|reduce|increase) (?:the|your|this|their) risk\b",
)
VERDICTS = (
    r"\btrust score\b",
    r"\bfairness score\b",
    r"\b(?:is|was) (?:fair|unbiased|safe)\b",
    r"\bbias(?:ed)? detected\b",
)


def sentences(document: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Key and text of every sentence of a text file."""
    if isinstance(document, dict):
        for key, entry in document.items():
            yield from sentences(entry, f"{place}.{key}".lstrip("."))
    elif isinstance(document, list):
        for entry in document:
            yield from sentences(entry, place)
    elif isinstance(document, str):
        yield place, document


def claims(text: str, patterns: tuple[str, ...]) -> list[str]:
    return [pattern for pattern in patterns if re.search(pattern, text, re.IGNORECASE)]


def text_files(repository: Path) -> list[Path]:
    return sorted((repository / "dashboard" / "text").glob("*.toml"))


@pytest.mark.parametrize("patterns", [CAUSAL, VERDICTS], ids=["cause", "verdict"])
def test_no_sentence_on_screen_claims_it(repository: Path, patterns: tuple[str, ...]) -> None:
    found = [
        f"{path.name} {key}: {text!r}"
        for path in text_files(repository)
        for key, text in sentences(tomllib.loads(path.read_text("utf-8")))
        if claims(text, patterns)
    ]
    assert found == []


def test_there_is_text_to_check(repository: Path) -> None:
    assert text_files(repository)


@pytest.mark.parametrize(
    "claim",
    [
        "The risk is high because of the waist.",
        "Diabetes caused by body size.",
        "Reduce the waist to lower the risk.",
        "Reducing systolic blood pressure would lower it.",
        "High cholesterol leads to disease.",
    ],
)
def test_a_causal_claim_is_found(claim: str) -> None:
    assert claims(claim, CAUSAL)


def test_a_verdict_is_found() -> None:
    assert claims("The model is fair.", VERDICTS)


def test_an_honest_sentence_passes() -> None:
    honest = "The model raises the risk for a waist of 112 cm."
    assert not claims(honest, CAUSAL + VERDICTS)


def test_sentences_are_found_at_every_depth() -> None:
    assert dict(sentences({"patient": {"reasons": {"title": "Reasons"}}})) == {
        "patient.reasons.title": "Reasons"
    }


def unused_sentences(document: dict[str, dict[str, str]], sources: str) -> list[str]:
    """Sentences that no source names, neither whole nor by the end of a composed key."""
    return [
        f"{section}.{name}"
        for section, sentences in document.items()
        for name in sentences
        if f"{section}.{name}" not in sources and not _is_composed(section, name, sources)
    ]


def _is_composed(section: str, name: str, sources: str) -> bool:
    """Whether a key such as ``patient.risk_threshold_{side}`` or ``model.{name}`` can give it."""
    beginnings = re.findall(rf"\b{section}\.([a-z_]*)\{{", sources)
    if any(name.startswith(beginning) for beginning in beginnings if beginning):
        return True
    return re.search(rf"\b{name.removesuffix('_help')}\b", sources) is not None


def test_every_sentence_is_said_somewhere(repository: Path) -> None:
    """A sentence that is on no screen may be the doubt that should stand beside a claim."""
    front_end = repository / "dashboard"
    document = tomllib.loads((front_end / "text" / "en.toml").read_text("utf-8"))
    sources = "\n".join(path.read_text("utf-8") for path in front_end.rglob("*.py"))
    assert unused_sentences(document, sources) == []
    assert unused_sentences({"patient": {"never_said": "x"}}, 'say("patient.title")')
