"""What the section on behaviour says agrees with figures worked out by hand."""

from __future__ import annotations

import pandas as pd

from dashboard.view_models.behaviour import gap_sentence, importance_export, lead_sentence
from dashboard.view_models.export import write_csv
from explainers.attribution.importance import ImportanceTable
from explainers.charts.importance_panels import ImportancePanel
from explainers.core import Column, Estimate, Provenance, Study
from explainers.subgroups.reasons import ImportanceGap

COLUMNS = tuple(Column(name, name.title(), "number") for name in ("age", "bmi", "pulse", "sleep"))


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate("m", value, low, high, 300, None, "made-up")


def table(*means: float) -> ImportanceTable:
    estimates = tuple(estimate(mean, mean - 0.1, mean + 0.1) for mean in means)
    names = tuple(column.name for column in COLUMNS)[: len(means)]
    provenance = Provenance("model", "cohort", "made-up", 0)
    return ImportanceTable(names, estimates, "log-odds", "made-up", provenance)


def test_the_share_of_the_three_largest_is_that_of_all_contributions() -> None:
    said = lead_sentence(table(0.1, 0.5, 0.3, 0.1), COLUMNS)
    assert "Bmi, Pulse, Age" in said
    assert "90%" in said
    assert "%" not in lead_sentence(table(0.1, 0.5), COLUMNS)


def gap(value: float, low: float, high: float) -> ImportanceGap:
    return ImportanceGap("age", "Women", "Men", estimate(value, low, high))


def test_a_difference_is_said_only_where_its_interval_leaves_out_zero() -> None:
    """Prevents noise from becoming a headline, and a minus from turning the interval around."""
    said = gap_sentence([gap(-0.3, -0.5, -0.1), gap(0.2, 0.1, 0.3)], COLUMNS)
    assert "less in the group Women" in said
    assert "0.30 \\[0.10,\N{NO-BREAK SPACE}0.50\\]" in said
    assert "more in the group Women" in gap_sentence([gap(0.2, 0.1, 0.3)], COLUMNS)
    unclear = gap_sentence([gap(-0.3, -0.7, 0.1)], COLUMNS)
    assert "0.30" not in unclear
    assert "Men" in unclear


def test_the_export_says_what_it_is_of(logistic_study: Study) -> None:
    content = importance_export([ImportancePanel("=all", table(0.1, 0.5))], logistic_study)
    lines = content.splitlines()
    assert lines[0].startswith("model,cohort,outcome,scale,patients,feature")
    assert len(lines) == 3
    assert "'=all" in lines[1]
    assert "diabetes-logistic" in lines[1]


def test_no_cell_of_an_export_is_a_formula() -> None:
    content = write_csv(pd.DataFrame({"a": ["=1+1", "plain", "@x"]}), {"model": "-m"})
    assert content.splitlines()[1:] == ["'-m,'=1+1", "'-m,plain", "'-m,'@x"]
