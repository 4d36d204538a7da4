"""Two halves of the labelled patients, so that nobody is judged on what calibrated it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import BoolArray
from explainers.errors import SettingsError

# Fewer calibration patients of a kind cannot exclude a label at 95%.
FEWEST_OF_A_KIND = 20


@dataclass(frozen=True)
class CalibrationSplit:
    """Which labelled patients calibrate and which are judged; disjoint.

    Attributes
    ----------
    is_calibration, is_evaluation : ndarray of shape (n,)
        Both False for a patient without an outcome label.
    seed : int
    """

    is_calibration: BoolArray
    is_evaluation: BoolArray
    seed: int

    def swapped(self) -> CalibrationSplit:
        """The same halves in each other's role."""
        return CalibrationSplit(self.is_evaluation, self.is_calibration, self.seed)


def split_patients(
    is_labelled: BoolArray, *, share: float = 0.5, seed: int = 0
) -> CalibrationSplit:
    """Draw the calibration patients at random among the labelled ones.

    Parameters
    ----------
    is_labelled : ndarray of shape (n,)
    share : float
        Share of labelled patients that calibrate, between 0 and 1.
    seed : int

    Raises
    ------
    SettingsError
        When either side would have fewer than 20 patients.
    """
    labelled = np.flatnonzero(is_labelled)
    n_calibration = round(share * len(labelled))
    if min(n_calibration, len(labelled) - n_calibration) < FEWEST_OF_A_KIND:
        raise SettingsError(
            f"calibrating and judging need at least {FEWEST_OF_A_KIND} labelled patients each",
            value=(n_calibration, len(labelled) - n_calibration),
        )
    order = np.random.default_rng(seed).permutation(labelled)
    is_calibration = np.zeros(len(is_labelled), dtype=bool)
    is_calibration[order[:n_calibration]] = True
    return CalibrationSplit(is_calibration, is_labelled & ~is_calibration, seed)
