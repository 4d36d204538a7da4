"""From a source to patients that may be kept: identifiers treated, rows checked, ids made anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from explainers.core.arrays import BoolArray
from explainers.core.schema import Column, Schema
from explainers.errors import CohortError
from explainers.intake.cluster_columns import has_clusters
from explainers.intake.conversion import convert_column
from explainers.intake.identifiers import (
    Attestation,
    Deidentified,
    IdentifierReport,
    Treatment,
    TreatmentKind,
    ZipAreas,
    deidentify,
    new_display_ids,
    scan_table,
)
from explainers.intake.identifiers.columns import OLDEST_SHOWN
from explainers.intake.proposal import Guess, Proposal
from explainers.intake.proposal.propose import DEFAULT_ID, PERSON_ID
from explainers.intake.source_file import SourceTable
from explainers.intake.tidying import spell_yes_no, tidy
from explainers.intake.validation import ValidationReport, check_table


@dataclass(frozen=True)
class CohortDraft:
    """Patients as they would be kept; nothing is written yet.

    Attributes
    ----------
    table : DataFrame of shape (n, p + 1)
        Texts, with new ids and without the columns that the schema leaves out.
    schema : Schema
    deidentified : Deidentified
        The record of what was found and what was done.
    n_left_out : int
        Rows of the source that broke the schema and were left out.
    problems : ValidationReport
        Of the source: what was wrong with the rows left out, and what is odd.
    display_ids : Mapping[str, str]
        New id by the source's own; only ever in memory.
    """

    table: pd.DataFrame
    schema: Schema
    deidentified: Deidentified
    n_left_out: int
    problems: ValidationReport
    display_ids: Mapping[str, str]

    @property
    def name(self) -> str:
        """Slug of the cohort."""
        return self.schema.facts.name

    def record(self, source_name: str, notes: tuple[str, ...]) -> bytes:
        """What is kept beside the patients, as JSON and without any value of theirs."""
        document = {
            "source": source_name,
            "notes": list(notes),
            "n_patients": len(self.table),
            "n_left_out": self.n_left_out,
            **self.deidentified.to_dict(),
        }
        return json.dumps(document, indent=2).encode("utf-8")


def scan_source(source: SourceTable, schema: Schema) -> IdentifierReport:
    """Look for identifiers; the column of ids is replaced anyway."""
    return scan_table(source.table, expected=[schema.patient_id, *filter(None, [schema.person])])


def leave_out_suspects(proposal: Proposal, report: IdentifierReport) -> Proposal:
    """The proposal without columns that may identify somebody and that nothing needs.

    What a model takes, the outcome is made from or patients are grouped by stays, to be treated.
    """
    schema = proposal.schema
    needed = {group.column for group in schema.groups}
    idle = {
        column.name
        for column in schema.columns
        if column.role == "attribute"
        and column.name in report.suspects
        and column.name not in needed
    }
    reason = "it may identify somebody, and the model does not take it"
    columns = tuple(
        replace(column, role="excluded", note=f"{reason[:1].upper()}{reason[1:]}.")
        if column.name in idle
        else column
        for column in schema.columns
    )
    guesses = [Guess(name, "role", "excluded", reason) for name in sorted(idle)]
    return replace(
        proposal, schema=replace(schema, columns=columns), guesses=(*proposal.guesses, *guesses)
    )


def prepare_cohort(
    source: SourceTable,
    schema: Schema,
    treatments: Mapping[str, Treatment],
    attestation: Attestation,
    *,
    zip_areas: ZipAreas | None = None,
    good_rows: bool = False,
) -> CohortDraft:
    """Treat identifiers, check every row, and give each patient a new id in random order.

    Columns that the schema excludes or does not know are dropped; a column that a treatment drops
    leaves the schema too.

    Parameters
    ----------
    source : SourceTable
    schema : Schema
        Its ``patient_id`` is the source's column; where there is none, every row is a patient.
    treatments : Mapping[str, Treatment]
        By column.
    attestation : Attestation
    zip_areas : ZipAreas, optional
    good_rows : bool
        Whether rows that break the schema may be left out.

    Raises
    ------
    CohortError
        When an identifier is not treated, or rows break the schema and may not be left out; or
        when the declared person or site is not in the source or is to be dropped.
    """
    if schema.corrections:
        raise CohortError(
            "corrections name patients by ids that are not kept",
            value=len(schema.corrections),
            remedy="Correct the cells in the source.",
        )
    source = tidy(source)
    persons = _persons_of(source, schema)
    schema = _without(schema, treatments)
    used = {column.name for column in schema.columns if column.role != "excluded"}
    has_ids = schema.patient_id in source.table
    ids = source.table[schema.patient_id] if has_ids else _row_numbers(len(source.table))
    patients = source.table.drop(columns=[schema.patient_id]) if has_ids else source.table
    patients = patients.drop(columns=[schema.person]) if schema.person else patients
    unused = {str(name) for name in patients.columns} - used
    done = {**dict.fromkeys(sorted(unused), Treatment(TreatmentKind.DROP)), **treatments}
    deidentified = deidentify(
        patients, scan_source(source, schema), done, attestation, zip_areas=zip_areas
    )
    typed = spell_yes_no(deidentified.table.fillna("").astype("str"), schema)
    typed.insert(0, schema.patient_id, ids.to_numpy())
    if persons is not None:
        typed.insert(1, schema.person, persons.to_numpy())
    report = check_table(typed, schema).report
    kept = typed if report.is_valid else _good_rows(typed, schema, report, allowed=good_rows)
    kept = _nothing_above_caps(kept, schema)
    return _draft(kept, schema, deidentified, len(typed) - len(kept), report)


def _persons_of(source: SourceTable, schema: Schema) -> pd.Series | None:
    if not schema.person:
        return None
    if schema.person not in source.table:
        raise CohortError(
            "the source needs the column of the declared person",
            value=schema.person,
            remedy="Add it, or take person out of the schema.",
        )
    return source.table[schema.person].fillna("").astype("str").str.strip()


def _without(schema: Schema, treatments: Mapping[str, Treatment]) -> Schema:
    """The schema without the columns that are dropped, and without what is made from them.

    Ages that are generalised are capped: 90 is then shown as 90 or over.
    """
    gone = {name for name, one in treatments.items() if one.kind is TreatmentKind.DROP}
    ages = {name for name, one in treatments.items() if one.kind is TreatmentKind.CAP_AGE}
    if schema.site in gone:
        raise CohortError(
            "the declared site may not be dropped: intervals could not allow for it",
            value=schema.site,
            remedy="Keep the column, or take site out of the schema.",
        )
    return replace(
        schema,
        columns=tuple(
            _capped(column) if column.name in ages else column
            for column in schema.columns
            if column.name not in gone
        ),
        groups=tuple(group for group in schema.groups if group.column not in gone),
        outcomes=tuple(
            outcome
            for outcome in schema.outcomes
            if not gone & {condition.column for condition in outcome.any_of}
        ),
    )


def _capped(column: Column) -> Column:
    """An age of which nothing above "90 or over" is known; text that holds ages stays as it is."""
    if not column.is_numeric:
        return column
    cap = OLDEST_SHOWN + 1.0
    low, _ = column.valid_range or (0.0, cap)
    return replace(column, capped_at=cap, valid_range=(min(low, cap - 1), cap))


def _nothing_above_caps(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The texts as they are kept: what is only read as a cap must not stand in the file either."""
    capped = {}
    for column in schema.columns:
        if column.capped_at is not None and column.name in table:
            texts = table[column.name].str.strip().reset_index(drop=True)
            is_above = np.zeros(len(texts), dtype=np.bool_)
            is_above[convert_column(texts, column).capped] = True
            capped[column.name] = table[column.name].mask(is_above, f"{column.capped_at:g}")
    return table.assign(**capped)


def _row_numbers(n: int) -> pd.Series:
    return pd.Series([str(number) for number in range(1, n + 1)], dtype="str")


def _good_rows(
    table: pd.DataFrame, schema: Schema, report: ValidationReport, *, allowed: bool
) -> pd.DataFrame:
    if not allowed:
        raise CohortError(
            f"the table breaks its schema in {report.n_problems:,} places:\n{_listed(report)}",
            remedy="Correct the source or the schema; or go on with the good rows alone"
            " (--good-rows).",
        )
    kept = table[_rows_that_fit(table, schema)].reset_index(drop=True)
    left = check_table(kept, schema).report
    if not left.is_valid:
        raise CohortError(f"no good row is left:\n{_listed(left)}", remedy="Correct the schema.")
    return kept


def _rows_that_fit(table: pd.DataFrame, schema: Schema) -> BoolArray:
    """Rows (n,) without any fault; of rows that share an id the first."""
    ids = table[schema.patient_id].astype("str").str.strip()
    broken = ids.str.contains(r"[\r\n]") | ids.duplicated(keep="first") | (ids == "")
    fits = ~broken.to_numpy(dtype=np.bool_)
    fits &= has_clusters(table, schema)
    for column in schema.columns:
        if column.name in table:
            texts = table[column.name].str.strip().reset_index(drop=True)
            for positions in convert_column(texts, column).faults.values():
                fits[positions] = False
    return fits


def _listed(report: ValidationReport) -> str:
    lines = [f"- {problem}" for problem in report.problems]
    if report.n_problems > len(lines):
        lines.append(f"- and {report.n_problems - len(lines):,} more")
    return "\n".join(lines).removesuffix(".")


def _new_person_ids(persons: pd.Series) -> list[str]:
    """Names (n,) made anew in random order, the same wherever the person is."""
    codes, found = pd.factorize(persons)
    made = new_display_ids(len(found), prefix="Person-")
    return [made[code] for code in codes]


def _draft(
    table: pd.DataFrame,
    schema: Schema,
    deidentified: Deidentified,
    n_left_out: int,
    report: ValidationReport,
) -> CohortDraft:
    own_ids = table[schema.patient_id].astype("str").str.strip()
    names = [column.name for column in schema.columns if column.name in table]
    if DEFAULT_ID in names:
        raise CohortError(
            "the new ids stand in a column of their own, so none may have its name",
            value=DEFAULT_ID,
            remedy="Rename the column.",
        )
    ids = new_display_ids(len(table))
    kept = table[names].reset_index(drop=True)
    kept.insert(0, DEFAULT_ID, list(ids))
    if schema.person:
        persons = _new_person_ids(table[schema.person])
        if schema.person == DEFAULT_ID:
            schema = replace(schema, person=PERSON_ID)
        kept.insert(1, schema.person, persons)
    return CohortDraft(
        table=kept,
        schema=replace(schema, patient_id=DEFAULT_ID, digest=""),
        deidentified=deidentified,
        n_left_out=n_left_out,
        problems=report,
        display_ids=dict(zip(own_ids, ids, strict=True)),
    )
