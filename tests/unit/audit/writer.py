"""Writes records until it is killed; says which are on record. Started by test_audit_crashes."""

from __future__ import annotations

import sys
from pathlib import Path

from explainers.audit import Action, AuditLog, Event


def main(url: str, heads: str, name: str, n: int) -> None:
    log = AuditLog(url, Path(heads))
    for _ in range(n):
        record = log.append(Event(Action.EXPLAIN, actor=name, role="clinician"))
        sys.stdout.write(f"{record.seq} {record.digest}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
