"""What the columns of a cohort mean: units, codes, clinical concepts, outcomes and groups.

The schema is the only source of labels and units, and the only place where recording codes are
turned into missing values. It is read from a TOML file by :mod:`explainers.intake`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from explainers.errors import SchemaError

Kind = Literal["number", "integer", "category", "yes_no"]
Role = Literal["feature", "attribute", "outcome", "excluded"]
Direction = Literal["higher", "lower", ""]
ActionableDirection = Literal["higher", "lower", "either", ""]

YES_NO_LEVELS = ("no", "yes")

Named = TypeVar("Named", "Column", "Outcome", "Grouping")


@dataclass(frozen=True)
class Column:
    """One column of a cohort.

    Attributes
    ----------
    name, label, unit : str
        Name in the file, name on screen, unit ("" where there is none).
    kind : {"number", "integer", "category", "yes_no"}
        How the values are to be read.
    role : {"feature", "attribute", "outcome", "excluded"}
        Only a feature may enter a model. An attribute describes the patient, an outcome column is
        a source of an outcome, an excluded column leaks the outcome and can never be used.
    levels : tuple of str
        Allowed values of a category, in display order; their position is the encoded value.
    ordered : bool
        Whether the order of the levels has a meaning.
    valid_range : (float, float) or None
        Plausible range; a value outside is kept and warned about.
    capped_at : float or None
        Highest value that was written down; it stands for itself and all above it, such as 90 for
        everybody of 90 or over, and is shown so.
    missing_codes : tuple of (float or str)
        Recorded values that mean "not measured".
    missing_below, missing_above : float or None
        Values beyond these are recording errors and become missing.
    concept : str
        Clinical concept under which explanations are summed.
    actionable : bool
        Whether a patient and a clinician could plausibly change it.
    actionable_direction : {"higher", "lower", "either", ""}
        In which direction a change may be proposed; "" where the expected direction decides.
    sensitive : bool
        Whether it is a protected attribute.
    expected_direction : {"higher", "lower", ""}
        In which direction clinical knowledge lets the risk rise; "" where it does not say.
    decimals : int
        Decimals a clinician would print.
    note : str
        A caveat, or for an excluded column the reason.
    """

    name: str
    label: str
    kind: Kind
    role: Role = "feature"
    unit: str = ""
    levels: tuple[str, ...] = ()
    ordered: bool = False
    valid_range: tuple[float, float] | None = None
    capped_at: float | None = None
    missing_codes: tuple[float | str, ...] = ()
    missing_below: float | None = None
    missing_above: float | None = None
    concept: str = ""
    actionable: bool = False
    actionable_direction: ActionableDirection = ""
    sensitive: bool = False
    expected_direction: Direction = ""
    decimals: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        if self.kind == "yes_no":
            object.__setattr__(self, "levels", YES_NO_LEVELS)
        if self.kind == "category" and len(set(self.levels)) < max(2, len(self.levels)):
            raise SchemaError(
                f"the category {self.name!r} needs at least two distinct levels", value=self.levels
            )
        if self.valid_range is not None and not self.valid_range[0] < self.valid_range[1]:
            raise SchemaError(
                f"the valid range of {self.name!r} must ascend", value=self.valid_range
            )
        if self.capped_at is not None and not self._may_be_capped():
            raise SchemaError(
                f"{self.name!r} can only be capped at a number at which its valid range ends",
                value=self.capped_at,
            )
        if self.actionable_direction and not self.actionable:
            raise SchemaError(
                f"{self.name!r} has an actionable_direction and is not actionable",
                value=self.actionable_direction,
            )
        if self.role == "excluded" and not self.note:
            raise SchemaError(
                f"the excluded column {self.name!r} needs a note that gives the reason"
            )

    @property
    def is_numeric(self) -> bool:
        """Whether values are numbers rather than levels."""
        return self.kind in ("number", "integer")

    @property
    def label_with_unit(self) -> str:
        """Label for an axis, such as ``Waist circumference (cm)``, with what a cap stands for."""
        cap = self.capped_at
        capped = "" if cap is None else f"{cap:g} or over as {cap:g}"
        told = "; ".join(part for part in (self.unit, capped) if part)
        return f"{self.label} ({told})" if told else self.label

    def _may_be_capped(self) -> bool:
        return self.is_numeric and (
            self.valid_range is None or self.valid_range[1] == self.capped_at
        )


@dataclass(frozen=True)
class Condition:
    """One way to have an outcome: a number at least so high, or a level."""

    column: str
    at_least: float | None = None
    equals: str | None = None

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.equals is None):
            raise SchemaError(
                f"a condition on {self.column!r} needs either at_least or equals, and not both"
            )


@dataclass(frozen=True)
class Outcome:
    """What a model predicts: present when any of its conditions holds.

    Attributes
    ----------
    name, label : str
        Slug and name on screen.
    noun : str
        Completes "about 12 in 100 patients like this ...", such as ``have diabetes``.
    horizon : str
        When, such as ``at the examination``.
    any_of : tuple of Condition
        A patient with none of these measured has no outcome label.
    """

    name: str
    label: str
    noun: str
    horizon: str
    any_of: tuple[Condition, ...]
    note: str = ""


@dataclass(frozen=True)
class Grouping:
    """An attribute by which patients are grouped.

    Attributes
    ----------
    name, label, column : str
        Slug, name on screen, and the column it is made from.
    reference : str
        The group that others are compared with; a choice, so it is stated.
    cuts : tuple of float
        For numeric columns, left-closed boundaries: ``x < cuts[0]``, ``cuts[0] <= x < cuts[1]``...
    labels : tuple of str
        Names of the groups, in display order; one more than there are cuts.
    """

    name: str
    label: str
    column: str
    reference: str
    labels: tuple[str, ...]
    cuts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.cuts and len(self.labels) != len(self.cuts) + 1:
            raise SchemaError(
                f"the group {self.name!r} with {len(self.cuts)} cuts needs {len(self.cuts) + 1}"
                " labels",
                value=self.labels,
            )
        if list(self.cuts) != sorted(set(self.cuts)) or len(set(self.labels)) < len(self.labels):
            raise SchemaError(
                f"the cuts of the group {self.name!r} must ascend and its labels differ",
                value=self.cuts or self.labels,
            )
        if self.reference not in self.labels:
            raise SchemaError(
                f"the reference of the group {self.name!r} must be one of its labels",
                value=self.reference,
            )


@dataclass(frozen=True)
class Correction:
    """A value known to be wrong in the source, and what it should be."""

    patient_id: str
    column: str
    wrong: str
    right: str
    reason: str


@dataclass(frozen=True)
class CohortFacts:
    """What must be said whenever patients of this cohort are shown."""

    name: str
    title: str
    description: str
    source: str = ""
    licence: str = ""
    agreement: str = ""
    years: str = ""
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schema:
    """The meaning of a cohort's columns.

    Attributes
    ----------
    person : str
        Column of the file that names the person of each row, where somebody may stand in several;
        none of ``columns``, so that no model or page gets at it. "" where each row is a person.
    site : str
        One of ``columns`` with levels, of whose patients it is not said that they are independent.

    Raises
    ------
    SchemaError
        When names repeat; when an outcome, group or correction names a column that is not there;
        when a condition or a group could never match a value of its column; or when the column of
        persons or sites cannot be one.
    """

    facts: CohortFacts
    patient_id: str
    columns: tuple[Column, ...]
    outcomes: tuple[Outcome, ...] = ()
    groups: tuple[Grouping, ...] = ()
    corrections: tuple[Correction, ...] = ()
    digest: str = ""
    person: str = ""
    site: str = ""

    def __post_init__(self) -> None:
        for kind, names in (
            ("column", [column.name for column in self.columns]),
            ("outcome", [outcome.name for outcome in self.outcomes]),
            ("group", [group.name for group in self.groups]),
        ):
            _reject_repeats(kind, names)
        known = {column.name for column in self.columns}
        for user, column in self._uses():
            if column not in known:
                raise SchemaError(f"{user} names a column that the schema lacks", value=column)
        for outcome in self.outcomes:
            for condition in outcome.any_of:
                _check_condition(condition, self.column(condition.column))
        for group in self.groups:
            _check_groups(group, self.column(group.column))
        _check_clusters(self)

    def _uses(self) -> Iterable[tuple[str, str]]:
        for outcome in self.outcomes:
            for condition in outcome.any_of:
                yield f"the outcome {outcome.name!r}", condition.column
        for group in self.groups:
            yield f"the group {group.name!r}", group.column
        for correction in self.corrections:
            yield "a correction", correction.column

    @property
    def features(self) -> tuple[Column, ...]:
        """Columns that may enter a model."""
        return tuple(column for column in self.columns if column.role == "feature")

    def column(self, name: str) -> Column:
        """The column of that name; SchemaError where there is none."""
        return _find(self.columns, name, "column")

    def outcome(self, name: str) -> Outcome:
        """The outcome of that name; SchemaError where there is none."""
        return _find(self.outcomes, name, "outcome")

    def group(self, name: str) -> Grouping:
        """The group of that name; SchemaError where there is none."""
        return _find(self.groups, name, "group")


def _reject_repeats(kind: str, names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise SchemaError(f"every {kind} of a schema needs a name of its own", value=repeated)


def _check_condition(condition: Condition, column: Column) -> None:
    """A condition that no value can meet would make everybody a patient without the outcome."""
    if column.is_numeric and condition.at_least is None:
        raise SchemaError(
            f"a condition on the number {column.name!r} needs at_least", value=condition.equals
        )
    if not column.is_numeric and condition.equals not in column.levels:
        raise SchemaError(
            f"a condition on {column.name!r} needs equals with one of its levels",
            value=condition.equals,
            remedy=f"They are: {', '.join(map(str, column.levels))}.",
        )


def _check_groups(group: Grouping, column: Column) -> None:
    """A label that is no level would count everybody it is meant for among those not recorded."""
    if group.cuts and not column.is_numeric:
        raise SchemaError(
            f"the group {group.name!r} has cuts, and {column.name!r} is not a number",
            value=group.cuts,
        )
    if not group.cuts and not set(group.labels) <= set(column.levels):
        raise SchemaError(
            f"the labels of the group {group.name!r} must be levels of {column.name!r}",
            value=group.labels,
            remedy="Leave the labels out to take them over.",
        )


def _check_clusters(schema: Schema) -> None:
    names = {schema.patient_id, *(column.name for column in schema.columns)}
    if schema.person in names:
        raise SchemaError(
            "person must name a column that is neither patient_id nor one of the columns",
            value=schema.person,
            remedy="patient_id names each row once; a person may stand in several.",
        )
    if schema.site and (
        schema.column(schema.site).is_numeric
        or schema.column(schema.site).role not in ("feature", "attribute")
    ):
        raise SchemaError(
            "site must name a category that is a feature or an attribute",
            value=schema.site,
            remedy="Declare its column with the sites as levels.",
        )


def _find(items: tuple[Named, ...], name: str, kind: str) -> Named:
    for item in items:
        if item.name == name:
            return item
    names = ", ".join(item.name for item in items) or "none"
    raise SchemaError(
        f"the schema has no {kind} of that name", value=name, remedy=f"It has: {names}."
    )
