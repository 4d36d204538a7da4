"""Bootstrap of patients that pass by in blocks: the draws are those of one resample of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import FloatArray, IntArray
from explainers.uncertainty.bootstrap import count_draws


@dataclass(frozen=True, eq=False)
class StreamedBootstrap:
    """How often each resample draws each patient, for one block of patients at a time.

    A resample draws n of n patients with replacement. How many of the draws fall into each block
    is multinomial, and within a block each patient is drawn alike: made in these two steps, the
    weights have the same distribution as if all patients were at hand.

    Attributes
    ----------
    sizes : tuple of int
        Patients in each block.
    n_drawn : ndarray of shape (n_resamples, blocks)
    seed : int
    """

    sizes: tuple[int, ...]
    n_drawn: IntArray
    seed: int

    @classmethod
    def of(cls, sizes: Sequence[int], n_resamples: int, seed: int) -> StreamedBootstrap:
        """Split the draws among blocks of the given sizes.

        Raises
        ------
        SettingsError
            When there is no patient or there are too few resamples.
        """
        drawn = count_draws(np.array(sizes, dtype=np.float64), n_resamples, seed)
        return cls(tuple(sizes), drawn.astype(np.int64), seed)

    def weights(self, block: int) -> FloatArray:
        """How often each patient of a block is drawn, (n_resamples, patients); same every time."""
        size, n_drawn = self.sizes[block], self.n_drawn[:, block]
        rng = np.random.default_rng([self.seed, block])
        drawn = rng.integers(0, size, n_drawn.sum())
        drawn += np.repeat(np.arange(len(n_drawn)) * size, n_drawn)
        counted = np.bincount(drawn, minlength=len(n_drawn) * size)
        return counted.reshape(len(n_drawn), size).astype(np.float64)
