"""A fitted pipeline as the model file of a bundle."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

from explainers.models.skops_file import save_estimator


def save_pipeline(estimator: Any) -> bytes:
    """A fitted pipeline or classifier as the model file of a bundle.

    Its inputs must have been encoded patients: the bundle's features in their order, levels as
    their positions in the schema, missing values as NaN. Generators of random numbers, which
    training alone needs, are left out.
    """
    plain = deepcopy(estimator)
    _forget_generators(plain, set())
    return save_estimator(plain)


def _forget_generators(part: Any, seen: set[int]) -> None:
    """Take random number generators out of an estimator, wherever they are in it."""
    if id(part) in seen or isinstance(part, type):
        return
    seen.add(id(part))
    if isinstance(part, np.ndarray):
        inside = list(part.flat) if part.dtype == object else []
    elif isinstance(part, list | tuple):
        inside = list(part)
    else:
        inside = _attributes_without_generators(part)
    for each in inside:
        _forget_generators(each, seen)


def _attributes_without_generators(part: Any) -> list[Any]:
    attributes = part if isinstance(part, dict) else getattr(part, "__dict__", {})
    for name, value in list(attributes.items()):
        if isinstance(value, np.random.Generator | np.random.RandomState):
            attributes[name] = None
    return list(attributes.values())
