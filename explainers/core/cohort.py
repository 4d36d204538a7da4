"""Patients, immutable, with a digest that stands for every value they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray
from explainers.core.belonging import Belonging, BelongingKind
from explainers.core.schema import Condition, Grouping, Schema
from explainers.errors import CohortError, NotFoundError

# As many are looked up one by one: an index of them would cost more.
_FEW = 8


@dataclass(frozen=True)
class Cohort:
    """Patients that fit a schema.

    Attributes
    ----------
    frame : DataFrame of shape (n, p)
        Typed values, one row per patient, indexed by patient id (str). Numbers are float64,
        levels are categoricals in the schema's order, missing values are missing. Where the schema
        declares persons, their column stands here too, and in none of the schema's columns.
    schema : Schema
        What the columns mean.
    digest : str
        SHA-256 over the schema and every value; the key of every cache.
    """

    frame: pd.DataFrame
    schema: Schema
    digest: str = field(default="")

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", digest_of(self.frame, self.schema))

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """Patient ids in row order."""
        return tuple(self.frame.index.tolist())

    def select(self, patient_ids: Sequence[str]) -> Cohort:
        """The named patients, in the order given; NotFoundError where one is not here."""
        return Cohort(self.frame.iloc[self.positions_of(patient_ids)], self.schema)

    def positions_of(self, patient_ids: Sequence[str]) -> list[int]:
        """Rows of the named patients, in the order given; NotFoundError where one is not here."""
        if len(patient_ids) <= _FEW and self.frame.index.is_unique:
            positions = [self._position_of(one) for one in patient_ids]
        else:
            positions = self.frame.index.get_indexer(pd.Index(list(patient_ids))).tolist()
        if min(positions, default=0) < 0:
            absent = [name for name, at in zip(patient_ids, positions, strict=True) if at < 0]
            raise NotFoundError(
                "every patient asked for must be in the cohort",
                value=absent[0] if len(absent) == 1 else absent,
                remedy="Only held-out patients can be opened.",
            )
        return positions

    def _position_of(self, patient_id: str) -> int:
        """Row of one patient; -1 where absent. Builds no index of those asked for."""
        try:
            position = self.frame.index.get_loc(patient_id)
        except KeyError:
            return -1
        return position if isinstance(position, int) else -1

    @cached_property
    def persons(self) -> Belonging | None:
        """Whose row each is, where the schema declares persons and anybody has several rows.

        Raises
        ------
        CohortError
            When the column that the schema declares is not here, or leaves a row without a person.
        """
        return self._belonging("person", self.schema.person)

    @cached_property
    def clusters(self) -> Belonging | None:
        """Which rows an interval may not take as independent; None where it may take all so.

        The declared sites, else the persons. A person seen at several sites counts where their
        first row is, so that no two clusters share a person; raises as :attr:`persons`.
        """
        sites = self._belonging("site", self.schema.site)
        if sites is None or self.persons is None:
            return sites or self.persons
        return sites.joined(self.persons)

    def _belonging(self, kind: BelongingKind, column: str) -> Belonging | None:
        if not column:
            return None
        if column not in self.frame:
            raise CohortError(
                f"the patients need the column of the declared {kind}",
                value=column,
                remedy=f"Add it, or take {kind} out of the schema.",
            )
        found = Belonging.of(self.frame[column], kind)
        return found if found.has_effect else None

    def outcome_labels(self, outcome_name: str) -> FloatArray:
        """Outcome of each patient.

        Returns
        -------
        ndarray of shape (n,)
            1 where any condition holds, 0 where one was measured and none holds, NaN where none
            was measured or its column is not in these data.
        """
        outcome = self.schema.outcome(outcome_name)
        present = np.zeros(len(self), dtype=bool)
        measured = np.zeros(len(self), dtype=bool)
        for condition in outcome.any_of:
            if condition.column not in self.frame:
                continue
            values = self.frame[condition.column]
            measured |= values.notna().to_numpy()
            present |= _holds(values, condition)
        return np.where(measured, present.astype(np.float64), np.nan)

    def group_labels(self, group_name: str) -> pd.Categorical:
        """Group of each patient, of length n; missing where the attribute is missing."""
        group = self.schema.group(group_name)
        if group.column not in self.frame:
            return pd.Categorical([None] * len(self), categories=list(group.labels))
        return group_of(self.frame[group.column], group)


def group_of(values: pd.Series, group: Grouping) -> pd.Categorical:
    """Assign values to the groups of one attribute; left-closed where there are cuts."""
    if group.cuts:
        edges = [-np.inf, *group.cuts, np.inf]
        binned = pd.cut(values.astype(np.float64), edges, right=False, labels=list(group.labels))
        return pd.Categorical(binned, categories=list(group.labels))
    return pd.Categorical(values, categories=list(group.labels))


def digest_of(frame: pd.DataFrame, schema: Schema) -> str:
    """SHA-256 over schema, column names, ids and all values of a frame."""
    hasher = hashlib.sha256(schema.digest.encode())
    hasher.update("\x1f".join(map(str, frame.columns)).encode())
    hasher.update(pd.util.hash_pandas_object(frame, index=True).to_numpy().tobytes())
    return hasher.hexdigest()


def _holds(values: pd.Series, condition: Condition) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if condition.at_least is not None:
        return (values.astype(np.float64) >= condition.at_least).to_numpy()
    return (values == condition.equals).to_numpy(dtype=bool, na_value=False)
