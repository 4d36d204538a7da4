"""Every result can be written down as JSON and read again: what is kept is what was found."""

from __future__ import annotations

import importlib
import json
import math
import pkgutil
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import explainers.alternatives
import explainers.effects
import explainers.reliability
import explainers.uncertainty

PACKAGES = (
    explainers.alternatives,
    explainers.effects,
    explainers.reliability,
    explainers.uncertainty,
)
# What is asked for, and what answers are worked out with. Everything else is an answer.
SETTINGS = {"CounterfactualSettings", "Explainer", "Refits", "Repeats", "SanityCheck"}
MACHINERY = {
    "CalibrationSplit",
    "Clusters",
    "ConceptTie",
    "ConformalLabels",
    "ExactFollower",
    "FamiliarPatients",
    "FollowerPlan",
    "Goal",
    "Interval",
    "MeasurementError",
    "Move",
    "MoveSet",
    "NeighbourValues",
    "PairSpace",
    "RandomisedModel",
    "RandomisedTerms",
    "RandomisedTrees",
    "Relation",
    "SeenPatients",
    "StreamedBootstrap",
    "TiedFollower",
    "TrainingPatients",
    "VennAbers",
}
# Every dimension that a docstring gives a letter has this size, so that all of them fit together.
SIZE = 3
SHARES = {"level", "limit", "usual_share"}

Made = TypeVar("Made")
TEXTS = st.text(max_size=8)
NUMBERS = st.floats(-1e9, 1e9)
ELEMENTS: dict[Any, st.SearchStrategy[Any]] = {
    np.bool_: st.booleans(),
    np.int64: st.integers(-(10**9), 10**9),
    np.float64: NUMBERS | st.just(math.nan),
}


def dataclasses_of(packages: Iterable[Any]) -> list[type]:
    """The public dataclasses that the modules of some packages define."""
    names = [
        f"{package.__name__}.{found.name}"
        for package in packages
        for found in pkgutil.iter_modules(package.__path__)
    ]
    return [
        defined
        for name in names
        for defined in vars(importlib.import_module(name)).values()
        if isinstance(defined, type)
        and is_dataclass(defined)
        and defined.__module__ == name
        and not defined.__name__.startswith("_")
    ]


RESULTS = [
    found for found in dataclasses_of(PACKAGES) if found.__name__ not in SETTINGS | MACHINERY
]


def without_round_trip(classes: Iterable[type]) -> list[str]:
    return [
        found.__name__
        for found in classes
        if not (hasattr(found, "to_dict") and hasattr(found, "from_dict"))
    ]


def shape_of(owner: type, name: str) -> tuple[int, ...]:
    """The shape that a docstring states for one of its arrays, letters being :data:`SIZE`."""
    stated = re.search(
        rf"^ *(?:\w+, )*{name}(?:, \w+)* : ndarray(?: of \w+)?(?: of|,) shape \(([^)]*)\)",
        owner.__doc__ or "",
        re.MULTILINE,
    )
    assert stated, f"the docstring of {owner.__name__} does not state the shape of {name}"
    sizes = [size.strip() for size in stated[1].split(",") if size.strip()]
    return tuple(int(size) if size.isdigit() else SIZE for size in sizes)


def values_for(owner: type, name: str, hint: Any) -> st.SearchStrategy[Any]:
    """Values that one field of a result may have, by its type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of([values_for(owner, name, part) for part in inner])
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is tuple:
        return st.tuples(*[values_for(owner, name, inner[0])] * SIZE)
    if origin is not None and issubclass(origin, np.ndarray):
        (kind,) = get_args(inner[1])
        return hnp.arrays(kind, shape_of(owner, name), elements=ELEMENTS[kind])
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(TEXTS, TEXTS | st.integers() if inner[1] is Any else TEXTS)
    return plain_values(name, hint)


def plain_values(name: str, hint: Any) -> st.SearchStrategy[Any]:
    if is_dataclass(hint):
        return results_of(hint)  # type: ignore[arg-type]
    if hint is float:
        return st.floats(0.01, 0.99) if name in SHARES else NUMBERS
    plain = {str: TEXTS, int: st.integers(1, 10**6), bool: st.booleans(), type(None): st.none()}
    return plain[hint]


def results_of(owner: type[Made]) -> st.SearchStrategy[Made]:
    """Results of one class, each field drawn on its own."""
    hints = get_type_hints(owner)
    drawn = {
        field.name: values_for(owner, field.name, hints[field.name])
        for field in fields(owner)  # type: ignore[arg-type]
    }
    return st.builds(owner, **drawn)


def differences(first: Any, second: Any, place: str = "it") -> list[str]:
    """Where two results differ; NaN equals NaN."""
    if type(first) is not type(second):
        return [f"{place}: {type(first).__name__} became {type(second).__name__}"]
    if is_dataclass(first):
        names = [field.name for field in fields(first)]
        return [
            found
            for name in names
            for found in differences(getattr(first, name), getattr(second, name), f"{place}.{name}")
        ]
    if isinstance(first, np.ndarray):
        is_same = first.dtype == second.dtype and np.array_equal(
            first, second, equal_nan=first.dtype == np.float64
        )
        return [] if is_same else [f"{place}: {first} became {second}"]
    if isinstance(first, tuple) and len(first) == len(second):
        return [
            found
            for at, both in enumerate(zip(first, second, strict=True))
            for found in differences(*both, f"{place}[{at}]")
        ]
    is_missing = isinstance(first, float) and math.isnan(first) and math.isnan(second)
    return [] if is_missing or first == second else [f"{place}: {first!r} became {second!r}"]


def test_every_result_can_be_written_and_read() -> None:
    """A new dataclass is a result, with a round trip, unless it is said above to be none."""
    assert {"StabilityReport", "Effect", "RiskIntervals", "WhatIf"} <= {
        found.__name__ for found in RESULTS
    }
    assert without_round_trip(RESULTS) == []


def test_what_is_said_to_be_no_result_exists_and_is_none() -> None:
    """Prevents a result from hiding behind the name of something that is gone."""
    others = [f for f in dataclasses_of(PACKAGES) if f.__name__ in SETTINGS | MACHINERY]
    assert {found.__name__ for found in others} == SETTINGS | MACHINERY
    assert not [found for found in others if hasattr(found, "to_dict")]


@pytest.mark.parametrize("owner", RESULTS, ids=lambda owner: owner.__name__)
def test_reading_gives_back_what_was_written(owner: type) -> None:
    """A field that is lost, renamed or rounded would change a finding that was filed away."""

    @settings(max_examples=12, deadline=None)
    @given(results_of(owner))
    def check(result: Any) -> None:
        record = json.loads(json.dumps(result.to_dict(), allow_nan=False))
        assert differences(result, owner.from_dict(record)) == []  # type: ignore[attr-defined]

    check()


@dataclass(frozen=True)
class Forgetful:
    """A result whose reading loses something.

    Attributes
    ----------
    values : ndarray of shape (n, 2)
    """

    values: np.ndarray[Any, np.dtype[np.float64]]


def test_a_forgetful_result_is_found() -> None:
    assert without_round_trip([Forgetful]) == ["Forgetful"]
    assert shape_of(Forgetful, "values") == (SIZE, 2)
    known, lost = Forgetful(np.array([1.0, np.nan])), Forgetful(np.array([1.0, 2.0]))
    assert differences(known, Forgetful(known.values.copy())) == []
    assert differences(known, lost) != []
    assert differences((1, 2.0), (1, 2)) == ["it[1]: float became int"]
