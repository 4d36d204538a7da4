"""Which column of a cohort each input of a model is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from explainers.core.schema import Column, Schema
from explainers.errors import BundleError, SettingsError
from explainers.models.outside_file import OutsideModel

How = Literal["exact", "alike", "given", "by place", ""]


@dataclass(frozen=True)
class FeatureMatch:
    """One input of a model.

    Attributes
    ----------
    feature : str
        Its name in the model, or its place where the model names none.
    column : str
        "" where none was found.
    how : {"exact", "alike", "given", "by place", ""}
        The same name; the same but for case and punctuation; said by the user, by name or by place.
    """

    feature: str
    column: str
    how: How


def match_features(
    model: OutsideModel,
    schema: Schema,
    *,
    given: Mapping[str, str] | None = None,
    order: Sequence[str] = (),
) -> tuple[FeatureMatch, ...]:
    """Find the column of each input, in the order of the model.

    Parameters
    ----------
    model : OutsideModel
    schema : Schema
    given : Mapping[str, str], optional
        Columns by the model's names, where these differ.
    order : sequence of str
        Columns in the order of the inputs, for a model that does not name them.

    Raises
    ------
    SettingsError
        When what is given fits neither model nor schema.
    """
    corrections = dict(given or {})
    if not model.feature_names:
        return _match_by_place(model, schema, order)
    unknown = sorted(set(corrections) - set(model.feature_names))
    if unknown or order:
        raise SettingsError(
            "a column is given for an input that the model names",
            value=unknown or list(order),
            remedy=f"Its inputs: {', '.join(model.feature_names)}.",
        )
    for column in corrections.values():
        schema.column(column)
    return tuple(_match(name, schema, corrections) for name in model.feature_names)


def columns_named(model: OutsideModel, columns: Iterable[str]) -> tuple[str, ...]:
    """Those columns that the model names, whatever their case and punctuation."""
    named = {_plain(name) for name in model.feature_names} - {""}
    return tuple(column for column in columns if _plain(column) in named)


def matched_columns(matches: Sequence[FeatureMatch], schema: Schema) -> tuple[Column, ...]:
    """The columns of all inputs, in their order.

    Raises
    ------
    BundleError
        When an input has no column, two share one, or a column may not enter a model.
    """
    missing = [match.feature for match in matches if not match.column]
    if missing:
        names = [column.name for column in schema.features]
        near = difflib.get_close_matches(missing[0], names, n=3, cutoff=0.4)
        raise BundleError(
            "every input of the model needs a column",
            value=missing,
            remedy="Say which by --match INPUT=COLUMN."
            + (f" Perhaps for the first: {', '.join(near)}." if near else ""),
        )
    used = [match.column for match in matches]
    repeated = sorted({name for name in used if used.count(name) > 1})
    if repeated:
        raise BundleError("no column may be two inputs of a model", value=repeated)
    columns = tuple(schema.column(name) for name in used)
    sources = {one.column for outcome in schema.outcomes for one in outcome.any_of}
    for column in columns:
        if column.role != "feature" or column.name in sources:
            raise BundleError(
                f"an input of the model is declared as {column.role} in the schema",
                value=column.name,
                remedy='Declare it with role = "feature", unless it gives the outcome away.',
            )
    return columns


def _match(name: str, schema: Schema, corrections: Mapping[str, str]) -> FeatureMatch:
    if name in corrections:
        return FeatureMatch(name, corrections[name], "given")
    names = [column.name for column in schema.columns]
    if name in names:
        return FeatureMatch(name, name, "exact")
    alike = [column for column in names if _plain(column) == _plain(name)]
    if len(alike) == 1 and _plain(name):
        return FeatureMatch(name, alike[0], "alike")
    return FeatureMatch(name, "", "")


def _match_by_place(
    model: OutsideModel, schema: Schema, order: Sequence[str]
) -> tuple[FeatureMatch, ...]:
    if len(order) != model.n_features:
        raise SettingsError(
            f"the model does not name its {model.n_features} inputs, so their columns are needed"
            " in the order in which it was trained",
            value=list(order),
            remedy="Name them by --features A,B,C.",
        )
    for column in order:
        schema.column(column)
    return tuple(
        FeatureMatch(f"input {at}", column, "by place") for at, column in enumerate(order, start=1)
    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
