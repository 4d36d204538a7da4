"""The strongest partner of each feature."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution.interactions import TreeInteractions
from explainers.attribution.kernel import pair_rows
from explainers.attribution.partners import PartnerTable, strongest_partners
from explainers.core import Study, TreeEnsemble
from explainers.errors import SettingsError, UnsupportedError
from explainers.uncertainty.bootstrap import bootstrap_mean_intervals

Make = Callable[..., Study]


def product_of_two() -> TreeEnsemble:
    """Feature 0 above 0 and feature 2 above 0; nothing else."""
    return TreeEnsemble(
        feature=np.array([0, -1, 2, -1, -1]),
        threshold=np.array([0.0, np.nan, 0.0, np.nan, np.nan]),
        left=np.array([1, -1, 3, -1, -1]),
        right=np.array([2, -1, 4, -1, -1]),
        missing_goes_left=np.ones(5),
        value=np.array([0.0, 0.0, 0.0, 0.0, 4.0]),
        cover=np.array([4.0, 2.0, 2.0, 1.0, 1.0]),
        roots=np.array([0]),
    )


def with_trees(study: Study, trees: TreeEnsemble) -> Study:
    return replace(study, model=replace(study.model, trees=trees))


def test_the_only_pair_of_a_model_is_found_with_all_of_its_share(make_study: Make) -> None:
    """A partner from another row of the matrix, or a share by the whole matrix."""
    study = with_trees(make_study("xgboost"), product_of_two())
    table = strongest_partners(study, study.matrix, TreeInteractions("path-dependent"))
    names = study.model.feature_names
    assert [each.partner for each in table.partners[:3]] == [names[2], None, names[0]]
    # Each of the four kinds of patient has a half of 1/2, in size, times the calibration slope.
    assert table.partners[0].strength.value == pytest.approx(0.5 * study.model.link.slope)
    assert table.partners[0].share.value == 1
    assert table.partners[0].recurrence == 1
    assert table.partners[1].strength.status == "not_estimable"
    assert np.isnan(table.partners[1].recurrence)
    assert table.ranking()[-1].partner is None


def test_partners_and_shares_are_those_of_the_mean_matrix(make_study: Make) -> None:
    study = make_study("xgboost")
    table = strongest_partners(study, study.matrix)
    means = TreeInteractions().estimate_means(study, study.matrix, "log-odds")
    for own, each in enumerate(table.partners):
        assert each.partner == means.partner_of(each.feature)
        if each.partner is None:
            continue
        others = np.delete(means.values[own], own)
        assert each.strength.value == pytest.approx(others.max())
        assert each.share.value == pytest.approx(others.max() / others.sum())
        assert each.strength.low < each.strength.value < each.strength.high
        assert each.share.low < each.share.value < each.share.high
        assert 0 < each.recurrence <= 1


def test_intervals_are_those_of_a_bootstrap_that_holds_everything(make_study: Make) -> None:
    """Blocks resampled each by themselves would make intervals that are too narrow."""
    study = make_study("xgboost")
    table = strongest_partners(study, study.matrix, n_resamples=4_000)
    matrices = TreeInteractions().explain(study, study.matrix, study.cohort.patient_ids, "log-odds")
    sizes = np.abs(matrices.values[:, 1, :])
    low, high = bootstrap_mean_intervals(sizes, 4_000, 1)
    at = matrices.feature_names.index(table.partners[1].partner or "")
    found = table.partners[1].strength
    width = high[at] - low[at]
    assert found.low == pytest.approx(low[at], abs=0.06 * width)
    assert found.high == pytest.approx(high[at], abs=0.06 * width)


def test_a_near_tie_does_not_look_certain(make_study: Make) -> None:
    """With few patients the runner-up often wins: one answer without that would overstate."""
    study = make_study("xgboost")
    table = strongest_partners(study, study.matrix[:12])
    assert np.nanmin([each.recurrence for each in table.partners]) < 0.95


def test_the_result_is_repeatable_whatever_the_threads(
    make_study: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts added in the order in which threads finish would differ from run to run."""
    study = make_study("xgboost")
    monkeypatch.setattr(pair_rows, "BLOCK_BYTES", 1)
    rows = np.tile(study.matrix, (10, 1))
    first, again = strongest_partners(study, rows), strongest_partners(study, rows)
    assert first.partners == again.partners
    other = strongest_partners(replace(study, seed=1), rows)
    assert other.partners[1].strength != first.partners[1].strength
    assert other.partners[1].strength.value == first.partners[1].strength.value


def test_what_has_no_answer_is_refused(make_study: Make) -> None:
    study = make_study("xgboost")
    with pytest.raises(SettingsError, match="at least two"):
        strongest_partners(study, study.matrix[:1])
    with pytest.raises(SettingsError, match="resamples"):
        strongest_partners(study, study.matrix, n_resamples=10)
    with pytest.raises(UnsupportedError, match="risk"):
        strongest_partners(study, study.matrix, scale="risk")


def test_a_round_trip_and_a_frame_keep_everything(make_study: Make) -> None:
    study = with_trees(make_study("xgboost"), product_of_two())
    table = strongest_partners(study, study.matrix)
    again = PartnerTable.from_dict(json.loads(json.dumps(table.to_dict())))
    assert again.to_dict() == table.to_dict()
    frame = table.to_frame()
    assert list(frame["feature"]) == list(study.model.feature_names)
    assert frame["strength"].notna().sum() == 2
    with pytest.raises(SettingsError, match="risk or log-odds"):
        PartnerTable.from_dict({**table.to_dict(), "scale": "odds"})
