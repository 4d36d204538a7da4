"""``pellucid explain-cohort``: the reasons for every patient of a file, kept in a store."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.commands.options import (
    DONE,
    Subparsers,
    add_json_option,
    add_study_options,
    directory,
    new_parser,
    open_workspace,
    positive_integer,
)
from dashboard.commands.output import write_error, write_json, write_line, write_table
from dashboard.commands.progress import ProgressLine

if TYPE_CHECKING:
    from explainers.attribution.store import AttributionStore

SCALES = ("log-odds", "risk")
MOST_SHOWN = 5

DESCRIPTION = """\
Explain every patient of a file and keep the answer as Parquet, one row for each patient:
patient_id, prediction, baseline and the contribution of each feature, in double precision.

FILE is CSV or Parquet with the patient id and the features of the model, under the same rules as
`pellucid validate`; other columns are left out. All of it is checked before anything is explained.
Memory does not depend on the number of patients, but for some 40 bytes each.

An interruption of any kind costs one chunk: run the same command again to go on. A store that was
begun with another model, file, setting or release is refused. One process at a time may write it.
The reasons are exact Shapley values, never samples; on the risk scale they take far
longer than on the log-odds scale.

With --json: {model, attributor, scale, input, directory, complete, n_patients, n_parts,
n_already_done, importance}; importance has mean absolute contributions with their intervals."""

EXAMPLES = """\
  pellucid explain-cohort diabetes-xgboost --cohort patients.csv --out reasons
  pellucid explain-cohort diabetes-xgboost --cohort patients.parquet --out reasons --scale risk
  pellucid explain-cohort heart-xgboost --cohort patients.csv --out reasons --json"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = new_parser(
        subparsers,
        "explain-cohort",
        summary="explain every patient of a file",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    add_study_options(parser)
    parser.add_argument(
        "--cohort", metavar="FILE", type=Path, required=True, help="patients, as CSV or Parquet"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=directory,
        required=True,
        help="where the store is written: a new or empty directory, or one to go on with",
    )
    parser.add_argument(
        "--scale",
        choices=SCALES,
        default="log-odds",
        help="unit of the reasons (default: log-odds)",
    )
    parser.add_argument(
        "--method",
        metavar="NAME",
        default="shap",
        help="shap, or the slug of one exact attributor (default: shap)",
    )
    parser.add_argument(
        "--chunk-rows",
        metavar="N",
        type=positive_integer,
        help="patients in one part, which memory grows with (default: 20000, or 500 where the"
        " method is slow)",
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain all patients; 0."""
    from explainers.attribution.store import StoreSettings, write_store  # noqa: PLC0415 - fast help

    study = open_workspace(arguments).open_study(
        arguments.model, n_reference=arguments.reference, seed=arguments.seed
    )
    settings = StoreSettings(
        scale=arguments.scale, method=arguments.method, chunk_rows=arguments.chunk_rows
    )
    watch = _Watch(is_quiet=arguments.json)
    with closing(watch):
        try:
            store = write_store(study, arguments.cohort, arguments.out, settings, watch.update)
        except KeyboardInterrupt:
            watch.close()
            write_error("interrupted; run the same command again to go on")
            raise
    answer = describe_store(store, n_already_done=watch.n_already_done)
    if arguments.json:
        write_json(answer)
    else:
        _write_for_people(answer)
    return DONE


def describe_store(store: AttributionStore, *, n_already_done: int | None) -> dict[str, Any]:
    """What other programs may rely on."""
    manifest = store.manifest
    return {
        "model": manifest.origin["model"]["name"],
        "attributor": manifest.method,
        "scale": manifest.scale,
        "input": {"name": manifest.input_name, **manifest.origin["input"]},
        "directory": str(store.directory),
        "complete": manifest.is_complete,
        "n_patients": len(store),
        "n_parts": len(manifest.parts),
        "n_already_done": n_already_done or 0,
        "importance": _describe_importance(store),
    }


class _Watch:
    """Shows progress unless another program reads, and notes what was done before."""

    def __init__(self, *, is_quiet: bool) -> None:
        self.n_already_done: int | None = None
        self._line = None if is_quiet else ProgressLine()

    def update(self, stage: str, n_done: int, n_all: int | None) -> None:
        if stage == "explaining" and self.n_already_done is None:
            self.n_already_done = n_done
        if self._line is not None:
            self._line.update(stage, n_done, n_all)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()


def _describe_importance(store: AttributionStore) -> list[dict[str, Any]]:
    """By size; empty for a single patient, over whom there is no mean."""
    if len(store) < 2:
        return []
    table = store.importance()
    estimates = dict(zip(table.feature_names, table.estimates, strict=True))
    return [{"feature": name, **estimates[name].to_dict()} for name in table.ranking()]


def _write_for_people(answer: dict[str, Any]) -> None:
    write_line(f"Model      {answer['model']}")
    write_line(f"Method     {answer['attributor']}, on the {answer['scale']} scale")
    before = answer["n_already_done"]
    earlier = f", {before:,} of them by an earlier run" if before else ""
    write_line(f"Patients   {answer['n_patients']:,}{earlier}")
    write_line(f"Store      {answer['directory']}, {answer['n_parts']:,} parts, complete")
    if not answer["importance"]:
        return
    write_line()
    rows = [
        (entry["feature"], f"{entry['value']:.4f}", f"{entry['low']:.4f} to {entry['high']:.4f}")
        for entry in answer["importance"][:MOST_SHOWN]
    ]
    write_table(("largest reasons", f"mean size ({answer['scale']})", "95% interval"), rows)
