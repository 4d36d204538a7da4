"""Whose rows are in which bin of risk: what intervals need where rows belong together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.belonging import Belonging
from explainers.performance.labelled_risk import LabelledRisk
from explainers.uncertainty.clusters import Clusters


@dataclass(frozen=True, eq=False)
class BinnedRows:
    """The bin of each of n rows.

    Attributes
    ----------
    bin_of : ndarray of shape (n,)
        From 0 to ``n_bins - 1``.
    is_event : ndarray of shape (n,)
    belonging : Belonging
        Of the same rows.
    n_bins : int
    """

    bin_of: IntArray
    is_event: BoolArray
    belonging: Belonging
    n_bins: int

    @classmethod
    def of(cls, patients: LabelledRisk, edges: FloatArray) -> BinnedRows | None:
        """The patients between the edges (b + 1,); None where no two of their rows go together."""
        own = patients.clusters
        if own is None or not own.has_effect:
            return None
        n_bins = len(edges) - 1
        bin_of = np.searchsorted(edges, patients.risk, side="right") - 1
        return cls(np.minimum(bin_of, n_bins - 1), patients.is_event, own, n_bins)

    def merged(self, starts: IntArray) -> BinnedRows:
        """In wider bins, given the first of the old bins in each and their number at the end."""
        bin_of = np.searchsorted(starts, self.bin_of, side="right") - 1
        return BinnedRows(bin_of, self.is_event, self.belonging, len(starts) - 1)

    @property
    def is_one(self) -> bool:
        """Whether all rows are of one person or site, so that there is no interval."""
        return self.belonging.is_one

    @cached_property
    def clusters(self) -> Clusters:
        """The persons or sites; SettingsError where there is one only."""
        return Clusters.of(self.belonging.position, self.belonging.kind)

    def variances(self, slopes: FloatArray) -> FloatArray:
        """Variances (p,) over clusters of statistics of the counts.

        Parameters
        ----------
        slopes : ndarray of shape (p, 2 b)
            What one row more, with the outcome in each bin and then without it, adds to each
            statistic; over all rows each adds up to 0.
        """
        m = self.clusters.n_clusters
        summed = np.einsum("ij,jk,ik->i", slopes, self._products, slopes)
        return np.asarray(np.maximum(summed, 0.0) * (m / (m - 1)), dtype=np.float64)

    @cached_property
    def _products(self) -> FloatArray:
        """Products of two counts of one cluster, added up over clusters, (2 b, 2 b)."""
        kind = self.bin_of + np.where(self.is_event, 0, self.n_bins)
        shape = (self.clusters.n_clusters, 2 * self.n_bins)
        counts = csr_array((np.ones(len(kind)), (self.clusters.position, kind)), shape=shape)
        return np.asarray((counts.T @ counts).toarray(), dtype=np.float64)
