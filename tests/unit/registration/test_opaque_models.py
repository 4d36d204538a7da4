"""ONNX files and scoring services: from a file to patients who are explained, and found changed."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

from explainers.attribution.kernel_shap import KernelShap
from explainers.attribution.registry import explain_patient
from explainers.core import Cohort
from explainers.errors import BundleError, ServiceError
from explainers.intake.identifiers import Attestation
from explainers.intake.proposal.propose import propose_schema
from explainers.intake.source_file import parse_source
from explainers.models.http_endpoint import HOSTS_VARIABLE
from explainers.models.outside_file import OutsideModel, read_outside_model
from explainers.registration import (
    ModelDraft,
    match_features,
    prepare_cohort,
    prepare_model,
    save_model,
    stage_cohort,
)
from explainers.workspace import Workspace
from tests.unit.models.scoring_service import Answer, Service, as_agreed, serving
from tests.unit.registration.declared import DECLARED

FEATURES = ["age_years", "lactate"]


def table(*, missing: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    age, lactate = rng.integers(30, 85, 160), np.round(rng.gamma(2, 1, 160), 1)
    died = rng.random(160) < 1 / (1 + np.exp(4 - age / 30 - lactate))
    lactate = np.where(rng.random(160) < 0.2, np.nan, lactate) if missing else lactate
    return pd.DataFrame({"age_years": age, "lactate": lactate, "died": died.astype(int)})


def cohort_in(root: Path, patients: pd.DataFrame) -> Cohort:
    source = parse_source(patients.to_csv(index=False).encode(), "ward.csv")
    schema = propose_schema(source.table, name="ward", features=tuple(FEATURES)).schema
    draft = prepare_cohort(source, schema, {}, Attestation("Dr A. Lee", date(2026, 11, 23)))
    with stage_cohort(Workspace(root), draft, source) as staged:
        staged.commit()
    return Workspace(root).load_cohort("ward")


def as_onnx(estimator: Any, patients: pd.DataFrame) -> OutsideModel:
    from skl2onnx import to_onnx  # noqa: PLC0415 - takes a second

    matrix = patients[FEATURES].to_numpy(dtype=np.float32)
    estimator.fit(matrix, patients["died"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        proto = to_onnx(estimator, matrix[:1])
    return read_outside_model(proto.SerializeToString())


def described(service: Service, *, confirmed_by: str = "Dr A. Lee") -> OutsideModel:
    text = (
        f'[endpoint]\nurl = "http://{service.address}/score"\ninputs = ["Lactate", "age_years"]\n'
    )
    return replace(read_outside_model(text.encode()), sending_confirmed_by=confirmed_by)


def prepared(outside: OutsideModel, cohort: Cohort) -> ModelDraft:
    order = () if outside.feature_names else FEATURES
    matches = match_features(outside, cohort.schema, order=order)
    return prepare_model(outside, cohort, matches, DECLARED)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with serving(Service()) as running:
        monkeypatch.setenv(HOSTS_VARIABLE, running.address)
        yield running


def test_an_onnx_file_becomes_patients_who_are_explained_exactly(tmp_path: Path) -> None:
    patients = table()
    boosting = GradientBoostingClassifier(n_estimators=15, random_state=0)
    outside = as_onnx(boosting, patients)
    cohort = cohort_in(tmp_path, patients)
    draft = prepared(outside, cohort)
    assert len(draft.scores) == 10
    directory = save_model(Workspace(tmp_path), draft)
    assert (directory / "model.onnx").read_bytes() == outside.content
    study = Workspace(tmp_path).open_study("ward-model")
    own = boosting.predict_proba(cohort.frame[FEATURES].to_numpy(dtype=np.float32))[:, 1]
    np.testing.assert_allclose(study.predict(study.matrix, "risk"), own, rtol=0, atol=2e-6)
    told = explain_patient(study, study.cohort.patient_ids[0], scale="log-odds")
    assert told.is_exact
    assert np.abs(told.residual()).max() < 1e-7
    changed = bytearray(outside.content)
    changed[len(changed) // 2] ^= 1
    (directory / "model.onnx").write_bytes(changed)
    with pytest.raises(BundleError, match="changed since it was saved"):
        Workspace(tmp_path).open_study("ward-model")


def test_what_an_exporter_may_have_lost_about_missing_values_is_said(tmp_path: Path) -> None:
    """Prevents patients with missing values from being scored otherwise than at home, unsaid."""
    patients = table(missing=True)
    forest = RandomForestClassifier(5, max_depth=4, random_state=0)
    draft = prepared(as_onnx(forest, patients), cohort_in(tmp_path, patients))
    assert any("what the exporter made of it" in doubt for doubt in draft.doubts)


def test_a_service_is_registered_once_somebody_confirms(service: Service, tmp_path: Path) -> None:
    cohort = cohort_in(tmp_path, table())
    with pytest.raises(ServiceError, match="--confirm-sending"):
        prepared(described(service, confirmed_by=""), cohort)
    assert not service.requests
    draft = prepared(described(service), cohort)
    assert service.address in draft.doubts[0]
    assert "45,000" in draft.doubts[1]
    assert service.address in draft.facts.limits[-1], "everybody who opens the model is told"
    assert draft.facts.recipe["registered"]["sending_confirmed_by"] == "Dr A. Lee"
    assert service.requests[-1]["features"] == ["Lactate", "age_years"], "its own names and order"
    sent = service.requests[-1]["patients"][0]
    first = cohort.frame.iloc[0]
    assert sent == [first["lactate"], first["age_years"]]


def test_a_service_is_explained_within_its_budget_and_refused_once_it_changed(
    service: Service, tmp_path: Path
) -> None:
    cohort = cohort_in(tmp_path, table(missing=True))
    directory = save_model(Workspace(tmp_path), prepared(described(service), cohort))
    document = json.loads((directory / "endpoint.json").read_bytes())
    assert len(document["agreement"]["patients"]) == 10
    study = Workspace(tmp_path).open_study("ward-model")
    patient = study.cohort.patient_ids[0]
    before = service.n_patients
    told = KernelShap(budget=20_000).explain(study, study.rows_of([patient]), (patient,), "risk")
    assert told.is_exact, "two inputs have four sets"
    assert np.abs(told.residual()).max() < 1e-12
    assert service.n_patients - before <= 4 * len(study.reference) + 1

    def retrained(request: dict[str, Any], number: int) -> Answer:
        status, headers, body = as_agreed(request, number)
        risks = [risk / 2 for risk in json.loads(body)["risks"]]
        return status, headers, json.dumps({"risks": risks}).encode()

    service.behaviour = retrained
    with pytest.raises(ServiceError, match="another model"):
        Workspace(tmp_path).open_study("ward-model")
