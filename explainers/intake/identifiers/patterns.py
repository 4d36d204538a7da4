"""What a single value gives away: patterns, checked further where a check digit allows it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from explainers.intake.identifiers.classes import IdentifierClass as Kind

_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)],
                       strict=True)) | {str(digit): digit for digit in range(10)}  # fmt: skip
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*"
_STREET = r"street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct|place|pl"


@dataclass(frozen=True)
class Pattern:
    """How an identifier is written.

    Attributes
    ----------
    kind : IdentifierClass
    words : str
        What it looks like, for the report.
    expression : re.Pattern
    is_real : callable
        Whether what was matched can be one; tells an identifier from a number that looks alike.
    """

    kind: Kind
    words: str
    expression: re.Pattern[str]
    is_real: Callable[[str], bool]

    def is_in(self, text: str) -> bool:
        """Whether it stands somewhere in a text."""
        return any(self.is_real(found[0]) for found in self.expression.finditer(text))


def is_luhn(text: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1, as cards and IMEIs have."""
    digits = [int(mark) for mark in reversed(text) if mark.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return len(set(digits)) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_vin(text: str) -> bool:
    """Whether the ninth mark is the check digit of 49 CFR 565.15."""
    total = sum(
        weight * _VIN_VALUES[mark] for weight, mark in zip(_VIN_WEIGHTS, text.upper(), strict=True)
    )
    return "0123456789X"[total % 11] == text[8].upper() and not text.isdigit()


def is_iban(text: str) -> bool:
    """Whether the check digits of ISO 13616 fit."""
    plain = text.replace(" ", "").upper()
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(mark, 36)) for mark in moved)) % 97 == 1


def is_nhs_number(text: str) -> bool:
    """Whether the tenth digit is the modulus-11 check digit."""
    digits = [int(mark) for mark in text if mark.isdigit()]
    rest = 11 - sum((10 - k) * digit for k, digit in enumerate(digits[:9])) % 11
    return rest != 10 and rest % 11 == digits[9]


def is_social_security(text: str) -> bool:
    """Whether the number can have been given out: no area 000, 666 or 9xx, no group or serial 0."""
    area, group, serial = re.split(r"[- ]", text)
    return area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"


def is_ip_address(text: str) -> bool:
    """Whether it is an address of IP version 4 or 6."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_calendar_date(text: str) -> bool:
    """Whether day and month exist, in either order."""
    parts = [int(part) for part in re.findall(r"\d+", text)]
    year = max(parts[0], parts[2])
    return any(_exists(year, parts[1], other) for other in (parts[0], parts[2])) or _exists(
        year, parts[0], parts[1]
    )


def _exists(year: int, month: int, day: int) -> bool:
    try:
        datetime(max(year, 1), month, day)  # noqa: DTZ001 - only whether the day exists
    except ValueError:
        return False
    return True


def _anything(_text: str) -> bool:
    return True


def _pattern(
    kind: Kind, words: str, expression: str, is_real: Callable[[str], bool] = _anything
) -> Pattern:
    return Pattern(kind, words, re.compile(expression, re.IGNORECASE), is_real)


# Each is telling by itself: one cell in a column is enough.
PATTERNS: tuple[Pattern, ...] = (
    _pattern(
        Kind.NAME,
        "a title and a name",
        r"\b(?:mr|mrs|ms|miss|dr|prof)\.? [a-z]{2,}\b",
        lambda text: text.split()[1][0].isupper(),
    ),
    _pattern(Kind.PLACE, "a street", rf"\b\d{{1,5}} (?:[a-z]+ ){{1,3}}(?:{_STREET})\b\.?"),
    _pattern(Kind.PLACE, "a ZIP code", r"(?<![\d-])\d{5}-\d{4}(?![\d-])"),
    _pattern(Kind.PLACE, "co-ordinates", r"-?\d{1,2}\.\d{4,}\s*[,; ]\s*-?\d{1,3}\.\d{4,}"),
    _pattern(
        Kind.DATE, "a date", r"(?<![\d.])\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)", is_calendar_date
    ),
    _pattern(
        Kind.DATE,
        "a date",
        r"(?<![\d./-])\d{1,2}([-/.])\d{1,2}\1(?:19|20)?\d\d(?![\d.])",
        is_calendar_date,
    ),
    _pattern(
        Kind.DATE, "a date in words", rf"\b\d{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH}[ ,-]+\d{{2,4}}\b"
    ),
    _pattern(
        Kind.DATE, "a date in words", rf"\b{_MONTH}\.? (?:\d{{1,2}}(?:st|nd|rd|th)?,? )?\d{{4}}\b"
    ),
    _pattern(
        Kind.TELEPHONE,
        "a telephone number",
        r"(?<![\d.])(?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)",
    ),
    _pattern(
        Kind.TELEPHONE, "a telephone number", r"(?<![\w.])\+\d{1,3}(?:[ -]?\d{2,4}){2,5}(?!\d)"
    ),
    _pattern(
        Kind.TELEPHONE, "a telephone number", r"\btel(?:efon|ephone)?\b\D{0,5}\d[\d ()/.-]{5,}\d"
    ),
    _pattern(Kind.FAX, "a fax number", r"\bfax\b\D{0,5}\d[\d ().-]{6,}"),
    _pattern(Kind.EMAIL, "an e-mail address", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    _pattern(
        Kind.SOCIAL_SECURITY,
        "a social security number",
        r"(?<![\d-])\d{3}([- ])\d{2}\1\d{4}(?![\d-])",
        is_social_security,
    ),
    _pattern(Kind.MEDICAL_RECORD, "a medical record number", r"\bmrn\b\W{0,3}\w*\d{3,}"),
    _pattern(
        Kind.MEDICAL_RECORD, "an NHS number", r"(?<!\d)\d{3} \d{3} \d{4}(?!\d)", is_nhs_number
    ),
    _pattern(
        Kind.HEALTH_PLAN,
        "a Medicare beneficiary number",
        r"\b[1-9][ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y]\d-?[ac-hj-km-np-rt-y]"
        r"[0-9ac-hj-km-np-rt-y]\d-?[ac-hj-km-np-rt-y]{2}\d{2}\b",
    ),
    _pattern(
        Kind.ACCOUNT,
        "an IBAN",
        r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?\b",
        is_iban,
    ),
    _pattern(
        Kind.ACCOUNT, "a card number", r"(?<!\d)\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?!\d)", is_luhn
    ),
    _pattern(
        Kind.LICENCE,
        "a licence number",
        r"\b(?:licen[cs]e|certificate|npi|dea)\b\W{0,6}(?:no\.? ?|number ?)?\w*\d{4,}",
    ),
    _pattern(Kind.VEHICLE, "a vehicle number", r"\b[a-hj-npr-z0-9]{17}\b", is_vin),
    _pattern(Kind.DEVICE, "a network card's address", r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"),
    _pattern(Kind.DEVICE, "a device number", r"(?<!\d)\d{15}(?!\d)", is_luhn),
    _pattern(Kind.DEVICE, "a device number", r"\(01\)\d{14}|\bs/?n\b\W{0,3}[a-z0-9-]*\d{4,}"),
    _pattern(Kind.URL, "a web address", r"\b(?:https?|ftp)://\S+|\bwww\.[\w-]+\.\S+"),
    _pattern(
        Kind.IP_ADDRESS,
        "an IP address",
        r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])",
        is_ip_address,
    ),
    _pattern(
        Kind.IP_ADDRESS,
        "an IP address",
        r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{1,4}(?![\w:])",
        is_ip_address,
    ),
    _pattern(Kind.BIOMETRIC, "a recording of a voice", r"\S+\.(?:wav|mp3|flac|m4a|ogg)\b"),
    _pattern(
        Kind.IMAGE, "an image", r"data:image/|\S+\.(?:jpe?g|png|gif|bmp|tiff?|dcm|heic|webp)\b"
    ),
    _pattern(
        Kind.OTHER,
        "a universal identifier",
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    ),
    _pattern(
        Kind.OTHER,
        "a digest",
        r"\b(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\b",
        lambda text: not text.isdigit(),
    ),
)


def patterns_in(texts: Iterable[str]) -> dict[Pattern, tuple[int, ...]]:
    """For each pattern the positions of the texts it stands in; patterns in none are left out."""
    found: dict[Pattern, list[int]] = {}
    for position, text in enumerate(texts):
        for pattern in PATTERNS:
            if pattern.is_in(text):
                found.setdefault(pattern, []).append(position)
    return {pattern: tuple(positions) for pattern, positions in found.items()}
