"""``pellucid explain``: why the model predicts what it predicts for one patient."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from dashboard.commands.options import (
    DONE,
    Subparsers,
    add_json_option,
    add_study_options,
    new_parser,
    open_workspace,
)
from dashboard.commands.output import write_json, write_line, write_table

if TYPE_CHECKING:
    from explainers.core import Attribution, Study

METHODS = ("shap", "lime", "permutation", "kernel-shap")
SCALES = ("risk", "log-odds")

DESCRIPTION = """\
Say how much each feature moved the model's prediction for one held-out patient.

The reasons are about the model, not about the body: a feature that raises the predicted risk
need not cause anything. Together with the baseline they add up to the prediction; what is left
over is printed as the residual.

  --method shap         the exact Shapley values for this model and scale
  --method permutation  Shapley values by sampling, for any model
  --method kernel-shap  the same by a regression on coalitions of features
  --method lime         a local linear model of the prediction; need not add up

With --json: {model, patient, method, attributor, scale, prediction, baseline, residual,
reference, seed, reasons}, the reasons by absolute attribution, each with {feature, label,
concept, value, unit, attribution}; a value that was not measured is null."""

EXAMPLES = """\
  pellucid explain diabetes-xgboost --patient first
  pellucid explain diabetes-xgboost --patient ID --method lime
  pellucid explain heart-forest --patient first --scale log-odds --json"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = new_parser(
        subparsers,
        "explain",
        summary="explain a model's prediction for one patient",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    add_study_options(parser)
    parser.add_argument(
        "--patient",
        metavar="ID",
        default="first",
        help="id of a held-out patient, or `first` (default: first)",
    )
    parser.add_argument(
        "--method",
        metavar="NAME",
        default="shap",
        help=f"{', '.join(METHODS)}, or the slug of one attributor (default: shap)",
    )
    parser.add_argument(
        "--scale", choices=SCALES, default="risk", help="unit of the reasons (default: risk)"
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain one patient; 0."""
    from explainers.attribution.registry import explain_patient  # noqa: PLC0415 - keeps --help fast

    study = open_workspace(arguments).open_study(
        arguments.model, n_reference=arguments.reference, seed=arguments.seed
    )
    patient = arguments.patient
    if patient == "first":
        patient = study.cohort.patient_ids[0]
    attribution = explain_patient(study, patient, method=arguments.method, scale=arguments.scale)
    answer = describe_explanation(study, attribution, method=arguments.method)
    if arguments.json:
        write_json(answer)
    else:
        _write_for_people(study, attribution, answer)
    return DONE


def describe_explanation(study: Study, attribution: Attribution, *, method: str) -> dict[str, Any]:
    """What other programs may rely on.

    Parameters
    ----------
    study : Study
    attribution : Attribution
        Of one patient.
    method : str
        What was asked for; the attributor that answered stands beside it.
    """
    return {
        "model": study.model.name,
        "patient": attribution.patient_ids[0],
        "method": method,
        "attributor": attribution.method,
        "scale": attribution.scale,
        "prediction": attribution.prediction[0],
        "baseline": attribution.baseline[0],
        "residual": attribution.residual()[0],
        "reference": {"n": len(study.reference), "digest": study.reference.digest},
        "seed": attribution.provenance.seed,
        "reasons": [_describe_reason(study, attribution, at) for at in attribution.ranking()[0]],
    }


def _describe_reason(study: Study, attribution: Attribution, at: int) -> dict[str, Any]:
    from explainers.core.encoding import decode  # noqa: PLC0415 - keeps --help fast

    column = study.model.columns[at]
    encoded = study.rows_of(attribution.patient_ids)[0, at]
    return {
        "feature": column.name,
        "label": column.label,
        "concept": column.concept,
        "value": decode(encoded, column),
        "unit": column.unit,
        "attribution": attribution.values[0, at],
    }


def _write_for_people(study: Study, attribution: Attribution, answer: dict[str, Any]) -> None:
    from explainers.core.encoding import format_value  # noqa: PLC0415 - keeps --help fast

    values = study.rows_of(attribution.patient_ids)[0]
    positions = {column.name: at for at, column in enumerate(study.model.columns)}
    write_line(f"Model      {answer['model']}, held-out patient {answer['patient']}")
    write_line(f"Method     {answer['attributor']}, on the {answer['scale']} scale")
    write_line(f"Reference  {answer['reference']['n']} held-out patients, seed {answer['seed']}")
    write_line()
    rows = [("baseline", "", f"{answer['baseline']:.4f}")]
    for reason in answer["reasons"]:
        at = positions[reason["feature"]]
        shown = format_value(float(values[at]), study.model.columns[at])
        rows.append((reason["label"], shown, _signed(reason["attribution"])))
    rows.append(("residual", "", _signed(answer["residual"])))
    rows.append(("prediction", "", f"{answer['prediction']:.4f}"))
    write_table(("feature", "value", answer["scale"]), rows)


def _signed(value: float) -> str:
    """Four decimals and a sign, which zero does not have."""
    shown = f"{value:+.4f}"
    return shown[1:] if float(shown) == 0 else shown
