from __future__ import annotations

import hashlib
import hmac
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from explainers.audit import PatientKeys, open_patient_keys
from explainers.errors import AuditError


def test_a_key_is_hmac_sha256_of_cohort_and_patient() -> None:
    secret = bytes(range(32))
    expected = hmac.new(secret, b"5:heart:HD-1", hashlib.sha256).hexdigest()[:32]
    assert PatientKeys(secret).key("heart", "HD-1") == expected


def test_two_patients_two_cohorts_and_two_secrets_have_different_keys() -> None:
    keys = PatientKeys(bytes(32))
    found = {keys.key("a", "bc"), keys.key("ab", "c"), keys.key("a", "b"), keys.key("b", "a")}
    assert len(found) == 4
    assert PatientKeys(bytes(31) + b"1").key("a", "bc") not in found


def test_servers_that_start_at_once_share_one_secret_that_only_its_owner_reads(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new" / "patients.key"
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: open_patient_keys(path).key("a", "1"), range(16)))
    assert len(set(found)) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["patients.key"]


@pytest.mark.parametrize("content", ["", "abc", "zz" * 32, "00" * 31])
def test_a_damaged_secret_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "patients.key"
    path.write_text(content, encoding="ascii")
    with pytest.raises(AuditError, match="secret"):
        open_patient_keys(path)
