"""How a peer is asked and answers: JSON and arrays in a folder."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measurement import Cost

REQUEST, ANSWER = "request.json", "answer.json"


def read_request() -> tuple[Path, dict[str, Any]]:
    """The folder named on the command line, and what is asked there."""
    folder = Path(sys.argv[1])
    return folder, json.loads((folder / REQUEST).read_text(encoding="utf-8"))


def write_answer(folder: Path, cost: Cost, packages: tuple[str, ...], **found: Any) -> None:
    """What it took, by which versions, and whatever else was found."""
    versions = {package: version(package) for package in packages}
    record = {"cost": cost.to_dict(), "versions": versions, **found}
    (folder / ANSWER).write_text(json.dumps(record), encoding="utf-8")
