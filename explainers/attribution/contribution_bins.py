"""How the contributions of an input are spread over patients, in bins that hold enough people.

A beeswarm draws a point for each patient. A point far out is somebody: here each mark stands for
at least eleven people, and its edges are round numbers rather than anybody's contribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from explainers.core.arrays import FloatArray, IntArray, frozen_floats
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.schema import Column
from explainers.disclosure.bins import merge_small_bins
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.errors import SettingsError

# So many bins over the range of all inputs together, before small ones are merged.
WANTED_BINS = 60


@dataclass(frozen=True)
class ContributionBins:
    """The spread of one input's contributions.

    Attributes
    ----------
    name : str
        Feature or concept.
    edges : ndarray of shape (b + 1,)
        Limits of the bins on the scale of the contributions. The outermost eleven patients of
        either end are counted where the innermost of them is.
    counts : ndarray of shape (b,)
        Patients, each 0 or at least the floor.
    mean_rank : ndarray of shape (b,)
        Mean place of their values among all patients', 0 lowest and 1 highest; NaN where nobody
        is, most of them were not measured, or values have no order.
    typical : (float, float)
        Contributions between which about nine in ten patients lie, or somewhat fewer where
        patients are few.
    """

    name: str
    edges: FloatArray
    counts: IntArray
    mean_rank: FloatArray
    typical: tuple[float, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "edges", frozen_floats(self.edges))
        object.__setattr__(self, "mean_rank", frozen_floats(self.mean_rank))


@dataclass(frozen=True)
class ContributionSpread:
    """The spread of the contributions of every input, the most important first.

    Attributes
    ----------
    inputs : tuple of ContributionBins
    scale : {"risk", "log-odds"}
    n : int
        Patients.
    floor : int
        Fewest people of a mark.
    """

    inputs: tuple[ContributionBins, ...]
    scale: Scale
    n: int
    floor: int

    def to_frame(self) -> pd.DataFrame:
        """One row per bin with people in it: feature, low, high, n, mean_rank."""
        rows = [
            (bins.name, low, high, int(n), rank)
            for bins in self.inputs
            for low, high, n, rank in zip(
                bins.edges[:-1], bins.edges[1:], bins.counts, bins.mean_rank, strict=True
            )
            if n
        ]
        return pd.DataFrame(rows, columns=["feature", "low", "high", "n", "mean_rank"])


def bin_contributions(
    attribution: Attribution,
    columns: tuple[Column, ...],
    *,
    n_inputs: int = 10,
    floor: int = SMALLEST_CELL,
) -> ContributionSpread:
    """Bin the contributions of the inputs with the largest mean size.

    Parameters
    ----------
    attribution : Attribution
        Of n patients; of features, whose values then colour the bins, or of concepts.
    columns : tuple of Column
        The model's columns: whether values have an order.
    n_inputs : int
        Inputs to show.
    floor : int
        Fewest people of a bin, 11 or more.

    Raises
    ------
    SettingsError
        When there are fewer patients than the floor, or the floor is lower than 11.
    """
    n = len(attribution.patient_ids)
    if n < floor:
        raise SettingsError(f"a spread needs at least {floor} patients", value=n)
    sizes = np.abs(attribution.values).mean(axis=0)
    order = np.argsort(-sizes, kind="stable")[:n_inputs]
    step = _round_step(attribution.values[:, order])
    known = {column.name: column for column in columns}
    inputs = []
    for at in order:
        name = attribution.feature_names[at]
        ranks = np.full(n, np.nan)
        column = known.get(name)
        if attribution.feature_values is not None and column is not None and _has_order(column):
            ranks = _relative_ranks(attribution.feature_values[:, at])
        inputs.append(_bins(name, attribution.values[:, at], ranks, step, floor))
    return ContributionSpread(tuple(inputs), attribution.scale, n, floor)


def _bins(
    name: str, values: FloatArray, ranks: FloatArray, step: float, floor: int
) -> ContributionBins:
    ordered = np.sort(values)
    low, high = sorted((float(ordered[floor - 1]), float(ordered[-floor])))
    # The outermost eleven stand where the innermost of them is: no edge tells of one of them.
    steps = np.floor(np.clip(values, low, high) / step).astype(np.int64)
    at = steps - steps.min()
    counts = np.bincount(at)
    starts = merge_small_bins(counts[:, None], floor)
    # Everybody together is no small count: n is at least the floor.
    kept = np.array([0, len(counts)]) if starts is None else starts
    merged = np.searchsorted(kept, at, side="right") - 1
    people = np.bincount(merged, minlength=len(kept) - 1)
    return ContributionBins(
        name=name,
        edges=(kept + steps.min()) * step,
        counts=people,
        mean_rank=_mean_ranks(merged, ranks, people, floor),
        typical=_typical(ordered, floor),
    )


def _mean_ranks(at: IntArray, ranks: FloatArray, people: IntArray, floor: int) -> FloatArray:
    """Mean rank in each bin (b,) of those who have one; NaN where they are few or a minority."""
    is_known = ~np.isnan(ranks)
    n_known = np.bincount(at[is_known], minlength=len(people))
    sums = np.bincount(at[is_known], ranks[is_known], minlength=len(people))
    enough = n_known >= np.maximum(floor, people / 2)
    means: FloatArray = np.where(enough, sums / np.maximum(n_known, 1), np.nan)
    return means


def _typical(ordered: FloatArray, floor: int) -> tuple[float, float]:
    """The middle nine tenths, or less where fewer than the floor would lie beyond."""
    beyond = min(max(floor, len(ordered) // 20), (len(ordered) - 1) // 2)
    return float(ordered[beyond]), float(ordered[-1 - beyond])


def _round_step(values: FloatArray) -> float:
    """Width of a bin: 1, 2 or 5 times a power of ten."""
    wanted = max(float(np.ptp(values)), 1e-9) / WANTED_BINS
    power = float(10.0 ** np.floor(np.log10(wanted)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted * (1 - 1e-9))


def _has_order(column: Column) -> bool:
    return column.is_numeric or column.ordered or len(column.levels) == 2


def _relative_ranks(values: FloatArray) -> FloatArray:
    """Place of each value among the measured ones, 0 lowest, 1 highest, ties in the middle."""
    ranks = np.full(len(values), np.nan)
    is_known = ~np.isnan(values)
    n = int(is_known.sum())
    if n > 1:
        ranks[is_known] = (rankdata(values[is_known]) - 1) / (n - 1)
    return ranks
