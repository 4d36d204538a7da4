"""What the name of a column gives away: its unit, its label, and whether it parts patients."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])")

# The ending of a name, longest first, and the unit it stands for.
UNITS: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("kg", "m2"): "kg/m²",
        ("mm", "hg"): "mmHg",
        ("mg", "dl"): "mg/dL",
        ("g", "dl"): "g/dL",
        ("g", "l"): "g/L",
        ("mg", "l"): "mg/L",
        ("mmol", "l"): "mmol/L",
        ("umol", "l"): "µmol/L",
        ("nmol", "l"): "nmol/L",
        ("meq", "l"): "mEq/L",
        ("u", "l"): "U/L",
        ("iu", "l"): "IU/L",
        ("ng", "ml"): "ng/mL",
        ("pg", "ml"): "pg/mL",
        ("ml", "min"): "mL/min",
        ("l", "min"): "L/min",
        ("per", "min"): "/min",
        ("mmhg",): "mmHg",
        ("bpm",): "/min",
        ("kg",): "kg",
        ("cm",): "cm",
        ("mm",): "mm",
        ("ms",): "ms",
        ("years",): "years",
        ("yrs",): "years",
        ("yr",): "years",
        ("jahre",): "years",
        ("months",): "months",
        ("weeks",): "weeks",
        ("days",): "days",
        ("tage",): "days",
        ("hours",): "hours",
        ("minutes",): "minutes",
        ("celsius",): "°C",
        ("degc",): "°C",
        ("percent",): "%",
        ("pct",): "%",
        ("usd",): "USD",
        ("eur",): "EUR",
    }
)

AGES = frozenset({"age", "alter"})
SENSITIVE = frozenset(
    {
        "sex",
        "gender",
        "geschlecht",
        "race",
        "ethnicity",
        "ethnic",
        "religion",
        "language",
        "insurance",
        "nationality",
    }
)
NOT_FOR_MODELS = frozenset({"race", "ethnicity", "ethnic", "religion", "nationality", "insurance"})
PLACES = frozenset(
    {"site", "hospital", "centre", "center", "region", "ward", "clinic", "klinik", "station"}
)
# A name of nothing but these, and of words for a number, speaks of an id.
WHOM = frozenset(
    {
        "patient",
        "subject",
        "participant",
        "person",
        "case",
        "record",
        "encounter",
        "admission",
        "fall",
        "fallnummer",
        "fallnr",
        "patientennummer",
        "patientennr",
    }
)
NUMBERED = frozenset({"id", "ids", "no", "nr", "num", "number", "code", "key", "identifier"})
# Of whom a row is, where one may have several.
PERSONS = frozenset(
    {
        "patient",
        "patients",
        "pat",
        "pid",
        "patid",
        "patnr",
        "patientid",
        "patientennummer",
        "patientennr",
        "patientenid",
        "subject",
        "subjectid",
        "participant",
        "person",
        "personid",
        "mrn",
        "pseudonym",
    }
)
HASHED = frozenset({"hash", "hashed", "pseudo", "anon", "new", "study"})
# The widest first: patients of one hospital share more than those of one ward or device do.
SITES = (
    frozenset({"site", "hospital", "centre", "center", "facility", "krankenhaus", "standort"}),
    frozenset({"clinic", "klinik", "practice", "department", "abteilung"}),
    frozenset({"ward", "station"}),
    frozenset({"device", "scanner", "analyser", "analyzer"}),
)
OUTCOMES = frozenset(
    {
        "outcome",
        "target",
        "label",
        "diagnosis",
        "diseased",
        "disease",
        "death",
        "died",
        "dead",
        "mortality",
        "readmitted",
        "readmission",
        "event",
        "malignant",
        "ill",
        "case",
        "complication",
        "survived",
        "deceased",
        "progressed",
        "progression",
        "recurrence",
        "verstorben",
        "gestorben",
        "tod",
        "komplikation",
        "relapse",
    }
)
ZERO_IS_IMPOSSIBLE = frozenset(
    {
        "bmi",
        "cholesterol",
        "chol",
        "glucose",
        "pressure",
        "bp",
        "sbp",
        "dbp",
        "pulse",
        "weight",
        "height",
        "temperature",
        "temp",
        "haemoglobin",
        "hemoglobin",
        "spo2",
        "creatinine",
        "mmhg",
    }
)

_ABBREVIATIONS = frozenset({"bmi", "sbp", "dbp", "ecg", "icu", "ldl", "hdl", "crp", "egfr", "hiv"})


@dataclass(frozen=True)
class Plausible:
    """What a measurement of a living adult or child may come to, in its usual unit.

    Attributes
    ----------
    words : frozenset of str
        All of them stand in the column's name.
    low, high : float
    unit : str
        The bounds hold in this unit; they are not used where the name says another.
    """

    words: frozenset[str]
    low: float
    high: float
    unit: str


PLAUSIBLE = (
    Plausible(frozenset({"age"}), 0, 120, "years"),
    Plausible(frozenset({"alter"}), 0, 120, "years"),
    Plausible(frozenset({"bmi"}), 8, 100, "kg/m²"),
    Plausible(frozenset({"sbp"}), 40, 300, "mmHg"),
    Plausible(frozenset({"systolic"}), 40, 300, "mmHg"),
    Plausible(frozenset({"dbp"}), 20, 200, "mmHg"),
    Plausible(frozenset({"diastolic"}), 20, 200, "mmHg"),
    Plausible(frozenset({"heart", "rate"}), 20, 300, "/min"),
    Plausible(frozenset({"pulse"}), 20, 300, "/min"),
    Plausible(frozenset({"spo2"}), 30, 100, "%"),
    Plausible(frozenset({"weight"}), 0.3, 400, "kg"),
    Plausible(frozenset({"height"}), 20, 250, "cm"),
)


def words_of(name: str) -> tuple[str, ...]:
    """The words of a column's name in order, in small letters."""
    return tuple(word.lower() for word in _parts(name))


def unit_of(name: str) -> str:
    """The unit that the ending of a name stands for; "" where it stands for none."""
    words = words_of(name)
    # A name that is nothing but a unit, such as "days", says what is counted.
    for n_words in (2, 1):
        ending = words[-n_words:]
        if len(words) > n_words and ending in UNITS:
            return UNITS[ending]
    return ""


def label_of(name: str, unit: str) -> str:
    """The name as words, without its unit: ``waist_cm`` is Waist."""
    parts = _parts(name)
    for n_words in (2, 1):
        ending = tuple(part.lower() for part in parts[-n_words:])
        if unit and len(parts) > n_words and UNITS.get(ending) == unit:
            parts = parts[:-n_words]
            break
    text = " ".join(part.upper() if part in _ABBREVIATIONS else part for part in parts)
    return text[:1].upper() + text[1:] if text else name


def plausible_range(name: str, unit: str) -> Plausible | None:
    """The range known for a measurement of that name, in that unit or without one."""
    words = set(words_of(name))
    for known in PLAUSIBLE:
        if known.words <= words and unit in ("", known.unit):
            return known
    return None


def _parts(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", _HUMP.sub("_", name))
