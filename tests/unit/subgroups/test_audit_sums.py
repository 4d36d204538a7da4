"""Sums by group: parts add up to the whole, and what leaves a site is safe."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import reduce

import numpy as np
import pandas as pd
import pytest

from explainers.core import Attribution, Study
from explainers.disclosure import SMALLEST_CELL
from explainers.errors import SettingsError
from explainers.performance import METRICS
from explainers.subgroups import compare_groups
from explainers.subgroups.sums import AuditSums, GroupSums, shared_edges, sum_study

MakeStudy = Callable[..., Study]
BY_COUNTS = (
    "prevalence", "sensitivity", "specificity", "ppv", "npv", "net_benefit",
    "standardized_net_benefit",
)  # fmt: skip
ALL = tuple(metric.slug for metric in METRICS)


def draw(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    risk = rng.beta(1.5, 4, n)
    ill = np.where(rng.random(n) < risk, "yes", "no").astype(object)
    ill[: n // 50] = None
    return pd.DataFrame(
        {
            "risk": risk,
            "ill": ill,
            "sex": rng.choice(["Female", "Male"], n),
            "site": rng.choice(["North", "South", "East"], n, p=[0.6, 0.38, 0.02]),
            "age": rng.integers(30, 90, n),
        }
    )


def attribution_of(study: Study) -> Attribution:
    values = np.column_stack([study.risk - 0.3, 0.1 / (study.risk + 0.01)])
    n = len(values)
    return Attribution(
        values,
        np.zeros(n),
        values.sum(axis=1),
        "risk",
        ("one", "other"),
        study.cohort.patient_ids,
        "made-up",
        is_exact=True,
        provenance=replace(study.provenance("made-up"), reference_digest="shared"),
    )


def test_hospitals_add_up_to_the_pooled_patients(make_study: MakeStudy) -> None:
    """Any rounding on the way would give the pooled board another last digit."""
    whole = draw(900)
    cuts = [whole.iloc[:200], whole.iloc[200:650], whole.iloc[650:]]
    pooled, *parts = (
        sum_study(study, ["sex"], [0.3, 0.15], attribution_of(study))
        for study in map(make_study, [whole, *cuts])
    )
    for order in ((0, 1, 2), (2, 0, 1)):
        merged = reduce(AuditSums.__add__, (parts[at] for at in order))
        assert merged.to_dict() == pooled.to_dict()
        assert merged.metrics(ALL) == pooled.metrics(ALL)


def test_counts_give_the_figures_of_the_group_table(make_study: MakeStudy) -> None:
    """Two ways to one table must not differ, in what is withheld least of all."""
    study = make_study(draw(2_000))
    by_rows = compare_groups(study, ["site", "sex"], ALL)
    by_sums = sum_study(study, ["site", "sex"]).metrics(ALL)
    for rows, sums in zip(by_rows, by_sums, strict=True):
        if rows.metric in BY_COUNTS:
            assert sums == rows
        status = [[own.status for _, own in table.groups] for table in (rows, sums)]
        assert status[0] == status[1]


def test_sums_come_back_from_json(make_study: MakeStudy) -> None:
    study = make_study(draw(700))
    for sums in (sum_study(study, ["site"], attribution=attribution_of(study)),
                 sum_study(study, ["site"]).suppressed()):  # fmt: skip
        again = AuditSums.from_dict(json.loads(json.dumps(sums.to_dict())))
        assert again.to_dict() == sums.to_dict()
        assert again.metrics(ALL) == sums.metrics(ALL)
    with pytest.raises(SettingsError, match="format"):
        AuditSums.from_dict({**sums.to_dict(), "edges_version": "log-odds-0"})


def counts_shown(group: GroupSums) -> list[float]:
    """Every count of a group that its sums give away."""
    if group.risk is None:
        return []
    shown: list[float] = [group.risk.n_events, group.risk.n_others]
    if group.risk.bins is not None:
        shown += [*group.risk.bins.events, *group.risk.bins.others]
    return shown


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("by", [["site"], ["site", "sex"]])
def test_no_released_count_is_small_nor_what_is_left_of_everybody(
    make_study: MakeStudy, seed: int, by: list[str]
) -> None:
    """The groups shown, subtracted from everybody, leave those withheld."""
    sums = sum_study(make_study(draw(700, seed)), by, [0.3, 0.2]).suppressed()
    for group in (sums.everybody, *(own for _, own in sums.groups)):
        assert not [count for count in counts_shown(group) if 0 < count < SMALLEST_CELL]
    everybody = sums.everybody.risk
    if everybody is None:
        return
    known = [own.risk for _, own in sums.groups if own.risk is not None]
    left = [everybody.n_events - sum(own.n_events for own in known)]
    left += [everybody.n_others - sum(own.n_others for own in known)]
    binned = [own.bins for own in known if own.bins is not None]
    if everybody.bins is not None and binned:
        coarse = everybody.bins.coarsened(binned[0].edges)
        left += [*(coarse.events - sum(own.events for own in binned))]
        left += [*(coarse.others - sum(own.others for own in binned))]
    assert not [count for count in left if 0 < count < SMALLEST_CELL]


def test_release_withholds_what_the_table_withholds(make_study: MakeStudy) -> None:
    """A group that the screen hides must not leave the site in a file."""
    study = make_study(draw(700))
    released = sum_study(study, ["site"], attribution=attribution_of(study)).suppressed()
    (prevalence,) = compare_groups(study, ["site"], ["prevalence"])
    hidden = [own.status == "suppressed" for _, own in prevalence.groups]
    assert any(hidden)
    assert [own.risk is None for _, own in released.groups] == hidden
    assert [own.attribution is None for _, own in released.groups] == hidden
    (again,) = released.metrics(["prevalence"])
    assert [own.status for _, own in again.groups] == [own.status for _, own in prevalence.groups]
    digits = [own.risk.events.risk.exponent for _, own in released.groups if own.risk is not None]
    assert min(digits) >= -16


def test_a_second_threshold_is_shown_as_it_would_be_released(make_study: MakeStudy) -> None:
    """Figures at two thresholds can be subtracted; exact ones of both leave whoever is between."""
    study = make_study(draw(2_000))
    sums = sum_study(study, ["sex"], [0.3, 0.301])
    assert sums.metrics(["sensitivity"], 0.301) == sums.suppressed().metrics(["sensitivity"], 0.301)
    (table,) = sums.metrics(["sensitivity"], 0.301)
    assert {own.status for _, own in table.groups} == {"suppressed"}
    with pytest.raises(SettingsError, match="declared thresholds"):
        sums.metrics(["sensitivity"], 0.4)


def test_released_parts_add_up_once_they_share_edges(make_study: MakeStudy) -> None:
    """What one hospital withholds is withheld in the total, not left out of it in silence."""
    parts = [
        sum_study(make_study(draw(n, seed)), ["site"], [0.3])
        .coarsened([0.0, 0.3, 1.0])
        .suppressed()
        for n, seed in ((700, 0), (20_000, 2))
    ]
    merged = parts[0] + parts[1]
    hidden = [own.risk is None for _, own in parts[0].groups]
    assert any(hidden)
    assert [own.risk is None for _, own in merged.groups] == hidden
    assert not any(own.risk is None for _, own in parts[1].groups)
    fine = [sum_study(make_study(draw(n, n)), ["sex"], [0.3]).suppressed() for n in (1_500, 3_000)]
    with pytest.raises(SettingsError, match="edges"):
        fine[0] + fine[1]
    edges, group_edges = shared_edges(fine)
    total = reduce(AuditSums.__add__, (own.coarsened(edges, group_edges) for own in fine))
    assert total.everybody.risk is not None
    assert len(total.everybody.risk) == sum(len(own.everybody.known_risk) for own in fine)


def test_what_does_not_belong_together_is_refused(make_study: MakeStudy) -> None:
    """Another threshold, grouping or model would be added without a trace."""
    study = make_study(draw(400))
    sums = sum_study(study, ["sex"], [0.3])
    for other, rule in (
        (sum_study(study, ["sex"], [0.2]), "thresholds is the same"),
        (sum_study(study, ["site"], [0.3]), "reference is the same"),
        (sums.coarsened([0.0, 0.3, 1.0]), "edges"),
        (sums.suppressed(), "released"),
    ):
        with pytest.raises(SettingsError, match=rule):
            sums + other
    with pytest.raises(SettingsError, match="released already"):
        sums.suppressed().suppressed()
    with pytest.raises(SettingsError, match="withheld"):
        GroupSums(None).known_risk  # noqa: B018
    with pytest.raises(SettingsError, match="between 0 and 1"):
        sum_study(study, ["sex"], [1.0])
    with pytest.raises(SettingsError, match="study's patients"):
        sum_study(study, ["sex"], attribution=attribution_of(make_study(draw(399))))


def test_mean_attributions_come_from_their_sums(make_study: MakeStudy) -> None:
    """Patients without a label counted in, or absolute values added after the mean."""
    study = make_study(draw(500))
    attribution = attribution_of(study)
    sums = sum_study(study, ["sex"], attribution=attribution)
    women = (study.cohort.frame["sex"] == "Female").to_numpy() & study.is_labelled
    values = attribution.values[women]
    own = next(group.attribution for place, group in sums.groups if place.label == "Female")
    assert own is not None
    error = np.abs(values).std(axis=0) / np.sqrt(len(values))
    means, importance = own.estimate_means(), own.estimate_importance()
    assert [each.value for each in means] == pytest.approx(values.mean(axis=0))
    assert [each.value for each in importance] == pytest.approx(np.abs(values).mean(axis=0))
    assert [each.width for each in importance] == pytest.approx(2 * 1.959964 * error)
    assert means[0].n == len(values)
