"""Groups of patients by one attribute, or by two crossed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.core.cohort import Cohort
from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.errors import SettingsError

NOT_RECORDED = "Not recorded"
# Small counts are protected against the tables of each attribute alone. Crossing three would have
# to be protected against every pair at once, and leaves groups too small to show anyway.
MOST_ATTRIBUTES = 2


def make_slices(study: Study, by: Sequence[str]) -> tuple[tuple[Slice, BoolArray], ...]:
    """Divide a study's patients into groups; every patient is in exactly one.

    Parameters
    ----------
    study : Study
    by : sequence of str
        Names of one or two attributes; two are crossed.

    Returns
    -------
    tuple of (Slice, ndarray of shape (n,))
        Each group and which patients are in it, in the schema's order with the first attribute
        slowest. Groups without patients are kept, except "Not recorded", which comes last and
        only where a value is missing.

    Raises
    ------
    SettingsError
        When ``by`` is empty, repeats an attribute, names more than two, or is a single string.
    SchemaError
        When the schema has no attribute of that name.
    """
    return divide_cohort(study.cohort, by)


def divide_cohort(cohort: Cohort, by: Sequence[str]) -> tuple[tuple[Slice, BoolArray], ...]:
    """As :func:`make_slices`, for patients without a model."""
    _check(by)
    labels, codes = zip(*(_codes(cohort, name) for name in by), strict=True)
    slices = []
    for combination in product(*(range(len(names)) for names in labels)):
        chosen = [names[at] for names, at in zip(labels, combination, strict=True)]
        is_member = np.ones(len(cohort), dtype=bool)
        for own, at in zip(codes, combination, strict=True):
            is_member &= own == at
        if NOT_RECORDED in chosen and not is_member.any():
            continue
        slices.append((Slice(tuple(zip(by, chosen, strict=True))), is_member))
    return tuple(slices)


def _check(by: Sequence[str]) -> None:
    if isinstance(by, str):
        raise SettingsError(
            "attributes must be given as a list of names",
            value=by,
            remedy=f"Use [{by!r}].",
        )
    if not 1 <= len(by) <= MOST_ATTRIBUTES or len(set(by)) < len(by):
        raise SettingsError(
            f"groups are made by one or {MOST_ATTRIBUTES} different attributes",
            value=list(by),
        )


def _codes(cohort: Cohort, name: str) -> tuple[list[str], IntArray]:
    """Labels of the groups of one attribute, and each patient's position among them, (n,)."""
    grouped = cohort.group_labels(name)
    labels = [str(label) for label in grouped.categories]
    codes = grouped.codes.astype(np.int64)
    if (codes < 0).any():
        if NOT_RECORDED not in labels:
            labels.append(NOT_RECORDED)
        codes[codes < 0] = labels.index(NOT_RECORDED)
    return labels, codes
