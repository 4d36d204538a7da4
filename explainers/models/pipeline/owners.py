"""Which of the patient's own features each column inside a pipeline was made from, and how."""

# ruff: noqa: SLF001 - what a fitted step gives is known under private names only

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from explainers.core.arrays import BoolArray, IntArray


class Origins(NamedTuple):
    """Where columns come from.

    Attributes
    ----------
    owner : ndarray of shape (q,)
        The feature that each column was made from; a step never makes a column from two.
    rises : ndarray of shape (q,)
        Whether the column never falls as the feature rises, all values measured.
    says_missing : ndarray of shape (q,)
        Whether the column has one value whatever was measured, and may have another for missing.
    """

    owner: IntArray
    rises: BoolArray
    says_missing: BoolArray

    @classmethod
    def of_patients(cls, n_features: int) -> Self:
        """The columns of the encoded matrix."""
        everywhere = np.ones(n_features, dtype=np.bool_)
        return cls(np.arange(n_features), everywhere, ~everywhere)

    def at(self, columns: Any) -> Origins:
        """Of some of the columns, by positions or a mask."""
        return Origins(*(each[columns] for each in self))

    def otherwise(self) -> Origins:
        """Of columns made in a way that says no more than which feature they come from."""
        nowhere = np.zeros(len(self.owner), dtype=np.bool_)
        return Origins(self.owner, nowhere, nowhere)


def origins_after(step: Any, origins: Origins) -> Origins:
    """Where the columns that a fitted step gives come from.

    Parameters
    ----------
    step : fitted transformer, "passthrough", "drop" or None
    origins : Origins
        Of the columns that the step takes.

    Raises
    ------
    ValueError
        Where the step is of a kind not known here.
    """
    if isinstance(step, str) and step == "drop":
        return origins.at(slice(0))
    if step is None or isinstance(step, str | FunctionTransformer):
        return origins
    if isinstance(step, Pipeline):
        for _, each in step.steps:
            origins = origins_after(each, origins)
        return origins
    if isinstance(step, ColumnTransformer):
        return _after_columns(step, origins)
    if isinstance(step, SimpleImputer):
        return _after_imputer(step, origins)
    return _after_encoder(step, origins)


def _after_encoder(step: Any, origins: Origins) -> Origins:
    if isinstance(step, StandardScaler):
        is_rising = step.scale_ is None or bool((step.scale_ > 0).all())
        return origins if is_rising else origins.otherwise()
    if isinstance(step, OrdinalEncoder):
        return origins.otherwise()
    if isinstance(step, OneHotEncoder):
        return origins.at(
            np.repeat(np.arange(len(origins.owner)), step._n_features_outs)
        ).otherwise()
    raise ValueError(f"where the columns of {type(step).__name__} come from is not known")


def _after_columns(columns: ColumnTransformer, origins: Origins) -> Origins:
    """Parts side by side, in the order of the columns that they give."""
    parts = {}
    for name, step, _ in columns.transformers_:
        taken = np.asarray(columns._transformer_to_input_indices[name], dtype=np.int64)
        given = columns.output_indices_[name]
        parts[given.start, given.stop] = origins_after(step, origins.at(taken))
    return _side_by_side([parts[place] for place in sorted(parts)])


def _after_imputer(imputer: SimpleImputer, origins: Origins) -> Origins:
    """Columns with something to fill in, then a column for "was missing" where it adds them."""
    kept = origins
    if not imputer.keep_empty_features:
        kept = origins.at(~np.isnan(imputer.statistics_.astype(np.float64)))
    # Something else than NaN may count as missing and be filled in, between two numbers.
    if not np.isnan(imputer.missing_values):
        kept = kept.otherwise()
    if imputer.indicator_ is None:
        return kept
    marked = origins.at(imputer.indicator_.features_)
    marks = marked.otherwise()
    if np.isnan(imputer.missing_values):
        marks = marks._replace(says_missing=marked.rises)
    return _side_by_side([kept, marks])


def _side_by_side(parts: list[Origins]) -> Origins:
    return Origins(*(np.concatenate(each) for each in zip(*parts, strict=True)))
