"""The faults there are, at which strengths, and which check should find them.

Whether a strength matters is set by what it does to patients, not by what is found; each fault has
one strength that does not matter, where silence is right and a finding no mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.faults import planting
from benchmarks.faults.cohorts import GROUP, MEASURES, Nature
from benchmarks.faults.planting import Plant

TREES, PLAIN = "xgboost", "logistic"
GOOD_FOR_TREES = Nature(bend=0.8)


@dataclass(frozen=True)
class Strength:
    """How strong a fault is.

    Attributes
    ----------
    value : float
        For the function that plants it.
    label : str
        In words.
    matters : bool
        Whether it is of clinically relevant strength, so that it should be found.
    """

    value: float
    label: str
    matters: bool = True


def _same_nature(_value: float) -> Nature:
    return Nature()


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes
    ----------
    name : str
    code : str
        Slug of the check that should find it.
    plant : callable
    strengths : tuple of Strength
    family : str
        Kind of model it is planted in.
    nature : callable
        What is true of the patients, from the strength's value.
    about : str
        The group or input that it is planted in, as a finding's title or ``affected`` has it: a
        finding about another one has not found it. "" where a finding names neither.
    """

    name: str
    code: str
    plant: Plant
    strengths: tuple[Strength, ...]
    family: str = PLAIN
    nature: Callable[[float], Nature] = _same_nature
    about: str = ""


def _of(faint: tuple[float, str], *strong: tuple[float, str]) -> tuple[Strength, ...]:
    return (Strength(*faint, matters=False), *(Strength(*one) for one in strong))


LOG_ODDS = ((0.2, "log-odds + 0.2"), (0.6, "log-odds + 0.6"), (1.0, "log-odds + 1.0"))
GROUP_NAME = f"Race: {GROUP}"
COPIES = ((0.002, "0.2%"), (0.02, "2%"), (0.10, "10%"))

FAULTS: tuple[Fault, ...] = (
    Fault(
        "a group's risks are too low",
        "group-miscalibrated",
        planting.misjudge_group,
        _of(*LOG_ODDS),
        about=GROUP_NAME,
    ),
    Fault(
        "everybody's risks are too low",
        "overall-miscalibrated",
        planting.misjudge_everybody,
        _of(*LOG_ODDS),
    ),
    Fault(
        "a site's risks are too low",
        "site-calibration-shift",
        planting.misjudge_site,
        _of((0.2, "log-odds + 0.2"), (0.8, "log-odds + 0.8"), (1.2, "log-odds + 1.2")),
    ),
    Fault(
        "a crossing nobody named is misjudged",
        "worst-served-slice",
        planting.misjudge_crossing,
        _of(*LOG_ODDS),
    ),
    Fault(
        "a group is found less often",
        "group-found-less",
        planting.find_group_less,
        _of((0.1, "0.1 spreads low"), (0.7, "0.7 spreads low"), (1.2, "1.2 spreads low")),
        about=GROUP_NAME,
    ),
    Fault(
        "a group was hardly trained on",
        "group-never-trained",
        planting.never_train_group,
        _of((50, "50 patients"), (5, "5 patients"), (0, "none")),
        about=GROUP_NAME,
    ),
    Fault(
        "a feature leaks the outcome",
        "leaking-feature",
        planting.leak,
        _of((1.47, "AUROC 0.85"), (2.66, "AUROC 0.97"), (3.64, "AUROC 0.995")),
        about=MEASURES["marker"].label,
    ),
    Fault(
        "a missing value predicts",
        "missingness-predicts-outcome",
        planting.skip_question,
        _of((0.11, "11% against 10%"), (0.20, "20% against 10%"), (0.35, "35% against 10%")),
        about=MEASURES["bmi"].label,
    ),
    Fault(
        "a code read as a value",
        "sentinel-codes",
        planting.write_code,
        _of((0.0003, "0.03%"), (0.01, "1%"), (0.05, "5%")),
        about=MEASURES["pressure"].label,
    ),
    Fault(
        "a code among true values",
        "sentinel-codes",
        planting.write_code_within_range,
        _of((0.0003, "0.03%"), (0.01, "1%"), (0.05, "5%")),
        about=MEASURES["age"].label,
    ),
    Fault("held-out patients trained on", "duplicates", planting.overlap, _of(*COPIES)),
    Fault("held-out patients twice", "duplicates", planting.repeat_patients, _of(*COPIES)),
    Fault(
        "a feature stands in for a group",
        "protected-proxy",
        planting.stand_in,
        _of((0.36, "AUROC 0.60"), (1.47, "AUROC 0.85"), (2.66, "AUROC 0.97")),
        about=GROUP,
    ),
    Fault(
        "a site is a shortcut",
        "shortcut",
        planting.take_shortcut,
        _of((0.1, "log-odds ± 0.1"), (1.0, "log-odds ± 1.0"), (2.0, "log-odds ± 2.0")),
        about="Hospital",
    ),
    Fault(
        "patients drift",
        "drift",
        planting.drift,
        _of((0.05, "0.05 spreads"), (0.5, "0.5 spreads"), (1.0, "1.0 spreads")),
    ),
    Fault(
        "known by heart",
        "overfitting",
        planting.overfit,
        _of((3, "depth 3"), (5, "depth 5"), (8, "depth 8")),
        TREES,
        lambda _value: GOOD_FOR_TREES,
    ),
    Fault(
        "an input against knowledge",
        "direction",
        planting.leave,
        _of((-0.1, "-0.1 log-odds"), (-0.6, "-0.6 log-odds"), (-1.2, "-1.2 log-odds")),
        # From the 5th to the 95th percentile there are 3.29 spreads.
        nature=lambda value: Nature(pressure_weight=value / 3.29),
        about=MEASURES["pressure"].label,
    ),
    Fault(
        "a threshold without evidence",
        "threshold-without-evidence",
        planting.set_threshold,
        _of((0.30, "0.30"), (0.01, "0.01"), (0.95, "0.95")),
    ),
    Fault(
        "a simpler model does as well",
        "simple-comparator",
        planting.leave,
        _of((0.4, "half of the bend"), (0.05, "hardly a bend"), (0.0, "straight lines")),
        TREES,
        lambda value: Nature(bend=value),
    ),
    Fault(
        "too few events",
        "too-few-events",
        planting.leave_few_events,
        _of((15.0, "15 for each input"), (6.0, "6 for each input"), (2.5, "2.5 for each input")),
    ),
    Fault(
        "nothing to rank by",
        "poor-ranking",
        planting.leave,
        _of((0.7, "7/10 of what is known"), (0.2, "1/5 of what is known"), (0.0, "nothing known")),
        nature=lambda value: Nature(discrimination=value),
    ),
    Fault(
        "a label written down less in a group",
        "label-may-be-proxy",
        planting.hide_label,
        _of((0.03, "3%"), (0.25, "25%"), (0.50, "50%")),
        about=GROUP,
    ),
    Fault(
        "a rule hidden from explanations",
        "scaffolding",
        planting.hide_rule,
        _of((0.05, "a twentieth of it"), (0.60, "most of it"), (1.0, "all of it")),
    ),
    Fault(
        "LIME describes it badly",
        "lime-without-fit",
        planting.jump,
        _of((0.1, "log-odds ± 0.1"), (2.0, "log-odds ± 2"), (4.0, "log-odds ± 4")),
    ),
    Fault(
        "reasons change with the reference",
        "unstable-reasons",
        planting.compare_with_few,
        _of((50, "50 patients"), (3, "3 patients"), (1, "1 patient")),
    ),
    Fault(
        "another model than was tested",
        "outdated-evaluation",
        planting.exchange_model,
        _of((0.0, "the same model"), (1.0, "another digest")),
    ),
    Fault(
        "a group too small to know",
        "group-too-small",
        planting.shrink_group,
        _of((200, "200 patients"), (20, "20 patients"), (5, "5 patients")),
        about=GROUP,
    ),
)

# Sound models: alike everywhere, or with a case mix that differs while every risk is right.
CLEAN: tuple[tuple[str, str, Nature], ...] = (
    ("logistic, groups alike", PLAIN, Nature()),
    ("logistic, case mix differs", PLAIN, Nature(case_mix=0.4)),
    ("trees, groups alike", TREES, GOOD_FOR_TREES),
    ("trees, case mix differs", TREES, Nature(bend=0.8, case_mix=0.4)),
)
