"""Which method answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest

from explainers.attribution.attributor import Setting
from explainers.attribution.registry import (
    ATTRIBUTORS,
    exact_shap_for,
    explain_patient,
    find_attributor,
)
from explainers.core import Link, Study
from explainers.errors import NotFoundError, SettingsError, UnsupportedError

Make = Callable[..., Study]


@dataclass(frozen=True)
class Oracle:
    """A model of which only the predictions are known."""

    name: str = "oracle"
    link: Link = field(default_factory=lambda: Link("log-odds"))


def test_importing_the_registry_loads_no_heavy_package() -> None:
    """The command line and the first page would wait seconds for packages they do not use."""
    program = (
        "import sys, explainers, explainers.attribution.registry as r\n"
        "heavy = {'shap', 'lime', 'numba', 'xgboost', 'sklearn', 'matplotlib'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("family", "scale", "slug"),
    [
        ("xgboost", "log-odds", "tree-shap"),
        ("xgboost", "risk", "exact-shap"),
        ("forest", "log-odds", "exact-shap"),
        ("forest", "risk", "exact-shap"),
        ("logistic", "log-odds", "linear-shap"),
        ("logistic", "risk", "exact-shap"),
    ],
)
def test_shap_means_the_exact_method_for_model_and_scale(
    make_study: Make, family: str, scale: str, slug: str
) -> None:
    assert exact_shap_for(make_study(family).model, scale).slug == slug


def test_without_an_exact_method_sampling_is_offered_and_not_taken() -> None:
    with pytest.raises(UnsupportedError, match="Choose permutation"):
        exact_shap_for(Oracle(), "risk")


def test_a_patient_is_explained_by_the_method_asked_for(make_study: Make) -> None:
    study = make_study("xgboost")
    patient = study.cohort.patient_ids[3]
    for attributor in ATTRIBUTORS:
        if not attributor.supports(study.model, "risk").is_supported:
            continue
        attribution = explain_patient(study, patient, method=attributor.slug)
        assert attribution.method == attribution.provenance.method == attributor.slug
        assert attribution.patient_ids == (patient,)
        assert attribution.scale == "risk"


def test_a_method_that_cannot_answer_says_so(make_study: Make) -> None:
    study = make_study("xgboost")
    with pytest.raises(UnsupportedError, match="tree-shap cannot explain"):
        explain_patient(study, study.cohort.patient_ids[0], method="tree-shap", scale="risk")


def test_unknown_methods_and_patients_are_named(make_study: Make) -> None:
    study = make_study("xgboost")
    with pytest.raises(NotFoundError, match=r"magic.*There are: tree-shap"):
        explain_patient(study, study.cohort.patient_ids[0], method="magic")
    with pytest.raises(NotFoundError, match="nobody"):
        explain_patient(study, "nobody")


def test_every_setting_is_a_field_with_its_default() -> None:
    """A page builds controls from settings; one that is no field would change nothing."""
    slugs = [attributor.slug for attributor in ATTRIBUTORS]
    assert len(set(slugs)) == len(slugs)
    for attributor in ATTRIBUTORS:
        assert find_attributor(attributor.slug) is attributor
        names = {each.name for each in fields(attributor)}
        for setting in attributor.settings:
            assert setting.name in names
            assert getattr(attributor, setting.name) == setting.default
            assert setting.low <= setting.default <= setting.high


SETTINGS = [(method, setting) for method in ATTRIBUTORS for setting in method.settings]


@pytest.mark.parametrize(
    ("method", "setting"), SETTINGS, ids=[setting.name for _, setting in SETTINGS]
)
def test_no_method_takes_a_setting_out_of_its_range(method: Any, setting: Setting) -> None:
    """Prevents reasons drawn from five orders from being filed as if they had been checked."""
    for allowed in (setting.low, setting.default, setting.high):
        assert getattr(replace(method, **{setting.name: allowed}), setting.name) == allowed
    wrong: tuple[Any, ...] = (setting.low - 1, setting.high + 1, setting.low + 0.5, True, "many")
    for value in wrong:
        with pytest.raises(SettingsError, match=f"{setting.name} of {method.slug} must be"):
            replace(method, **{setting.name: value})
