"""The invented patients around which LIME fits, and what the model predicts for them.

They depend on the reference patients, the seed and which inputs are measured, but not on the
patient: what was invented and predicted for one patient serves all who have the same inputs.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explainers.attribution.lime_sampling import (
    LARGEST_SEED,
    ColumnDraw,
    Invented,
    describe_columns,
    filled_reference,
    invent_patients,
)
from explainers.attribution.lime_surrogate import LocalFit, fit_local_model
from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.link import Scale
from explainers.core.study import Study
from explainers.errors import SettingsError, UnsupportedError

# Invented patients predicted in one call: 5 seeds of 5,000. More take no less time, since these
# stay nearer to the processor, and memory grows with them.
ROWS_AT_ONCE = 25_000
# Of 5,000 invented patients with 20 inputs, one seed takes 140 KB: at most 67 MB for a study.
MOST_SEEDS, MOST_PATTERNS = 24, 20


@dataclass(frozen=True)
class Scored:
    """Invented patients of one seed.

    Attributes
    ----------
    chosen : ndarray of shape (k, n)
        Position of the label of each measured input, as small integers.
    scores : ndarray of shape (n,)
        The model's score of each.
    """

    chosen: NDArray[np.signedinteger]
    scores: FloatArray


@dataclass(frozen=True)
class Surroundings:
    """What is drawn for patients who have the same inputs measured.

    Attributes
    ----------
    study : Study
    measured : ndarray of shape (k,)
        Positions among the model's p features.
    draws : tuple of ColumnDraw, length k
    known : dict or None
        By seed and number, what was invented before; None where nothing is kept.
    """

    study: Study
    measured: IntArray
    draws: tuple[ColumnDraw, ...]
    known: dict[tuple[int, int], Scored] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, study: Study, is_measured: BoolArray, *, is_keeping: bool = False) -> Surroundings:
        """Describe the reference patients in the measured inputs, (p,).

        Raises
        ------
        UnsupportedError
            Where nothing is measured, or a measured input is missing in every reference patient.
        """
        measured = np.flatnonzero(is_measured)
        if len(measured) == 0:
            raise UnsupportedError("lime needs at least one measured input for a patient")
        columns = [study.model.columns[at] for at in measured]
        reference = filled_reference(study.reference_matrix[:, measured], columns)
        draws = describe_columns(reference, columns)
        return cls(study, measured, draws, {} if is_keeping else None)

    def score_seeds(self, seeds: Sequence[int], n_samples: int) -> Iterator[Scored]:
        """Invented patients of each seed, ``n_samples`` - 1 of them, with the model's scores.

        Raises
        ------
        SettingsError
            Where a seed is none that lime takes.
        """
        for seed in seeds:
            if not 0 <= seed <= LARGEST_SEED:
                raise SettingsError("a seed of lime is between 0 and 4,294,967,295", value=seed)
        per_call = max(1, ROWS_AT_ONCE // n_samples)
        for start in range(0, len(seeds), per_call):
            wanted = seeds[start : start + per_call]
            known = {} if self.known is None else self.known
            found = {seed: known[seed, n_samples] for seed in wanted if (seed, n_samples) in known}
            new = tuple(dict.fromkeys(seed for seed in wanted if seed not in found))
            for seed, scored in zip(new, self._score(new, n_samples), strict=True):
                found[seed] = scored
                if len(known) < MOST_SEEDS:
                    known[seed, n_samples] = scored
            yield from (found[seed] for seed in wanted)

    def labels_of(self, row: FloatArray) -> IntArray:
        """Position of the label of each measured input (k,) of one encoded patient (p,)."""
        own = [
            draw.position_of(float(row[at]))
            for at, draw in zip(self.measured, self.draws, strict=True)
        ]
        return np.array(own, dtype=np.int64)

    def fit(
        self, labels: IntArray, scored: Scored, own_prediction: float, scale: Scale
    ) -> LocalFit:
        """Local model of one patient by :meth:`labels_of`; weight 0 for inputs not measured."""
        is_same = scored.chosen == labels.astype(scored.chosen.dtype)[:, None]
        predicted = self.study.model.link.to_scale(scored.scores, scale)
        fit = fit_local_model(is_same, predicted, own_prediction)
        weights = np.zeros(len(self.study.model.columns))
        weights[self.measured] = fit.weights
        return LocalFit(weights, fit.intercept, fit.r_squared)

    def _score(self, seeds: Sequence[int], n_samples: int) -> list[Scored]:
        if not seeds:
            return []
        # Making one takes a hundred times as long as seeding it anew.
        state = np.random.RandomState(0)
        groups = []
        for seed in seeds:
            state.seed(seed)
            groups.append(invent_patients(self.draws, n_samples, state))
        scores = np.split(self.study.model.score(self._rows(groups)), len(groups))
        is_small = max(len(draw.labels) for draw in self.draws) <= np.iinfo(np.int8).max
        return [
            Scored(group.chosen.astype(np.int8) if is_small else group.chosen, each.copy())
            for group, each in zip(groups, scores, strict=True)
        ]

    def _rows(self, groups: Sequence[Invented]) -> FloatArray:
        n_each = groups[0].values.shape[1]
        rows = np.full((n_each * len(groups), len(self.study.model.columns)), np.nan)
        for at, invented in enumerate(groups):
            rows[at * n_each : (at + 1) * n_each, self.measured] = invented.values.T
        return rows


class KeptSurroundings:
    """Invented patients of one model and its reference patients, for the patterns asked for last.

    Parameters
    ----------
    study : Study
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._lock = threading.Lock()
        self._around: OrderedDict[bytes, Surroundings] = OrderedDict()

    def is_of(self, study: Study) -> bool:
        """Whether what is kept holds for that study: same model, same reference patients."""
        own = self._study
        return (study.model.digest, study.reference.digest) == (
            own.model.digest,
            own.reference.digest,
        )

    def around(self, is_measured: BoolArray) -> Surroundings:
        """For patients with these inputs measured; raises as :meth:`Surroundings.of`."""
        pattern = is_measured.tobytes()
        with self._lock:
            found = self._around.get(pattern)
        if found is None:
            found = Surroundings.of(self._study, is_measured, is_keeping=True)
        with self._lock:
            found = self._around.setdefault(pattern, found)
            self._around.move_to_end(pattern)
            while len(self._around) > MOST_PATTERNS:
                self._around.popitem(last=False)
        return found
