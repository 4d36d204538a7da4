"""Made-up columns, each labelled with the identifier it holds; nobody's real data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pandas as pd

from explainers.intake.identifiers import IdentifierClass as Kind
from explainers.intake.identifiers.patterns import is_luhn, is_nhs_number, is_vin

Draw = Callable[[np.random.Generator], str]
FIRST = [
    "Ana",
    "Ben",
    "Carla",
    "David",
    "Elif",
    "Femi",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kofi",
    "Lena",
    "Mia",
    "Noor",
    "Omar",
    "Paula",
]
STEMS = [
    "Gar",
    "Ham",
    "Ker",
    "Lin",
    "Mor",
    "Nak",
    "Oba",
    "Pet",
    "Ros",
    "San",
    "Tor",
    "Ula",
    "Ver",
    "Wex",
    "Yam",
    "Zil",
]
ENDS = [
    "cia",
    "ton",
    "ber",
    "da",
    "eno",
    "amura",
    "fori",
    "rov",
    "etti",
    "dal",
    "nes",
    "ric",
    "mann",
    "ski",
    "ura",
    "ley",
]
STREETS = ["Oak", "Maple", "Mill", "Station", "Church", "Hill", "River", "Park"]
MARKS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@dataclass(frozen=True)
class Labelled:
    """A column and what it is.

    Attributes
    ----------
    kind : IdentifierClass or None
        None for a column that identifies nobody.
    name : str
        A name that speaks of it.
    values : Series of str, of shape (n,)
    """

    kind: Kind | None
    name: str
    values: pd.Series


def _digits(draws: np.random.Generator, n: int) -> str:
    return "".join(str(digit) for digit in draws.integers(0, 10, n))


def _marks(draws: np.random.Generator, n: int, marks: str = MARKS) -> str:
    return "".join(marks[k] for k in draws.integers(0, len(marks), n))


def _until(make: Draw, is_real: Callable[[str], bool]) -> Draw:
    def draw(draws: np.random.Generator) -> str:
        while True:
            text = make(draws)
            if is_real(text):
                return text

    return draw


def _one_of(words: Sequence[str]) -> Draw:
    return lambda draws: words[int(draws.integers(len(words)))]


def _surname(draws: np.random.Generator) -> str:
    return _one_of(STEMS)(draws) + _one_of(ENDS)(draws) + _one_of(["", "", "s", "o", "a"])(draws)


def _full_name(draws: np.random.Generator) -> str:
    return f"{_one_of(FIRST)(draws)} {_surname(draws)}"


def _date(form: str) -> Draw:
    start = datetime(2012, 1, 1, tzinfo=UTC)
    return lambda draws: (start + timedelta(days=int(draws.integers(0, 4000)))).strftime(form)


def _epoch(draws: np.random.Generator) -> str:
    return str(int(draws.integers(1_325_376_000, 1_700_000_000)))


def _telephone(form: str) -> Draw:
    return lambda draws: form.format(
        area=draws.integers(201, 989), office=draws.integers(200, 999), line=_digits(draws, 4)
    )


def _note(draws: np.random.Generator) -> str:
    said = _one_of(["seen today", "doing well", "calls back", "short of breath since Monday"])
    return (
        f"Pt {_surname(draws)} {said(draws)}, {_digits(draws, 2)} mg given, see {_surname(draws)}"
    )


IDENTIFIERS: Mapping[Kind, tuple[tuple[str, Draw], ...]] = {
    Kind.NAME: (
        ("patient_name", _full_name),
        ("last_name", _surname),
        ("nextOfKin", lambda draws: f"Mrs {_surname(draws)}"),
    ),
    Kind.PLACE: (
        (
            "home_address",
            lambda draws: f"{draws.integers(1, 999)} {_one_of(STREETS)(draws)} Street",
        ),
        ("zip", lambda draws: f"{draws.integers(0, 9):01d}{_digits(draws, 4)}"),
        ("county", _one_of(["Kings", "Cook", "Harris", "Wayne", "Clark"])),
        ("geocode", lambda draws: f"{draws.uniform(30, 45):.5f},-{draws.uniform(70, 99):.5f}"),
        ("hospital_name", _one_of(["St Mary's", "Riverside General", "Mercy West"])),
    ),
    Kind.DATE: (
        ("date_of_birth", _date("%Y-%m-%d")),
        ("admitDt", _date("%m/%d/%Y")),
        ("dischargeDate", _date("%Y%m%d")),
        ("visit_date", _date("%d %B %Y")),
        ("visit_timestamp", _epoch),
        ("death_date", _date("%Y-%m")),
        ("age_years", lambda draws: str(draws.integers(60, 103))),
    ),
    Kind.TELEPHONE: (
        ("phone", _telephone("({area}) {office}-{line}")),
        ("mobile_no", _telephone("{area}{office}{line}")),
        ("contact_tel", lambda draws: f"+44 {_digits(draws, 4)} {_digits(draws, 6)}"),
    ),
    Kind.FAX: (
        ("fax", _telephone("{area}-{office}-{line}")),
        ("office_fax", _telephone("fax {area}.{office}.{line}")),
    ),
    Kind.EMAIL: (
        ("email", lambda draws: f"{_surname(draws).lower()}{_digits(draws, 2)}@example.org"),
        ("contactMail", lambda draws: f"{_surname(draws)}@clinic.example.com"),
    ),
    Kind.SOCIAL_SECURITY: (
        (
            "ssn",
            lambda draws: (
                f"{draws.integers(100, 665)}-{draws.integers(10, 99)}-{draws.integers(1000, 9999)}"
            ),
        ),
        (
            "social_security",
            lambda draws: (
                f"{draws.integers(100, 665)}{draws.integers(10, 99)}{draws.integers(1000, 9999)}"
            ),
        ),
    ),
    Kind.MEDICAL_RECORD: (
        ("mrn", lambda draws: _digits(draws, 8)),
        ("hospital_no", lambda draws: f"H{_digits(draws, 7)}"),
        (
            "nhs_record_number",
            _until(
                lambda draws: f"{_digits(draws, 3)} {_digits(draws, 3)} {_digits(draws, 4)}",
                is_nhs_number,
            ),
        ),
    ),
    Kind.HEALTH_PLAN: (
        ("member_id", lambda draws: f"W{_digits(draws, 9)}"),
        (
            "medicare_no",
            lambda draws: f"{draws.integers(1, 9)}EG4TE{_digits(draws, 1)}MK{_digits(draws, 2)}",
        ),
    ),
    Kind.ACCOUNT: (
        ("account", lambda draws: f"AC-{_digits(draws, 9)}"),
        ("billing_no", _until(lambda draws: f"4{_digits(draws, 15)}", is_luhn)),
    ),
    Kind.LICENCE: (
        ("license_no", lambda draws: f"D{_digits(draws, 8)}"),
        ("npi", lambda draws: f"1{_digits(draws, 9)}"),
    ),
    Kind.VEHICLE: (
        ("vin", _until(lambda draws: _marks(draws, 17), is_vin)),
        ("license_plate", lambda draws: f"{_marks(draws, 3, MARKS[:22])}-{_digits(draws, 4)}"),
    ),
    Kind.DEVICE: (
        ("serial", lambda draws: f"SN{_digits(draws, 8)}"),
        ("pacemaker_id", lambda draws: f"PM-{_marks(draws, 8)}"),
        ("imei", _until(lambda draws: f"35{_digits(draws, 13)}", is_luhn)),
    ),
    Kind.URL: (
        (
            "website",
            lambda draws: f"https://example.org/~{_surname(draws).lower()}{_digits(draws, 2)}",
        ),
        (
            "homepage_url",
            lambda draws: f"www.{_surname(draws).lower()}.example.com/{_digits(draws, 3)}",
        ),
    ),
    Kind.IP_ADDRESS: (
        ("ip", lambda draws: ".".join(str(part) for part in draws.integers(1, 255, 4))),
        (
            "login_ip_address",
            lambda draws: ":".join(f"{part:x}" for part in draws.integers(1, 65535, 8)),
        ),
    ),
    Kind.BIOMETRIC: (
        ("voice", lambda draws: f"rec_{_digits(draws, 6)}.wav"),
        ("fingerprint", lambda draws: _marks(draws, 40, "0123456789abcdef")),
    ),
    Kind.IMAGE: (
        ("photo", lambda draws: f"img/{_digits(draws, 6)}.jpg"),
        ("face_image_file", lambda draws: f"{_digits(draws, 6)}.dcm"),
    ),
    Kind.OTHER: (
        ("uuid", lambda draws: str(UUID(bytes=draws.bytes(16)))),
        ("accession", lambda draws: f"A{_digits(draws, 7)}"),
        ("encounter_id", lambda draws: _digits(draws, 9)),
        ("notes", _note),
    ),
}

CLEAN: tuple[tuple[str, Draw], ...] = (
    ("age_years", lambda draws: str(draws.integers(18, 86))),
    ("sex", _one_of(["female", "male"])),
    ("bmi_kg_m2", lambda draws: f"{draws.normal(28, 5):.1f}"),
    ("systolic_mmhg", lambda draws: str(int(draws.normal(130, 20)))),
    ("platelets_per_ul", lambda draws: str(int(draws.normal(250, 60)) * 1000)),
    ("ferritin_ng_ml", lambda draws: str(int(draws.lognormal(4.5, 0.9)))),
    ("nt_probnp_pg_ml", lambda draws: str(int(draws.lognormal(6, 1.4)))),
    ("white_cell_count", lambda draws: f"{draws.lognormal(2, 0.3):.2f}"),
    ("creatinine_umol_l", lambda draws: f"{draws.lognormal(4.4, 0.3):.0f}"),
    ("crp_mg_l", lambda draws: f"{draws.lognormal(1, 1.2):.3f}"),
    ("hba1c_percent", lambda draws: f"{draws.normal(5.8, 0.9):.1f}"),
    ("days_since_admission", lambda draws: str(draws.integers(0, 60))),
    ("length_of_stay_days", lambda draws: str(draws.integers(1, 40))),
    ("birth_weight_g", lambda draws: str(int(draws.normal(3300, 500)))),
    ("year_of_diagnosis", lambda draws: str(draws.integers(2005, 2025))),
    ("icd10_code", _one_of(["E11.9", "I10", "J45.909", "N18.3", "C50.911"])),
    ("drug_name", _one_of(["metformin", "lisinopril", "warfarin", "insulin glargine"])),
    ("smoking", _one_of(["Never smoked in life", "Stopped more than a year ago", "Smokes now"])),
    ("race", _one_of(["Asian", "Black", "Hispanic", "White", "Other"])),
    ("insurance_type", _one_of(["private", "Medicare", "Medicaid", "none"])),
    ("state", _one_of(["NY", "TX", "CA", "WA"])),
    ("device_type", _one_of(["analyser A", "analyser B"])),
    ("telemetry_hours", lambda draws: f"{draws.uniform(0, 72):.2f}"),
    ("ejection_fraction", lambda draws: f"{draws.uniform(15, 70):.0f}"),
    ("genetic_score", lambda draws: f"{draws.normal():.9f}"),
    ("steps_per_day", lambda draws: str(int(draws.normal(7000, 2500)))),
    ("energy_kcal", lambda draws: str(int(draws.normal(2100, 600)))),
    ("platelet_count", lambda draws: f"{draws.normal(250, 60):.0f}"),
    ("marital_status", _one_of(["single", "married", "widowed", "divorced"])),
    ("readmitted", _one_of(["yes", "no"])),
    ("ventilator_days", lambda draws: str(draws.integers(0, 20))),
    ("health_rating", _one_of(["excellent", "very good", "good", "fair", "poor"])),
)


def make_columns(n: int, seed: int) -> list[Labelled]:
    """Every identifier in each of its forms, and every clean measurement, for n people."""
    draws = np.random.default_rng(seed)
    labelled = [
        (kind, name, draw) for kind, forms in IDENTIFIERS.items() for name, draw in forms
    ] + [(None, name, draw) for name, draw in CLEAN]
    return [
        Labelled(kind, name, pd.Series([draw(draws) for _ in range(n)], name=name, dtype="str"))
        for kind, name, draw in labelled
    ]
