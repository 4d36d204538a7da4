"""What the page of registering reads and computes; kept for the session only, never cached."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar, cast

from dashboard import state
from dashboard.context import Context
from dashboard.services import record
from explainers.core.cohort import Cohort
from explainers.core.schema import Schema
from explainers.errors import NotFoundError
from explainers.intake.identifiers import Attestation, IdentifierReport, Treatment, load_zip_areas
from explainers.intake.proposal import Proposal, propose_schema
from explainers.intake.schema_writing import write_schema
from explainers.intake.source_file import SourceTable, parse_source, read_source_file
from explainers.intake.tidying import plain_names, tidy
from explainers.models.outside_file import OutsideModel, read_outside_model
from explainers.registration import (
    CohortDraft,
    ModelDraft,
    prepare_cohort,
    save_both,
    scan_source,
    stage_cohort,
)

INBOX = "inbox"

Result = TypeVar("Result")


def inbox_files(ctx: Context) -> tuple[str, ...]:
    """Names of the files that somebody laid into the workspace's inbox."""
    folder = None if ctx.root is None else ctx.root / INBOX
    if folder is None or not folder.is_dir():
        return ()
    return tuple(sorted(p.name for p in folder.iterdir() if p.is_file() and not p.is_symlink()))


def read_inbox(ctx: Context, name: str, *, with_plain_names: bool) -> SourceTable:
    """A table of the inbox; its name is compared with the listing and leads nowhere else."""
    if ctx.root is None or name not in inbox_files(ctx):
        raise NotFoundError("there must be a file of that name in the inbox", value=name)
    path = ctx.root / INBOX / name
    status = path.stat()
    key = ("inbox", name, status.st_size, status.st_mtime_ns, with_plain_names)
    return _once(key, lambda: _tidied(read_source_file(path), with_plain_names=with_plain_names))


def read_upload(content: bytes, name: str, *, with_plain_names: bool) -> SourceTable:
    """An uploaded table, tidied."""
    key = ("upload", hashlib.sha256(content).hexdigest(), name, with_plain_names)
    return _once(
        key, lambda: _tidied(parse_source(content, name), with_plain_names=with_plain_names)
    )


def read_model(content: bytes) -> OutsideModel:
    """An uploaded model file; BundleError where it is not taken."""
    key = ("model", hashlib.sha256(content).hexdigest())
    return _once(key, lambda: read_outside_model(content))


def propose(source: SourceTable, name: str, model: OutsideModel | None) -> Proposal:
    """A schema for the table, with the model's own inputs as features where it names them."""
    named = set() if model is None else set(model.feature_names)
    features = tuple(column for column in source.table.columns if column in named)
    key = ("proposal", *_key_of(source), name, features)
    return _once(key, lambda: propose_schema(source.table, name=name, features=features))


def check_patients(
    ctx: Context,
    source: SourceTable,
    schema: Schema,
    treatments: Mapping[str, Treatment],
    attested_by: str,
    *,
    good_rows: bool,
) -> tuple[CohortDraft, Cohort]:
    """Patients as they would be kept; the same for the same answers, so ids stay the same."""
    digest = hashlib.sha256(write_schema(schema)).hexdigest()
    done = tuple(sorted((name, str(one)) for name, one in treatments.items()))
    key = ("draft", *_key_of(source), digest, done, attested_by, good_rows)

    def prepare() -> tuple[CohortDraft, Cohort]:
        attestation = Attestation(attested_by, datetime.now(tz=UTC).date())
        draft = prepare_cohort(
            source,
            schema,
            treatments,
            attestation,
            zip_areas=load_zip_areas(),
            good_rows=good_rows,
        )
        with stage_cohort(ctx.workspace, draft, source) as staged:
            return draft, staged.cohort

    return _once(key, prepare)


def save(ctx: Context, source: SourceTable, draft: CohortDraft, model: ModelDraft) -> None:
    """Put patients and model into the workspace, both or neither, and on record before."""
    with stage_cohort(ctx.workspace, draft, source) as staged:
        record.registered(ctx, draft.name, model.facts.name, staged.cohort.digest)
        save_both(ctx.workspace, staged, model)


def scan(source: SourceTable, schema: Schema) -> IdentifierReport:
    """What may identify somebody."""
    key = ("scan", *_key_of(source), schema.patient_id)
    return _once(key, lambda: scan_source(source, schema))


def _key_of(source: SourceTable) -> tuple[object, ...]:
    return (source.digest, tuple(source.table.columns))


def _tidied(source: SourceTable, *, with_plain_names: bool) -> SourceTable:
    source = tidy(source)
    return plain_names(source) if with_plain_names else source


def _once(key: tuple[object, ...], compute: Callable[[], Result]) -> Result:
    """A result that this session already has, or a new one."""
    kept = state.kept_result(("registering", *key))
    if kept is None:
        kept = compute()
        state.keep_result(("registering", *key), kept)
    return cast("Result", kept)
