"""The record of one run: machine, versions, comparisons and growth, as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.comparison import Comparison
from benchmarks.tree_shap.growth import Point
from explainers.core.provenance import installed_versions

PACKAGES = (
    "pellucid", "lime", "numba", "numpy", "pandas", "scikit-learn", "scipy", "shap", "xgboost-cpu",
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What one run found.

    Attributes
    ----------
    machine : dict
    versions : dict
        Of our environment's packages.
    peer_versions : dict
        Of the peers' environment.
    is_quick : bool
    comparisons : dict
        By the slug of the benchmark.
    growth : tuple of Point
    """

    machine: dict[str, Any]
    versions: dict[str, str]
    peer_versions: dict[str, str]
    is_quick: bool
    comparisons: dict[str, tuple[Comparison, ...]]
    growth: tuple[Point, ...]

    @property
    def all_comparisons(self) -> tuple[Comparison, ...]:
        """Of all benchmarks, in order."""
        return tuple(one for found in self.comparisons.values() for one in found)

    def over(self, earlier: Report, order: Sequence[str]) -> Report:
        """What is new here, and what only the earlier report has; slugs in the order given."""
        every = {**earlier.comparisons, **self.comparisons}
        found = {slug: every[slug] for slug in order if slug in every}
        return replace(
            self,
            comparisons=found,
            growth=self.growth or earlier.growth,
            peer_versions=_peer_versions(found),
        )

    def save(self, path: Path) -> None:
        """Write JSON."""
        record = {
            "machine": self.machine,
            "versions": self.versions,
            "peer_versions": self.peer_versions,
            "quick": self.is_quick,
            "benchmarks": {
                slug: [one.to_dict() for one in found] for slug, found in self.comparisons.items()
            },
            "growth": [point.to_dict() for point in self.growth],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Report:
        """Read what :meth:`save` wrote."""
        record = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            machine=record["machine"],
            versions=record["versions"],
            peer_versions=record["peer_versions"],
            is_quick=record["quick"],
            comparisons={
                slug: tuple(Comparison.from_dict(one) for one in found)
                for slug, found in record["benchmarks"].items()
            },
            growth=tuple(Point(**point) for point in record["growth"]),
        )


def make_report(
    comparisons: dict[str, tuple[Comparison, ...]], growth: Sequence[Point], *, is_quick: bool
) -> Report:
    """Add machine and versions to what was found."""
    return Report(
        machine={
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
        versions=dict(installed_versions(PACKAGES)),
        peer_versions=_peer_versions(comparisons),
        is_quick=is_quick,
        comparisons=dict(comparisons),
        growth=tuple(growth),
    )


def _peer_versions(comparisons: dict[str, tuple[Comparison, ...]]) -> dict[str, str]:
    found = {
        name: value
        for group in comparisons.values()
        for one in group
        for name, value in one.versions.items()
    }
    return dict(sorted(found.items()))


def _processor() -> str:
    """As the system calls it."""
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
