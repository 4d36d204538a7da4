"""Print one table and write JSON: ``python -m benchmarks.counterfactuals [--out FILE]``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.counterfactuals.comparison import judge_all
from benchmarks.counterfactuals.judgement import Judgement
from benchmarks.peer_environment import ABSENT, has_peers
from benchmarks.table import lay_out
from explainers.core.provenance import installed_versions

HEADS = (
    "method", "answered", "valid", "changed", "linked once", "sets", "cost", "usual",
    "contradictory", "torn", "ms median", "ms max",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison on the built-in diabetes model."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.counterfactuals")
    parser.add_argument("--patients", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("counterfactuals.json"))
    chosen = parser.parse_args(arguments)
    if not has_peers():
        sys.stdout.write(f"Only Pellucid is measured: {ABSENT}\n")
    judged = judge_all(chosen.patients, chosen.seed)
    sys.stdout.write(lay_out([HEADS, *(_cells(judgement) for _, judgement, _ in judged)]))
    record = {
        "n_patients": len(judged[0][0].answers),
        "seed": chosen.seed,
        "versions": installed_versions(("pellucid", "numpy", "pandas", "xgboost"))
        | {name: value for _, _, versions in judged for name, value in versions.items()},
        "results": [judgement.to_dict() for _, judgement, _ in judged],
    }
    chosen.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def _cells(one: Judgement) -> tuple[str, ...]:
    cells = (
        one.method, f"{one.answered:.0%}", f"{one.valid:.0%}", f"{one.n_changed:.2f}",
        f"{one.n_linked:.2f}", f"{one.n_sets:.1f}", f"{one.cost:.1f}", f"{one.usual:.0%}",
        f"{one.contradictory:.0%}", f"{one.torn:.0%}",
        f"{one.milliseconds_median:,.0f}", f"{one.milliseconds_max:,.0f}",
    )  # fmt: skip
    return tuple("none" if "nan" in cell else cell for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
