"""What the page of registering reads and computes; kept for the session only, never cached."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TypeVar, cast

from dashboard import state
from dashboard.context import Context
from dashboard.services import record
from explainers.core.cohort import Cohort
from explainers.core.schema import Schema
from explainers.errors import CohortError, NotFoundError
from explainers.intake.identifiers import Attestation, IdentifierReport, Treatment, load_zip_areas
from explainers.intake.proposal import Proposal, propose_schema
from explainers.intake.schema_writing import write_schema
from explainers.intake.source_file import SourceTable, parse_source, read_source_file
from explainers.intake.tidying import plain_names, tidy
from explainers.models.outside_file import OutsideModel, read_outside_model
from explainers.registration import (
    CohortDraft,
    FeatureMatch,
    ModelDeclaration,
    ModelDraft,
    columns_named,
    leave_out_suspects,
    prepare_cohort,
    prepare_model,
    save_both,
    scan_source,
    stage_cohort,
)

INBOX = "inbox"
SAVED = ("registering", "saved")

Result = TypeVar("Result")


def inbox_files(ctx: Context) -> tuple[str, ...]:
    """Names of the files that somebody laid into the workspace's inbox."""
    folder = None if ctx.root is None else ctx.root / INBOX
    if folder is None or not folder.is_dir():
        return ()
    return tuple(sorted(p.name for p in folder.iterdir() if p.is_file() and not p.is_symlink()))


def read_inbox(ctx: Context, name: str) -> SourceTable:
    """A table of the inbox; its name is compared with the listing and leads nowhere else."""
    if ctx.root is None or name not in inbox_files(ctx):
        raise NotFoundError("there must be a file of that name in the inbox", value=name)
    path = ctx.root / INBOX / name
    status = path.stat()
    key = ("inbox", name, status.st_size, status.st_mtime_ns)
    return _once(key, lambda: tidy(read_source_file(path)))


def read_upload(content: bytes, name: str) -> SourceTable:
    """An uploaded table, tidied."""
    key = ("upload", hashlib.sha256(content).hexdigest(), name)
    return _once(key, lambda: tidy(parse_source(content, name)))


def read_model(content: bytes) -> OutsideModel:
    """An uploaded model file; BundleError where it is not taken."""
    key = ("model", hashlib.sha256(content).hexdigest())
    return _once(key, lambda: read_outside_model(content))


def fit_names(source: SourceTable, model: OutsideModel) -> SourceTable:
    """The table with names that a model of this family can have."""
    spaced = any(re.search(r"\s", str(name)) for name in source.table.columns)
    return plain_names(source) if model.family == "lightgbm" and spaced else source


def require_new(ctx: Context, name: str) -> None:
    """Raise where a cohort of that name cannot be added: before anybody describes its columns."""
    if ctx.workspace.new_cohort_directory(name).exists():
        raise CohortError(
            "a cohort is never overwritten", value=name, remedy="Choose another name."
        )


def first_name(ctx: Context, file_name: str) -> str:
    """A name for the cohort or model of a file: its own, plain, and not taken."""
    stem = re.sub(r"[^a-z0-9]+", "-", Path(file_name).stem.lower()).strip("-")[:50].strip("-")
    taken = {*ctx.workspace.cohort_names(), *ctx.workspace.model_names()}
    names = (f"{stem}-{number}" if number > 1 else stem for number in count(1))
    return next(name for name in names if name not in taken) if stem else ""


def propose(
    source: SourceTable,
    name: str,
    model: OutsideModel,
    *,
    patient_id: str = "",
    outcome: str = "",
    clusters: tuple[str, str] | None = None,
) -> Proposal:
    """A schema for the table, with the model's own inputs as features where it names them.

    The columns of person and site are guessed where they are not given, "" for none. What may
    identify somebody and is needed by nothing is left out.
    """
    features = columns_named(model, map(str, source.table.columns))
    if clusters is not None and clusters[0] in (patient_id, outcome):
        clusters = ("", clusters[1])
    known = {patient_id, outcome, *(clusters or ())[:1]}
    features = tuple(one for one in features if one not in known)
    key = ("proposal", *_key_of(source), name, features, patient_id, outcome, clusters)

    def compute() -> Proposal:
        proposal = propose_schema(
            source.table,
            name=name,
            patient_id=patient_id,
            outcome=outcome,
            features=features,
            clusters=clusters,
        )
        return leave_out_suspects(proposal, scan(source, proposal.schema))

    return _once(key, compute)


def check_patients(
    source: SourceTable, schema: Schema, treatments: Mapping[str, Treatment], attested_by: str
) -> CohortDraft:
    """Patients as they would be kept; the same for the same answers, so ids stay the same.

    Rows that do not fit are left out: the page shows them, and asks before it goes on.
    """
    digest = hashlib.sha256(write_schema(schema)).hexdigest()
    done = tuple(sorted((name, str(one)) for name, one in treatments.items()))
    key = ("draft", *_key_of(source), digest, done, attested_by)

    def prepare() -> CohortDraft:
        attestation = Attestation(attested_by, datetime.now(tz=UTC).date())
        return prepare_cohort(
            source, schema, treatments, attestation, zip_areas=load_zip_areas(), good_rows=True
        )

    return _once(key, prepare)


def read_back(ctx: Context, source: SourceTable, draft: CohortDraft) -> Cohort:
    """The patients as they would be loaded once they are saved."""

    def read() -> Cohort:
        with stage_cohort(ctx.workspace, draft, source) as staged:
            return staged.cohort

    first_id = draft.table[draft.schema.patient_id].iloc[0]
    return _once(("cohort", *_key_of(source), draft.name, first_id), read)


def prepare(
    outside: OutsideModel,
    cohort: Cohort,
    matches: tuple[FeatureMatch, ...],
    declaration: ModelDeclaration,
    trained_on: tuple[str, ...],
) -> ModelDraft:
    """The model fitted to the patients; a service is asked about them once for the same answers."""
    chosen = (outside.sha256, outside.sending_confirmed_by, matches, declaration, trained_on)
    return _once(
        ("prepared", cohort.digest, *chosen),
        lambda: prepare_model(outside, cohort, matches, declaration, trained_on=trained_on),
    )


def save(ctx: Context, source: SourceTable, draft: CohortDraft, model: ModelDraft) -> None:
    """Put patients and model into the workspace, both or neither, and on record before."""
    with stage_cohort(ctx.workspace, draft, source) as staged:
        record.registered(ctx, draft.name, model.facts.name, staged.cohort.digest)
        save_both(ctx.workspace, staged, model)
    state.keep_result(SAVED, model.facts.name)


def saved_model() -> str | None:
    """The model that this session has just saved; None before, and once another is begun."""
    return cast("str | None", state.kept_result(SAVED))


def begin_anew() -> None:
    """Forget every answer; only allowed from a callback."""
    state.forget_results()
    state.forget_widgets_like("data_")


def scan(source: SourceTable, schema: Schema) -> IdentifierReport:
    """What may identify somebody."""
    key = ("scan", *_key_of(source), schema.patient_id)
    return _once(key, lambda: scan_source(source, schema))


def _key_of(source: SourceTable) -> tuple[object, ...]:
    return (source.digest, tuple(source.table.columns))


def _once(key: tuple[object, ...], compute: Callable[[], Result]) -> Result:
    """A result that this session already has, or a new one."""
    kept = state.kept_result(("registering", *key))
    if kept is None:
        kept = compute()
        state.keep_result(("registering", *key), kept)
    return cast("Result", kept)
