"""What is said of one patient under two models: who flags, what parts them, what is left out."""

from __future__ import annotations

import pytest

from dashboard.view_models.compare import difference_sentence
from dashboard.view_models.two_models import (
    flags_sentence,
    method_notes,
    model_rows,
    other_outcomes,
    reasons_agreement,
)
from explainers.attribution.agreement import compare_attributions
from explainers.attribution.registry import explain_patient
from explainers.attribution.two_models import TwoModels, compare_models
from explainers.core import Study
from explainers.workspace import Workspace

PATIENT = "NH-00002"


@pytest.fixture(scope="module")
def studies() -> tuple[Study, Study]:
    workspace = Workspace()
    first, second = (
        workspace.open_study(name, n_reference=30)
        for name in ("diabetes-xgboost", "diabetes-logistic")
    )
    return first, second


@pytest.fixture(scope="module")
def pair(studies: tuple[Study, Study]) -> TwoModels:
    scale = "log-odds"
    return compare_models(*(explain_patient(one, PATIENT, scale=scale) for one in studies))


def test_only_the_model_at_or_above_its_own_threshold_is_said_to_flag(
    studies: tuple[Study, Study],
) -> None:
    """One threshold for both would say the wrong thing of a model that declares another."""
    first, second = studies
    strict = second.with_threshold(0.5)
    assert "**Only A flags" in flags_sentence((first, strict), (0.2, 0.4))
    assert "50.0% for B" in flags_sentence((first, strict), (0.2, 0.4))
    assert "**Only B flags" in flags_sentence((first, second), (0.1, 0.2))
    assert "Both flag" in flags_sentence((first, second), (0.17, 0.2))
    assert "Neither flags" in flags_sentence((first, second), (0.1, 0.1))


def test_the_sentence_is_withheld_where_the_methods_disagree(
    pair: TwoModels, studies: tuple[Study, Study]
) -> None:
    columns = studies[0].model.columns
    assert "largest parts" in difference_sentence(pair, columns, "")
    told = difference_sentence(pair, columns, "B")
    assert "disagree on the reasons of model B" in told
    assert "largest parts" not in told


def test_top_reasons_of_one_model_alone_are_named(
    pair: TwoModels, studies: tuple[Study, Study]
) -> None:
    shown = pair.by_concept(studies[0].cohort.schema)
    agreement = compare_attributions(shown.first, shown.second)
    told = reasons_agreement(agreement, shown, studies[0].model.columns)
    assert f"{agreement.n_shared} are the same" in told
    first, second = (
        {one.feature_names[at] for at in one.ranking()[0][:5]}
        for one in (shown.first, shown.second)
    )
    for name in first - second:
        assert name in told.partition("of A alone")[2].partition("of B alone")[0]
    for name in second - first:
        assert name in told.partition("of B alone")[2]


def test_the_table_ends_at_both_predictions_and_names_what_is_no_input(
    pair: TwoModels, studies: tuple[Study, Study]
) -> None:
    labels = frozenset(column.label for column in studies[0].model.columns)
    without_age = labels - {"Age"}
    table = model_rows(pair, studies[0].model.columns, (labels, without_age)).set_index("Input")
    assert table.loc["Age"].tolist()[2] == "not an input"
    assert (table.drop("Age") != "not an input").all(axis=None)
    assert table.index[-1] == "The model's prediction"
    assert table.iloc[-2, -1] != ""


def test_the_method_is_named_once_where_both_have_the_same(pair: TwoModels) -> None:
    (note,) = method_notes(TwoModels(pair.first, pair.first))
    assert note.startswith("Method: SHAP")
    told = method_notes(pair)
    assert len(told) == 1 + (pair.first.method != pair.second.method)


def test_models_of_another_outcome_are_named_as_left_out() -> None:
    workspace = Workspace()
    every = {name: workspace.model_facts(name) for name in workspace.model_names()}
    facts = every["nmes-visits-xgboost"]
    told = other_outcomes(every, facts, workspace.load_schema(facts.cohort))
    assert "chronic conditions" in told
    assert "Diabetes" not in told
    facts = every["diabetes-xgboost"]
    assert other_outcomes(every, facts, workspace.load_schema(facts.cohort)) == ""
