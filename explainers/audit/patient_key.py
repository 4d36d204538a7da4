"""A patient's key in the log: tells one patient from another and gives nobody's id away."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from explainers.errors import AuditError

SECRET_BYTES = 32
KEY_DIGITS = 32


class PatientKeys:
    """Keys by HMAC-SHA256 (RFC 2104) under a secret that stays with whoever keeps the log.

    Parameters
    ----------
    secret : bytes
        32 random bytes.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise AuditError("the secret of the patients' keys is 32 bytes", value=len(secret))
        self._secret = secret

    def key(self, cohort_name: str, patient_id: str) -> str:
        """The patient's key: 32 hexadecimal digits, always the same under one secret."""
        # The length keeps ("a", "bc") and ("ab", "c") apart.
        text = f"{len(cohort_name)}:{cohort_name}:{patient_id}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()[:KEY_DIGITS]


def open_patient_keys(path: Path) -> PatientKeys:
    """Keys under the secret in a file, which is made for its owner alone where it is absent.

    Raises
    ------
    AuditError
        When the file cannot be made or read, or holds no secret.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path)
        return PatientKeys(bytes.fromhex(path.read_text("ascii")))
    except (OSError, ValueError) as error:
        raise AuditError(
            "the secret of the patients' keys must be a file of 64 hexadecimal digits",
            value=str(path),
            remedy="Restore it from a backup: with another secret, older records name nobody.",
        ) from error


def _create(path: Path) -> None:
    """Written whole under another name and linked: two servers that start at once share one."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
