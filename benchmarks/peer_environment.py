"""The environment of the peers whose pins conflict with ours, and how they are asked."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measurement import Cost, measure_command
from benchmarks.peers.exchange import ANSWER, REQUEST

REPOSITORY = Path(__file__).resolve().parents[1]
PYTHON = REPOSITORY / ".venv-bench" / "bin" / "python"
ABSENT = "the environment of the peers is not there: make bench makes it"


@dataclass(frozen=True)
class Answer:
    """What a peer found.

    Attributes
    ----------
    cost : Cost
        Of the work alone; of the peer's whole process the peak memory.
    versions : dict
        Of the packages that did it.
    found : dict
        The whole answer.
    """

    cost: Cost
    versions: dict[str, str]
    found: dict[str, Any]


def has_peers() -> bool:
    """Whether the peers can be measured here."""
    return PYTHON.exists()


def ask_peer(name: str, folder: Path, **request: Any) -> Answer:
    """Run ``benchmarks.peers.<name>`` on what lies in the folder."""
    (folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "ignore"}
    measure_command([str(PYTHON), "-m", f"benchmarks.peers.{name}", str(folder)], environment)
    found = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
    return Answer(Cost(**found["cost"]), found["versions"], found)
