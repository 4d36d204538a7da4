"""From a model file to a bundle: declared, matched, scored on ten patients, saved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.link import Link
from explainers.core.model import RiskModel, TreeModel
from explainers.core.schema import Column
from explainers.errors import BundleError, SettingsError
from explainers.models.bundle import save_bundle
from explainers.models.facts import BundleFacts, FeatureSpec, family_versions
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity
from explainers.models.outside_file import OutsideModel
from explainers.models.slugs import is_slug
from explainers.registration.features import FeatureMatch, matched_columns
from explainers.registration.sending import (
    model_file,
    sending_doubts,
    sending_limit,
    timed_risk,
)
from explainers.workspace import Workspace

N_SHOWN = 10
SHORTEST_REASON = 10
# Predicted against observed: beyond this, something was mixed up more likely than miscalibrated.
LARGEST_RATIO = 3.0
MISSING_DROPPED = (
    "The file treats whatever was not measured as larger than every threshold, which may be what"
    " the exporter made of it and not what was trained: compare patients with missing values."
)


@dataclass(frozen=True)
class ModelDeclaration:
    """What a user says about a model.

    Attributes
    ----------
    name, title : str
        Slug and name on screen.
    outcome : str
        Slug of what it predicts, as the cohort's schema has it.
    purpose, intended_users, intended_patients : str
    threshold, threshold_reason : float, str
        Risk from which somebody acts, and the weighing of harm and benefit behind it.
    version : str
    limits : tuple of str
    n_train, n_train_events : int
        Patients and events it was trained on; 0 where that is not known.
    """

    name: str
    title: str
    outcome: str
    purpose: str
    intended_users: str
    intended_patients: str
    threshold: float
    threshold_reason: str
    version: str = "1.0.0"
    limits: tuple[str, ...] = ()
    n_train: int = 0
    n_train_events: int = 0

    def __post_init__(self) -> None:
        if not is_slug(self.name):
            raise SettingsError(
                "a name must consist of small letters, digits, hyphens and underscores",
                value=self.name,
            )
        if not 0.0 < self.threshold < 1.0:
            raise SettingsError(
                "a model needs a threshold between 0 and 1, both excluded",
                value=self.threshold,
                remedy="Where missing one case is r times as harmful as one needless work-up, it is"
                " 1 / (1 + r).",
            )
        if len(self.threshold_reason.strip()) < SHORTEST_REASON:
            raise SettingsError(
                "a threshold needs the weighing of harm and benefit behind it",
                value=self.threshold_reason,
            )
        if not self.purpose.strip():
            raise SettingsError("a model needs a purpose", remedy="Say what it is for.")
        if not 0 <= self.n_train_events <= self.n_train:
            raise SettingsError(
                "events are counted among the patients trained on", value=self.n_train_events
            )


@dataclass(frozen=True)
class PatientScore:
    """What the model says of one patient.

    Attributes
    ----------
    patient_id : str
    risk : float
    outcome : bool or None
        What was recorded; None where nothing was.
    """

    patient_id: str
    risk: float
    outcome: bool | None


@dataclass(frozen=True)
class ModelDraft:
    """A model that fits its cohort; nothing is written yet.

    Attributes
    ----------
    facts : BundleFacts
    content : bytes
        The model file of the bundle.
    held_out : tuple of str
        Patients it was not trained on; only these can be opened.
    scores : tuple of PatientScore
        Ten of them, evenly spread over the cohort.
    doubts : tuple of str
        What may have been mixed up.
    """

    facts: BundleFacts
    content: bytes
    held_out: tuple[str, ...]
    scores: tuple[PatientScore, ...]
    doubts: tuple[str, ...]


def prepare_model(
    outside: OutsideModel,
    cohort: Cohort,
    matches: Sequence[FeatureMatch],
    declaration: ModelDeclaration,
    *,
    trained_on: Collection[str] = (),
) -> ModelDraft:
    """Fit a model file to a cohort and score patients by it.

    Parameters
    ----------
    outside : OutsideModel
    cohort : Cohort
    matches : sequence of FeatureMatch
    declaration : ModelDeclaration
    trained_on : collection of str
        Patients of this cohort that the model was trained on; none by default.

    Raises
    ------
    BundleError
        When the model does not fit, or cannot tell these patients apart.
    ServiceError
        When a service may not be asked, or does not answer as it should.
    SettingsError
        When no patient is left who was not trained on.
    """
    columns = matched_columns(matches, cohort.schema)
    held_out = _held_out(cohort, trained_on)
    patients = cohort.select(held_out)
    content = model_file(outside, columns, patients)
    outcome = cohort.schema.outcome(declaration.outcome)
    identity = Identity(
        declaration.name, declaration.version, "", columns, Link(outside.score_kind)
    )
    model = FAMILIES[outside.family].load(content, identity)
    risk, seconds = timed_risk(model, patients)
    _require_spread(risk, model)
    labels = patients.outcome_labels(outcome.name)
    facts = BundleFacts(
        name=declaration.name,
        version=declaration.version,
        title=declaration.title,
        purpose=declaration.purpose,
        intended_users=declaration.intended_users,
        intended_patients=declaration.intended_patients,
        limits=(*declaration.limits, *sending_limit(outside)),
        cohort=cohort.schema.facts.name,
        outcome=outcome.name,
        horizon=outcome.horizon,
        family=outside.family,
        features=tuple(FeatureSpec.of(column) for column in columns),
        link=Link(outside.score_kind),
        threshold=declaration.threshold,
        threshold_reason=declaration.threshold_reason,
        comparator="",
        training_cohort_digest=cohort.digest,
        n_train=declaration.n_train,
        n_train_events=declaration.n_train_events,
        n_test=len(held_out),
        seed=0,
        recipe=_origin(outside, matches),
        versions=family_versions(FAMILIES[outside.family]),
    )
    return ModelDraft(
        facts=facts,
        content=content,
        held_out=held_out,
        scores=_show(held_out, risk, labels),
        doubts=(
            *sending_doubts(outside, model, seconds),
            *_doubts_of_levels(columns, outside),
            *_doubts_of_missing(model, encode(patients.frame, columns)),
            *_doubts_of_risk(risk, labels),
        ),
    )


def save_model(workspace: Workspace, draft: ModelDraft) -> Path:
    """Write the bundle; BundleError where the name is taken."""
    directory = workspace.new_model_directory(draft.facts.name)
    save_bundle(directory, draft.facts, draft.content, draft.held_out)
    return directory


def _held_out(cohort: Cohort, trained_on: Collection[str]) -> tuple[str, ...]:
    cohort.positions_of(list(trained_on))
    trained = set(trained_on)
    held_out = tuple(name for name in cohort.patient_ids if name not in trained)
    if not held_out:
        raise SettingsError(
            "only patients that the model was not trained on are shown, and none is left",
            value=len(trained),
            remedy="Register patients that were kept back, or that came later.",
        )
    return held_out


def _require_spread(risk: FloatArray, model: RiskModel) -> None:
    if not np.isfinite(risk).all():
        raise BundleError(
            "the model must have a risk for every patient",
            value=model.name,
            remedy="Look for missing values that it does not take.",
        )
    if len(risk) > 1 and np.ptp(risk) == 0:
        raise BundleError(
            "the model gives every patient the same risk",
            value=round(float(risk[0]), 4),
            remedy="Its inputs may have been matched to columns in other units or codes.",
        )


def _show(
    held_out: Sequence[str], risk: FloatArray, labels: FloatArray
) -> tuple[PatientScore, ...]:
    places = np.unique(np.linspace(0, len(risk) - 1, N_SHOWN).astype(np.int64))
    return tuple(
        PatientScore(
            held_out[at], float(risk[at]), None if np.isnan(labels[at]) else bool(labels[at])
        )
        for at in places
    )


def _doubts_of_levels(columns: Sequence[Column], outside: OutsideModel) -> tuple[str, ...]:
    """The model's numbers for levels are known to whoever trained it; a service is sent texts."""
    if outside.sends_to:
        return ()
    coded = [
        f"{column.name} ({', '.join(f'{at} = {level}' for at, level in enumerate(column.levels))})"
        for column in columns
        if column.kind == "category"
    ]
    if not coded:
        return ()
    return (f"The model must have been trained on these numbers for levels: {'; '.join(coded)}.",)


def _doubts_of_missing(model: RiskModel, matrix: FloatArray) -> tuple[str, ...]:
    """Exporters to ONNX can drop what trees have learned about missing values."""
    if model.family != "onnx" or not isinstance(model, TreeModel):
        return ()
    used = np.unique(model.trees.feature)
    has_missing = np.isnan(matrix[:, used[used >= 0]]).any()
    if not has_missing or model.trees.missing_goes_left.any():
        return ()
    return (MISSING_DROPPED,)


def _doubts_of_risk(risk: FloatArray, labels: FloatArray) -> tuple[str, ...]:
    events, others = risk[labels == 1.0], risk[labels == 0.0]
    if not len(events) or not len(others):
        return ("Nobody can say how well it does: the outcome is not recorded both ways.",)
    found = []
    if events.mean() <= others.mean():
        found.append(
            "Patients with the outcome have no higher risk than those without: the outcome may be"
            " the wrong way round, or inputs matched to the wrong columns."
        )
    observed = len(events) / (len(events) + len(others))
    predicted = float(np.concatenate([events, others]).mean())
    if not 1 / LARGEST_RATIO < predicted / observed < LARGEST_RATIO:
        found.append(
            f"The mean risk is {predicted:.1%} and {observed:.1%} have the outcome: units or codes"
            " may differ from those the model was trained on."
        )
    return tuple(found)


def _origin(outside: OutsideModel, matches: Sequence[FeatureMatch]) -> dict[str, object]:
    """In place of a recipe: a registered model cannot be trained again."""
    sent = {
        "sends_to": outside.sends_to,
        "sending_confirmed_by": outside.sending_confirmed_by,
    }
    return {
        "registered": {
            **(sent if outside.sends_to else {}),
            "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
            "file_format": outside.file_format,
            "file_sha256": outside.sha256,
            "inputs": [
                {"input": match.feature, "column": match.column, "how": match.how}
                for match in matches
            ],
        }
    }
