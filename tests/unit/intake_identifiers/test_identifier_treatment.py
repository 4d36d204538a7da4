from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from explainers.errors import CohortError, SettingsError
from explainers.intake.identifiers import (
    Attestation,
    Deidentified,
    Treatment,
    TreatmentKind,
    deidentify,
    load_zip_areas,
    new_display_ids,
    scan_table,
)

SIGNED = Attestation("A. Analyst", date(2026, 11, 23))


def treat(table: pd.DataFrame, **kinds: str) -> Deidentified:
    treatments = {column: Treatment(TreatmentKind(kind)) for column, kind in kinds.items()}
    return deidentify(table, scan_table(table), treatments, SIGNED, zip_areas=load_zip_areas())


def test_nothing_is_used_while_a_suspect_has_no_treatment() -> None:
    table = pd.DataFrame({"email": ["a@b.org"], "phone": ["555 123 4567"], "bmi": ["31.2"]})
    with pytest.raises(CohortError, match=r"dropped, generalised or justified.*phone"):
        treat(table, email="drop")
    assert list(treat(table, email="drop", phone="drop").table) == ["bmi"]
    assert list(table) == ["email", "phone", "bmi"]


@pytest.mark.parametrize("as_type", [str, int])
def test_ages_over_89_become_one_category(as_type: type) -> None:
    table = pd.DataFrame({"age_years": [as_type(age) for age in range(85, 104)]})
    treated = treat(table, age_years="cap_age").table["age_years"].astype(int)
    assert treated.max() == 90
    assert treated.tolist()[:6] == [85, 86, 87, 88, 89, 90]


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2019-03-04", "2019"),
        ("04/03/2019", "2019"),
        ("20190304", "2019"),
        ("3 March 2019", "2019"),
        ("1551657600", "2019"),
        ("1551657600000", "2019"),
        ("", ""),
        ("not known", ""),
    ],
)
def test_of_a_date_only_the_year_stays(text: str, year: str) -> None:
    table = pd.DataFrame({"visit_date": [text]})
    assert treat(table, visit_date="keep_year").table["visit_date"].tolist() == [year]


def test_a_year_of_birth_that_means_an_age_over_89_goes() -> None:
    this_year = datetime.now(tz=UTC).year
    years = [this_year - age for age in (88, 89, 90, 103)]
    table = pd.DataFrame({"date_of_birth": [f"{year}-05-06" for year in years]})
    kept = treat(table, date_of_birth="keep_year").table["date_of_birth"].tolist()
    assert kept == [str(years[0]), str(years[1]), "", ""]


def test_zip_codes_keep_three_digits_where_enough_people_live() -> None:
    table = pd.DataFrame({"zip": ["03601", "90210", "90210-1234", "nowhere", ""]})
    found = treat(table, zip="zip_area")
    assert found.table["zip"].fillna("").tolist() == ["000", "902", "902", "", ""]
    assert found.to_dict()["zip_census"] == 2000


def test_without_a_list_zip_codes_have_to_go(tmp_path: Path) -> None:
    table = pd.DataFrame({"zip": ["90210"]})
    with pytest.raises(SettingsError, match="list of areas"):
        deidentify(table, scan_table(table), {"zip": Treatment(TreatmentKind.ZIP_AREA)}, SIGNED)
    with pytest.raises(SettingsError, match="drop the ZIP codes"):
        load_zip_areas(tmp_path / "absent.toml")
    bad = tmp_path / "bad.toml"
    bad.write_text('census = 2020\nsource = "x"\nsmall = ["36"]\n')
    with pytest.raises(SettingsError):
        load_zip_areas(bad)


def test_a_generalisation_that_leaves_a_value_behind_is_refused() -> None:
    """Prevents an age cap on a column of birth dates from letting the dates through."""
    table = pd.DataFrame({"date_of_birth": ["1931-05-06", "1950-01-02"]})
    with pytest.raises(CohortError, match="after it was generalised"):
        treat(table, date_of_birth="cap_age")


def test_a_column_is_kept_only_by_name_and_reason() -> None:
    for name, reason in (("", "a laboratory's batch"), ("A. Analyst", "ok"), (" ", " " * 20)):
        with pytest.raises(SettingsError, match="name of whoever"):
            Treatment(TreatmentKind.JUSTIFY, name, reason)
    table = pd.DataFrame({"batch_serial": ["A1", "A2"]})
    kept = Treatment(TreatmentKind.JUSTIFY, "A. Analyst", "a laboratory's batch, not a device's")
    found = deidentify(table, scan_table(table), {"batch_serial": kept}, SIGNED)
    assert list(found.table) == ["batch_serial"]
    record = found.to_dict()
    assert record["treatments"]["batch_serial"]["name"] == "A. Analyst"
    assert record["attestation"] == {
        "name": "A. Analyst",
        "on": "2026-11-23",
        "basis": "safe_harbor",
    }


def test_an_attestation_bears_a_name_and_a_known_basis() -> None:
    with pytest.raises(SettingsError):
        Attestation(" ", date(2026, 1, 1))
    with pytest.raises(SettingsError):
        Attestation("A", date(2026, 1, 1), "hope")


def test_a_treatment_of_no_column_is_refused() -> None:
    with pytest.raises(SettingsError, match="must name a column"):
        treat(pd.DataFrame({"bmi": ["31"]}), weight="drop")


def test_display_ids_are_all_different_and_say_nothing_of_the_order() -> None:
    ids = new_display_ids(500)
    assert len(set(ids)) == 500
    assert list(ids) != sorted(ids)
    assert new_display_ids(500) != ids
    assert new_display_ids(0) == ()
