"""What ``pellucid register`` answers, for people and for machines."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from dashboard.commands.options import DONE
from dashboard.commands.output import write_json, write_line, write_table

if TYPE_CHECKING:
    from explainers.intake.proposal import Proposal
    from explainers.intake.source_file import SourceTable
    from explainers.registration import CohortDraft, FeatureMatch, ModelDraft


def tell_proposal(arguments: argparse.Namespace, source: SourceTable, proposal: Proposal) -> None:
    """What was read, and the guesses that somebody has to look at."""
    n_columns = len(source.table.columns)
    write_line(f"{len(source.table):,} rows of {n_columns} columns. {' '.join(source.notes)}")
    write_line(f"A schema is proposed in {arguments.propose}. To check before it is used:")
    for guess in proposal.doubts:
        write_line(f"- {shown(guess.column) or 'the table'}: {shown(str(guess))}")
    write_line()
    write_line("To be dropped, generalised or justified, since it may identify somebody:")


def tell(
    arguments: argparse.Namespace,
    cohort: CohortDraft | None,
    prepared: tuple[ModelDraft, tuple[FeatureMatch, ...]] | None,
) -> int:
    """What was registered, or would be; 0."""
    if arguments.json:
        write_json(_describe(arguments, cohort, prepared))
        return DONE
    done = "Would register" if arguments.dry_run else "Registered"
    if cohort is not None:
        write_line(f"{done} {len(cohort.table):,} patients as the cohort {cohort.name}.")
        if cohort.n_left_out:
            write_line(f"Left out: {cohort.n_left_out:,} rows that break the schema, such as")
            for problem in cohort.problems.problems:
                write_line(f"- {shown(str(problem))}")
    if prepared is not None:
        _tell_model(done, *prepared)
    return DONE


def _tell_model(done: str, draft: ModelDraft, matches: tuple[FeatureMatch, ...]) -> None:
    write_line(f"{done} the model {draft.facts.name} ({draft.facts.family_label}).")
    for match in matches:
        if match.how != "exact":
            write_line(f"- {shown(match.feature)} is {shown(match.column)} ({match.how})")
    write_line()
    write_table(
        ("patient", "risk", "outcome"),
        [(one.patient_id, f"{one.risk:.1%}", _recorded(one.outcome)) for one in draft.scores],
    )
    for doubt in draft.doubts:
        write_line(f"To check: {shown(doubt)}")
    write_line(f"{draft.facts.n_test:,} patients can be opened: pellucid serve")


def _describe(
    arguments: argparse.Namespace,
    cohort: CohortDraft | None,
    prepared: tuple[ModelDraft, tuple[FeatureMatch, ...]] | None,
) -> dict[str, Any]:
    answer: dict[str, Any] = {"saved": not arguments.dry_run, "cohort": None, "model": None}
    if cohort is not None:
        answer["cohort"] = {
            "name": cohort.name,
            "n_patients": len(cohort.table),
            "n_left_out": cohort.n_left_out,
            "problems": [str(problem) for problem in cohort.problems.problems],
            "warnings": [str(problem) for problem in cohort.problems.warnings],
        }
    if prepared is not None:
        draft, matches = prepared
        answer["model"] = {
            "name": draft.facts.name,
            "family": draft.facts.family,
            "n_held_out": draft.facts.n_test,
            "inputs": [
                {"input": one.feature, "column": one.column, "how": one.how} for one in matches
            ],
            "scores": [
                {"patient_id": one.patient_id, "risk": one.risk, "outcome": one.outcome}
                for one in draft.scores
            ],
            "doubts": draft.doubts,
        }
    return answer


def _recorded(outcome: bool | None) -> str:  # noqa: FBT001 - a value, not a switch
    return "not recorded" if outcome is None else "yes" if outcome else "no"


def shown(text: str) -> str:
    """Text from a table, which cannot steer the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
