"""Names of groups as parts of a sentence."""

from __future__ import annotations

# A group of at most so many words, all letters, reads well before "patients".
MOST_WORDS = 2
ANSWERS = frozenset({"yes", "no", "other", "none", "unknown", "missing"})


def lower_first(text: str) -> str:
    """The text as the middle of a sentence; a leading abbreviation keeps its capitals."""
    rest = text.partition(" ")[0][1:]
    return text[:1].lower() + text[1:] if rest.islower() else text


def name_patients(label: str, attribute: str) -> str:
    """The patients of a group, as ``Asian patients (race or ethnicity)``.

    Parameters
    ----------
    label : str
        Name of the group, such as ``Asian`` or ``60 and over``.
    attribute : str
        Name of what it is a group of, such as ``Race or ethnicity``.
    """
    words = label.replace("-", " ").split()
    reads_well = (
        0 < len(words) <= MOST_WORDS
        and all(word.isalpha() for word in words)
        and label.lower() not in ANSWERS
    )
    who = f"{label} patients" if reads_well else f"patients in the group “{label}”"
    return f"{who} ({lower_first(attribute)})"
