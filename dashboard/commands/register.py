"""``pellucid register``: a hospital's own patients and model, into the workspace."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.commands.on_record import record_registering
from dashboard.commands.options import (
    DONE,
    Subparsers,
    add_json_option,
    names,
    new_parser,
    open_workspace,
)
from dashboard.commands.output import write_json, write_line
from dashboard.commands.register_answer import shown, tell, tell_proposal
from dashboard.commands.register_steps import (
    features_in,
    plain_name,
    prepare,
    prepare_for,
    read_bytes,
    read_source,
    read_trained_on,
)
from explainers.errors import SettingsError

if TYPE_CHECKING:
    from explainers.core.cohort import Cohort
    from explainers.models.outside_file import OutsideModel
    from explainers.registration import ModelDraft

DESCRIPTION = """\
Bring your own patients and your own model into the workspace, in two calls.

The first, with --propose, reads the table and writes a schema to correct: units, ranges, codes for
"not measured", the outcome and groups, each guess with its reason; it lists what may identify
somebody. The second, with --schema, refuses the table until each of these columns is dropped,
generalised or justified and somebody attests that no patient can be identified; it gives patients
new random ids, matches the model's inputs to columns, scores ten patients and saves both.

A table is CSV in any usual encoding, with any usual mark between fields, or Parquet; or a table or
a SELECT in a database: sqlite:////path, duckdb:////path or postgresql+psycopg://name@host/database
(give the password in PGPASSWORD, not in the URL).
A model file is XGBoost's (UBJ or JSON), LightGBM's (text), CatBoost's (JSON), skops or ONNX; or a
text that begins with [endpoint] and says where a service scores patients, whose values are then
sent there: somebody has to confirm that with --confirm-sending. A pickle or joblib file is refused:
it can run whatever its maker wants.

Nothing is in the workspace unless everything went well; --dry-run stops before that."""

EXAMPLES = """\
  pellucid register ward.csv --cohort ward --model-file model.json --propose schema.toml
  pellucid register ward.csv --schema schema.toml --treat zip=zip_area --treat name=drop \\
      --attest "Dr A. Lee" --model-file model.json --name sepsis --outcome died \\
      --purpose "Ranks ..." --threshold 0.1 --reason "A missed case is 9 times as harmful."
  pellucid register --cohort ward --model-file other.txt --name sepsis-lightgbm ..."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = new_parser(
        subparsers,
        "register",
        summary="bring your own patients and model",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    parser.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?",
        default="",
        help="a CSV or Parquet file, or the URL of a database; left out for a cohort that is "
        "in the workspace already",
    )
    _add_cohort_options(parser)
    _add_model_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="show everything, save nothing")
    add_json_option(parser)
    parser.set_defaults(run=run)


def _add_cohort_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("patients")
    add = group.add_argument
    add("--table", default="", help="a table of the database")
    add("--query", default="", help="a SELECT to the database")
    add("--cohort", metavar="NAME", default="", help="name of the cohort, for --propose")
    add("--propose", metavar="FILE", type=Path, help="write a proposed schema (TOML) and stop")
    add("--schema", metavar="FILE", type=Path, help="the corrected schema")
    add("--id-column", metavar="COLUMN", default="", help="the patients' ids, for --propose")
    add("--outcome-column", metavar="COLUMN", default="", help="the outcome, for --propose")
    add("--plain-names", action="store_true", help="write spaces in column names as underscores")
    add(
        "--treat",
        metavar="COLUMN=KIND",
        action="append",
        default=[],
        help="drop, cap_age, keep_year or zip_area; may be repeated",
    )
    add(
        "--justify",
        metavar="COLUMN=REASON",
        action="append",
        default=[],
        help="why a column identifies nobody; may be repeated",
    )
    add("--attest", metavar="NAME", default="", help="who knows of no way to identify a patient")
    add(
        "--basis",
        choices=("safe_harbor", "expert", "limited_data_set"),
        default="safe_harbor",
        help="basis of the attestation (default: safe_harbor)",
    )
    add("--good-rows", action="store_true", help="leave out rows that break the schema")


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("model")
    add = group.add_argument
    add("--model-file", metavar="FILE", type=Path, help="the model")
    add(
        "--confirm-sending",
        metavar="NAME",
        default="",
        help="who confirms that patients' values may be sent to the service that scores",
    )
    add("--name", default="", help="its name in the workspace")
    add("--title", default="", help="its name on screen (default: the name)")
    add("--outcome", default="", help="what it predicts (default: the schema's only outcome)")
    add("--purpose", default="", help="what it is for")
    add("--users", default="", help="who is meant to use it")
    add("--patients", default="", help="about whom it may be asked")
    add("--limit", action="append", default=[], help="what it must not be used for; repeatable")
    add("--threshold", type=float, default=0.0, help="risk from which somebody acts")
    add("--reason", default="", help="the weighing of harm and benefit behind the threshold")
    add("--match", metavar="INPUT=COLUMN", action="append", default=[], help="may be repeated")
    add("--features", metavar="A,B,C", type=names, default=(), help="for a model without names")
    add(
        "--trained-on",
        metavar="FILE",
        type=Path,
        help="ids of patients it was trained on, one a line as in the source (default: none was)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Propose, or register; 0."""
    from explainers.models.outside_file import read_outside_model  # noqa: PLC0415 - fast --help

    model = None
    if arguments.model_file is not None:
        model = read_outside_model(read_bytes(arguments.model_file))
        model = replace(model, sending_confirmed_by=arguments.confirm_sending)
    if arguments.propose is not None:
        return _propose(arguments, model)
    if not arguments.source:
        return _register_model(arguments, model)
    return _register_both(arguments, model)


def _propose(arguments: argparse.Namespace, model: OutsideModel | None) -> int:
    from explainers.intake.proposal import propose_schema  # noqa: PLC0415 - fast --help
    from explainers.registration import scan_source  # noqa: PLC0415 - fast --help

    source = read_source(arguments)
    features = tuple(arguments.features) or features_in(model, source)
    proposal = propose_schema(
        source.table,
        name=plain_name(arguments.cohort),
        patient_id=arguments.id_column,
        outcome=arguments.outcome_column,
        features=features,
    )
    hits = scan_source(source, proposal.schema).hits
    _write_new(arguments.propose, proposal.to_toml())
    if arguments.json:
        doubts = [{"column": one.column, "guess": str(one)} for one in proposal.doubts]
        write_json(
            {
                "schema": str(arguments.propose),
                "n_rows": len(source.table),
                "notes": source.notes,
                "identifiers": [hit.to_dict() for hit in hits],
                "doubts": doubts,
            }
        )
        return DONE
    tell_proposal(arguments, source, proposal)
    for hit in hits:
        write_line(f"- {shown(hit.column)}: {hit.words} ({hit.n_rows:,} rows)")
    return DONE


def _register_both(arguments: argparse.Namespace, model: OutsideModel | None) -> int:
    from explainers.intake.schema_file import load_schema  # noqa: PLC0415 - fast --help
    from explainers.registration import save_both, stage_cohort  # noqa: PLC0415 - fast --help

    if arguments.schema is None:
        raise SettingsError(
            "patients are registered with a schema that somebody has corrected",
            remedy="Let one be written by --propose FILE, correct it, name it with --schema FILE.",
        )
    source = read_source(arguments)
    draft = prepare(arguments, source, load_schema(arguments.schema))
    workspace = open_workspace(arguments)
    with stage_cohort(workspace, draft, source) as staged:
        prepared = None
        if model is not None:
            trained_on = read_trained_on(arguments, draft.display_ids)
            prepared = prepare_for(arguments, model, staged.cohort, trained_on)
        if not arguments.dry_run:
            model_name = "" if prepared is None else prepared[0].facts.name
            _put_on_record(arguments, staged.cohort, model_name)
        if prepared is not None and not arguments.dry_run:
            save_both(workspace, staged, prepared[0])
        elif not arguments.dry_run:
            staged.commit()
    return tell(arguments, draft, prepared)


def _register_model(arguments: argparse.Namespace, model: OutsideModel | None) -> int:
    """A model for patients that are in the workspace already."""
    if model is None or not arguments.cohort:
        raise SettingsError(
            "there must be something to register",
            remedy="Name a table; or a cohort with --cohort and a model with --model-file.",
        )
    cohort = open_workspace(arguments).load_cohort(arguments.cohort)
    own = {name: name for name in cohort.patient_ids}
    prepared = prepare_for(arguments, model, cohort, read_trained_on(arguments, own))
    if not arguments.dry_run:
        _put_on_record(arguments, cohort, prepared[0].facts.name)
        _save(arguments, prepared[0])
    return tell(arguments, None, prepared)


def _put_on_record(arguments: argparse.Namespace, cohort: Cohort, model_name: str) -> None:
    record_registering(
        arguments,
        cohort_name=cohort.schema.facts.name,
        model_name=model_name,
        cohort_digest=cohort.digest,
    )


def _save(arguments: argparse.Namespace, draft: ModelDraft) -> None:
    from explainers.registration import save_model  # noqa: PLC0415 - keeps --help fast

    save_model(open_workspace(arguments), draft)


def _write_new(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as handle:
            handle.write(content)
    except FileExistsError as error:
        raise SettingsError(
            "a file is not overwritten", value=str(path), remedy="Name another for --propose."
        ) from error
    except OSError as error:
        raise SettingsError("the proposed schema must be writable", value=str(path)) from error
