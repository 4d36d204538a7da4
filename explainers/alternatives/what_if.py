"""What the model would say of a patient with other values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainers.alternatives.change import Change, changes_between
from explainers.alternatives.new_values import NewValue, apply_changes
from explainers.alternatives.relations import Relation, find_relations
from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.core.encoding import format_value
from explainers.core.provenance import Provenance
from explainers.core.study import Study
from explainers.effects.seen_values import row_of, seen_range


@dataclass(frozen=True)
class WhatIf:
    """A patient re-scored with other values. Model behaviour, not the effect of a treatment.

    Attributes
    ----------
    risk_before, risk_after : float
    log_odds_before, log_odds_after : float
    crosses : bool
        Whether the two risks lie on different sides of the threshold.
    changes : tuple of Change
        Inputs whose value differs.
    warnings : tuple of str
        Sentences on values that real patients do not have, alone or together.
    row : ndarray of shape (p,)
        The changed patient, encoded.
    provenance : Provenance
    """

    risk_before: float
    risk_after: float
    log_odds_before: float
    log_odds_after: float
    crosses: bool
    changes: tuple[Change, ...]
    warnings: tuple[str, ...]
    row: FloatArray
    provenance: Provenance

    def __post_init__(self) -> None:
        object.__setattr__(self, "row", frozen_floats(self.row))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "risk_before": self.risk_before,
            "risk_after": self.risk_after,
            "log_odds_before": self.log_odds_before,
            "log_odds_after": self.log_odds_after,
            "crosses": self.crosses,
            "changes": [change.to_dict() for change in self.changes],
            "warnings": list(self.warnings),
            "row": to_json_numbers(self.row),
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> WhatIf:
        """Inverse of :meth:`to_dict`."""
        return cls(
            **{
                **record,
                "changes": tuple(Change.from_dict(change) for change in record["changes"]),
                "warnings": tuple(record["warnings"]),
                "row": from_json_numbers(record["row"]),
                "provenance": Provenance.from_dict(record["provenance"]),
            }
        )


def rescore(
    study: Study,
    patient: str | FloatArray,
    changes: Mapping[str, NewValue],
    *,
    allow_fixed: bool = False,
    relations: Sequence[Relation] | None = None,
) -> WhatIf:
    """Score a patient again with new values.

    Parameters
    ----------
    study : Study
    patient : str or ndarray of shape (p,)
        Patient id, or encoded values.
    changes : mapping from feature name to number, level or None (not measured)
    allow_fixed : bool
        Whether inputs that nobody can change may be given another value (for teaching).
    relations : sequence of Relation, optional
        What :func:`find_relations` found, where it is at hand already.

    Raises
    ------
    NotFoundError
        When there is no such patient.
    SettingsError
        When a change does not fit the schema, or is of a fixed input that was not allowed.
    """
    before = row_of(study, patient)
    after = apply_changes(before, study.model.columns, changes, allow_fixed=allow_fixed)
    if relations is None:
        relations = find_relations(study.matrix, study.model.columns, seed=study.seed)
    both = np.vstack([before, after])
    risk, log_odds = (study.predict(both, scale) for scale in ("risk", "log-odds"))
    differing = changes_between(before, after, study.model.columns)
    return WhatIf(
        risk_before=float(risk[0]),
        risk_after=float(risk[1]),
        log_odds_before=float(log_odds[0]),
        log_odds_after=float(log_odds[1]),
        crosses=bool((risk[0] >= study.threshold) != (risk[1] >= study.threshold)),
        changes=differing,
        warnings=(
            *_unseen_warnings(study, after, differing),
            *_relation_warnings(study, before, after, relations),
        ),
        row=after,
        provenance=study.provenance("what-if", allow_fixed=allow_fixed),
    )


def _unseen_warnings(study: Study, after: FloatArray, changes: Sequence[Change]) -> list[str]:
    warnings = []
    for change in changes:
        at = study.model.feature_names.index(change.feature)
        column = study.model.columns[at]
        if np.isnan(after[at]):
            continue
        low, high = seen_range(study.matrix[:, at], column)
        if not low <= after[at] <= high:
            warnings.append(
                f"{column.label}: {format_value(after[at], column)} lies outside what nearly all"
                f" patients have ({format_value(low, column)} to {format_value(high, column)}), so"
                " the model has seen few such patients."
            )
    return warnings


def _relation_warnings(
    study: Study, before: FloatArray, after: FloatArray, relations: Sequence[Relation]
) -> list[str]:
    """A warning for each relation that the change broke."""
    columns, warnings = study.model.columns, []
    for relation in relations:
        if not relation.is_broken(after) or relation.is_broken(before):
            continue
        untouched = [at for at in relation.members if after[at] == before[at]]
        stale = untouched[0] if untouched else relation.members[0]
        expected = float(relation.solve(after[None, :], stale)[0])
        names = " and ".join(columns[at].label for at in relation.members if at != stale)
        warnings.append(
            f"{columns[stale].label} follows from {names} in these patients: it would be"
            f" {format_value(expected, columns[stale])} and not"
            f" {format_value(after[stale], columns[stale])}. The model was asked about a patient"
            " who cannot exist."
        )
    return warnings
