"""The patient screen of models that can only be asked, and the page that registers a service."""

from __future__ import annotations

from pathlib import Path

import pytest

from explainers.models.http_endpoint import HOSTS_VARIABLE
from explainers.models.http_model import HttpModel
from explainers.registration import save_model
from explainers.workspace import Workspace
from tests.app.pages import OpenPage, texts
from tests.unit.models.scoring_service import Service, serving
from tests.unit.registration.test_opaque_models import cohort_in, described, prepared, table


def test_a_patient_of_a_service_is_explained_from_predictions_and_the_screen_says_so(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Service()) as service:
        monkeypatch.setenv(HOSTS_VARIABLE, service.address)
        cohort = cohort_in(tmp_path, table())
        save_model(Workspace(tmp_path), prepared(described(service), cohort))
        before = service.n_patients
        app = open_page("patient", tmp_path, model="ward-model")
        assert not app.exception
        assert not app.error, texts(app)
        assert "is sent to 127.0.0.1" in texts(app)
        app = app.toggle(key="own_first").set_value(False).run()
        assert not app.exception
        assert not app.error, texts(app)
        assert "SHAP (kernel, any model)" in texts(app)
        assert "every set of inputs was tried" in texts(app)
        assert service.n_patients - before <= 1.25 * HttpModel.prediction_budget + 1_000


def test_a_service_is_not_asked_before_somebody_confirms(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Service()) as service:
        monkeypatch.setenv(HOSTS_VARIABLE, service.address)
        app = open_page("data", tmp_path)
        app.file_uploader(key="data_table").upload(
            "ward.csv", table().to_csv(index=False).encode(), "text/csv"
        )
        app.file_uploader(key="data_model").upload(
            "endpoint.toml", described(service).content, "text/plain"
        )
        app = app.run()
        assert "every value that it uses of a patient is sent" in texts(app)
        assert "data_cohort" not in {one.key for one in app.text_input}, "nothing goes on before"
        app.text_input(key="data_sends").set_value("Dr A. Lee")
        app = app.run()
        assert not app.exception
        assert "data_cohort" in {one.key for one in app.text_input}
        assert not service.requests
