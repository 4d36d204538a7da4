"""How much work each benchmark does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """The sizes of one run.

    Attributes
    ----------
    cohort : int
        Patients whose SHAP values are compared.
    models : tuple of (int, int)
        Number and depth of trees.
    large_cohort : int
        Patients explained within the limit on memory, streamed, looked among, and put in groups.
    lime_models : tuple of str
    n_seeds, repeats : int
        For LIME.
    counterfactual_patients : int
    ready : tuple of int
        Patients of a dashboard that is made ready.
    growth_patients, growth_trees, growth_depths : tuple of int
        Points at which growth is measured, one varied at a time.
    growth_base : int
        Patients where trees or depth vary.
    n_trained : int
        Patients that boosters are trained on.
    patient_changes : int
        Patients opened one after the other in a browser.
    sessions : int
        Clinicians at work on one server at once.
    """

    cohort: int
    models: tuple[tuple[int, int], ...]
    large_cohort: int
    lime_models: tuple[str, ...]
    n_seeds: int
    repeats: int
    counterfactual_patients: int
    ready: tuple[int, ...]
    growth_patients: tuple[int, ...]
    growth_trees: tuple[int, ...]
    growth_depths: tuple[int, ...]
    growth_base: int
    n_trained: int
    patient_changes: int = 50
    sessions: int = 10


FULL = Sizes(
    cohort=200_000,
    models=((100, 4), (300, 6)),
    large_cohort=1_000_000,
    lime_models=("diabetes-xgboost", "diabetes-logistic", "heart-forest"),
    n_seeds=20,
    repeats=3,
    counterfactual_patients=20,
    ready=(2_000, 20_000),
    growth_patients=(1_000, 10_000, 100_000, 1_000_000),
    growth_trees=(10, 30, 100, 300, 1_000),
    growth_depths=(2, 4, 6, 8, 10),
    growth_base=50_000,
    n_trained=50_000,
    patient_changes=500,
    sessions=25,
)

QUICK = Sizes(
    cohort=50_000,
    models=((100, 4),),
    large_cohort=200_000,
    lime_models=("diabetes-xgboost",),
    n_seeds=20,
    repeats=2,
    counterfactual_patients=5,
    ready=(2_000,),
    growth_patients=(1_000, 10_000, 100_000),
    growth_trees=(10, 100),
    growth_depths=(2, 4, 6),
    growth_base=10_000,
    n_trained=20_000,
)
