"""A model and its patients before training: what a fault is planted in, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.faults.cohorts import FEATURES, Nature, as_cohort, draw_patients, make_schema
from explainers.checks import Inspection
from explainers.core import Link, Schema, Study
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.model import RiskModel
from explainers.models.bundle import Bundle
from explainers.models.calibration import fit_calibration
from explainers.models.facts import BundleFacts, FeatureSpec, family_versions
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity
from explainers.models.split import assign_folds

SMALL_TREES = {"n_trees": 80, "max_depth": 3, "learning_rate": 0.1, "min_child_weight": 10.0}
N_FOLDS = 3
DIGEST = "planted"


@dataclass(frozen=True)
class Sizes:
    """Training and held-out patients."""

    training: int = 2_000
    held_out: int = 2_000


@dataclass(frozen=True)
class Draft:
    """Everything a model is made from.

    Attributes
    ----------
    training, held_out : DataFrame
        Patients as :func:`~benchmarks.faults.cohorts.draw_patients` gives them.
    schema : Schema
    family : str
        Slug of the kind of model.
    parameters : Mapping
        Of the family.
    outcome : str
    threshold : float
    is_calibrated : bool
        Whether out-of-fold scores give the step from score to risk.
    has_comparator : bool
        Whether a logistic regression on the same inputs stands beside it.
    n_reference : int
        Training patients that explanations compare with.
    disguise : callable, optional
        Puts another model in the place of the trained one.
    """

    training: pd.DataFrame
    held_out: pd.DataFrame
    schema: Schema = field(default_factory=make_schema)
    family: str = "logistic"
    parameters: Mapping[str, int | float] = field(default_factory=dict)
    outcome: str = "ill"
    threshold: float = 0.25
    is_calibrated: bool = False
    has_comparator: bool = False
    n_reference: int = 50
    disguise: Callable[[RiskModel], RiskModel] | None = None

    def map_patients(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Draft:
        """The same change made to training and held-out patients."""
        return replace(self, training=change(self.training), held_out=change(self.held_out))


Source = Callable[[Sizes, Nature, np.random.Generator], tuple[pd.DataFrame, pd.DataFrame]]
"""Training and held-out patients of a nature."""


def draw_made_up(
    sizes: Sizes, nature: Nature, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and held-out patients, every value made up."""
    training = draw_patients(sizes.training, nature, rng)
    return training, draw_patients(sizes.held_out, nature, rng)


def draw_draft(
    family: str,
    nature: Nature,
    sizes: Sizes,
    rng: np.random.Generator,
    source: Source = draw_made_up,
) -> Draft:
    """A good model's draft: trees are calibrated and have a simpler model beside them."""
    is_trees = family != "logistic"
    training, held_out = source(sizes, nature, rng)
    return Draft(
        training=training,
        held_out=held_out,
        family=family,
        parameters=SMALL_TREES if is_trees else {},
        is_calibrated=is_trees,
        has_comparator=is_trees,
    )


def inspect_draft(draft: Draft, seed: int) -> Inspection:
    """Train the draft's model and lay out all that the checks look at."""
    training = as_cohort(draft.training, draft.schema, "t")
    held_out = as_cohort(draft.held_out, draft.schema, "h")
    model = _train(draft, training, seed)
    study = _study(draft, model, training, held_out, seed)
    comparator = None
    if draft.has_comparator:
        plain = replace(draft, family="logistic", parameters={}, is_calibrated=False)
        comparator = replace(study, model=_train(plain, training, seed))
    disguised = model if draft.disguise is None else draft.disguise(model)
    facts = _facts(draft, training, held_out, model, seed)
    bundle = Bundle(facts, disguised, held_out.patient_ids, Path())
    return Inspection(replace(study, model=disguised), bundle, training, comparator)


def _study(draft: Draft, model: RiskModel, training: Cohort, held_out: Cohort, seed: int) -> Study:
    drawn = np.random.default_rng(seed).choice(len(training), draft.n_reference, replace=False)
    reference = training.select([training.patient_ids[row] for row in drawn])
    return Study(model, held_out, reference, draft.outcome, draft.threshold, seed)


def _train(draft: Draft, training: Cohort, seed: int) -> RiskModel:
    family = FAMILIES[draft.family]
    columns = tuple(draft.schema.column(name) for name in FEATURES)
    identity = Identity("planted", "1", DIGEST, columns, Link(family.score_kind))
    matrix, labels = encode(training.frame, columns), training.outcome_labels(draft.outcome)
    if draft.is_calibrated:
        folds = assign_folds(labels, n_folds=N_FOLDS, seed=seed)
        score = np.empty(len(labels))
        for fold in range(N_FOLDS):
            inside = folds == fold
            content = family.fit(matrix[~inside], labels[~inside], identity, draft.parameters, seed)
            score[inside] = family.load(content, identity).score(matrix[inside])
        identity = replace(identity, link=fit_calibration(score, labels, family.score_kind))
    return family.load(family.fit(matrix, labels, identity, draft.parameters, seed), identity)


def _facts(
    draft: Draft, training: Cohort, held_out: Cohort, model: RiskModel, seed: int
) -> BundleFacts:
    return BundleFacts(
        name="planted",
        version="1",
        title="Planted",
        purpose="Judging the checks",
        intended_users="Nobody",
        intended_patients="Nobody",
        limits=(),
        cohort="planted",
        outcome=draft.outcome,
        horizon="now",
        family=draft.family,
        features=tuple(FeatureSpec.of(column) for column in model.columns),
        link=model.link,
        threshold=draft.threshold,
        threshold_reason="Three needless work-ups for one missed case",
        comparator="plain" if draft.has_comparator else "",
        training_cohort_digest=training.digest,
        n_train=len(training),
        n_train_events=int(training.outcome_labels(draft.outcome).sum()),
        n_test=len(held_out),
        seed=seed,
        recipe={},
        versions=family_versions(FAMILIES[draft.family]),
        digest=DIGEST,
    )
