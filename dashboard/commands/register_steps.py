"""The steps of ``pellucid register``: from options to the library's values."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from explainers.errors import NotFoundError, SettingsError

if TYPE_CHECKING:
    from explainers.core import Cohort, Schema
    from explainers.intake.identifiers import Treatment
    from explainers.intake.source_file import SourceTable
    from explainers.models.outside_file import OutsideModel
    from explainers.registration import CohortDraft, FeatureMatch, ModelDraft


def read_source(arguments: argparse.Namespace) -> SourceTable:
    """The table of a file or database, tidied."""
    from explainers.intake.database import is_database_url, read_database  # noqa: PLC0415
    from explainers.intake.source_file import read_source_file  # noqa: PLC0415 - fast --help
    from explainers.intake.tidying import plain_names, tidy  # noqa: PLC0415 - fast --help

    if is_database_url(arguments.source):
        source = read_database(arguments.source, table=arguments.table, query=arguments.query)
    else:
        source = read_source_file(Path(arguments.source).expanduser())
    source = tidy(source)
    return plain_names(source) if arguments.plain_names else source


def prepare(arguments: argparse.Namespace, source: SourceTable, schema: Schema) -> CohortDraft:
    """Patients whose identifiers were treated as the options say."""
    from datetime import UTC, datetime  # noqa: PLC0415 - fast --help

    from explainers.intake.identifiers import Attestation, load_zip_areas  # noqa: PLC0415
    from explainers.registration import prepare_cohort  # noqa: PLC0415 - fast --help

    if not arguments.attest.strip():
        raise SettingsError(
            "somebody must attest that no patient can be identified by what is left",
            remedy="Treat what --propose listed, then name who attests with --attest NAME.",
        )
    today = datetime.now(tz=UTC).date()
    return prepare_cohort(
        source,
        schema,
        _treatments(arguments),
        Attestation(arguments.attest, today, arguments.basis),
        zip_areas=load_zip_areas(),
        good_rows=arguments.good_rows,
    )


def _treatments(arguments: argparse.Namespace) -> dict[str, Treatment]:
    from explainers.intake.identifiers import Treatment, TreatmentKind  # noqa: PLC0415

    known = [str(kind) for kind in TreatmentKind if kind is not TreatmentKind.JUSTIFY]
    found = {}
    for column, kind in _pairs("--treat", arguments.treat).items():
        if kind not in known:
            raise SettingsError(
                "a column is treated in one of the known ways",
                value=kind,
                remedy=f"They are: {', '.join(known)}.",
            )
        found[column] = Treatment(TreatmentKind(kind))
    for column, reason in _pairs("--justify", arguments.justify).items():
        found[column] = Treatment(TreatmentKind.JUSTIFY, arguments.attest, reason)
    return found


def prepare_for(
    arguments: argparse.Namespace,
    model: OutsideModel,
    cohort: Cohort,
    trained_on: tuple[str, ...],
) -> tuple[ModelDraft, tuple[FeatureMatch, ...]]:
    """The model fitted to a cohort, and which column each of its inputs is."""
    from explainers.registration import (  # noqa: PLC0415 - fast --help
        ModelDeclaration,
        match_features,
        prepare_model,
    )

    declaration = ModelDeclaration(
        name=arguments.name,
        title=arguments.title or arguments.name,
        outcome=_outcome(arguments, cohort.schema),
        purpose=arguments.purpose,
        intended_users=arguments.users,
        intended_patients=arguments.patients,
        threshold=arguments.threshold,
        threshold_reason=arguments.reason,
        limits=tuple(arguments.limit),
    )
    matches = match_features(
        model,
        cohort.schema,
        given=_pairs("--match", arguments.match),
        order=arguments.features,
    )
    draft = prepare_model(model, cohort, matches, declaration, trained_on=trained_on)
    return draft, matches


def _outcome(arguments: argparse.Namespace, schema: Schema) -> str:
    known = [outcome.name for outcome in schema.outcomes]
    if not arguments.outcome and len(known) != 1:
        raise SettingsError(
            "it must be said which outcome the model predicts",
            value=known,
            remedy="Name it with --outcome.",
        )
    return str(arguments.outcome or known[0])


def read_trained_on(arguments: argparse.Namespace, ids: Mapping[str, str]) -> tuple[str, ...]:
    """Ids here of the patients that a file names as the source does."""
    if arguments.trained_on is None:
        return ()
    text = read_bytes(arguments.trained_on).decode("utf-8-sig", errors="replace")
    named = dict.fromkeys(line.strip() for line in text.splitlines() if line.strip())
    known = tuple(ids[name] for name in named if name in ids)
    if not known:
        raise SettingsError(
            "the file must name patients of the table, one id a line",
            value=str(arguments.trained_on),
        )
    return known


def features_in(model: OutsideModel | None, source: SourceTable) -> tuple[str, ...]:
    """Columns that the model names; all are proposed as inputs where it names none."""
    from explainers.registration import columns_named  # noqa: PLC0415 - fast --help

    return () if model is None else columns_named(model, map(str, source.table.columns))


def _pairs(option: str, entries: list[str]) -> dict[str, str]:
    """``NAME=VALUE`` for each; the last = of several is the one that parts them for --match."""
    found = {}
    for entry in entries:
        name, mark, value = entry.partition("=")
        if not (mark and name.strip() and value.strip()):
            raise SettingsError(f"{option} takes NAME=VALUE", value=entry)
        found[name.strip()] = value.strip()
    return found


def plain_name(name: str) -> str:
    """The name, where it is a slug; SettingsError where not."""
    from explainers.models.slugs import is_slug  # noqa: PLC0415 - keeps --help fast

    if not is_slug(name):
        raise SettingsError(
            "a name must consist of small letters, digits, hyphens and underscores",
            value=name,
            remedy="Name the cohort with --cohort.",
        )
    return name


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; NotFoundError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFoundError(
            "there must be a readable file of that name", value=str(path)
        ) from error
