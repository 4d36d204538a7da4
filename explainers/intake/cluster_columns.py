"""Whether the columns that name the person or the site of each row can be used as such."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explainers.core.arrays import BoolArray
from explainers.core.schema import Schema
from explainers.intake.conversion import MISSING_TEXTS, convert_column


@dataclass(frozen=True)
class ClusterFault:
    """Something about a declared person or site.

    Attributes
    ----------
    column, rule, remedy : str
        Column, what is needed or odd, and what to do.
    rows : ndarray of shape (k,)
        Positions of the rows it is about; none where it is about the whole column.
    is_odd : bool
        Whether it forbids nothing.
    """

    column: str
    rule: str
    remedy: str
    rows: np.ndarray[tuple[int], np.dtype[np.intp]]
    is_odd: bool = False


def declared_clusters(schema: Schema) -> tuple[tuple[str, str], ...]:
    """What is declared, "person" or "site", and its column."""
    declared = (("person", schema.person), ("site", schema.site))
    return tuple((kind, column) for kind, column in declared if column)


def type_persons(texts: pd.Series) -> pd.Series:
    """The person of each row (n,); missing where the text says nothing."""
    return texts.astype("str").where(~texts.isin(MISSING_TEXTS), None)


def has_clusters(table: pd.DataFrame, schema: Schema) -> BoolArray:
    """Rows (n,) of texts that have the person and the site that the schema declares."""
    known = np.ones(len(table), dtype=np.bool_)
    if schema.person:
        known &= type_persons(table[schema.person].str.strip()).notna().to_numpy()
    if schema.site:
        texts = table[schema.site].str.strip().reset_index(drop=True)
        content = convert_column(texts, schema.column(schema.site)).content
        known &= ~np.asarray(pd.isna(content), dtype=np.bool_)
    return known


def find_cluster_faults(frame: pd.DataFrame, schema: Schema) -> Iterator[ClusterFault]:
    """What is wrong or odd with the declared columns of typed patients (n, p)."""
    none = np.zeros(0, dtype=np.intp)
    for kind, column in declared_clusters(schema):
        if column not in frame:
            remedy = f"Add it, or take {kind} out of the schema."
            yield ClusterFault(column, f"the column of the {kind} is missing", remedy, none)
            continue
        names = frame[column]
        empty = np.flatnonzero(names.isna().to_numpy())
        n_named, n_known = names.nunique(), len(names) - len(empty)
        if len(empty):
            rule = f"every row needs a {kind}; {len(empty):,} have none, this one first"
            remedy = f"Give each of them its {kind}, or leave these rows out."
            yield ClusterFault(column, rule, remedy, empty)
        elif n_named == n_known:
            rule = f"no {kind} has a second row, so the declaration changes no interval"
            remedy = f"Check that the column names the {kind} and not the row."
            yield ClusterFault(column, rule, remedy, none, is_odd=True)
        elif n_named == 1:
            rule = f"all rows are of one {kind}, so no figure will have an interval"
            yield ClusterFault(column, rule, f"Take {kind} out of the schema.", none, is_odd=True)
