"""Metrics by group with intervals, ours beside fairlearn's bootstrap on the same patients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scipy.special import expit

from benchmarks.comparison import OURS, Aim, Comparison, Line, at_least, ratio
from benchmarks.measurement import Cost, in_fresh_process, measure_work
from benchmarks.peer_environment import ask_peer, has_peers
from benchmarks.sizes import Sizes
from explainers.core import (
    Cohort,
    CohortFacts,
    Column,
    Condition,
    Grouping,
    Link,
    Outcome,
    Schema,
    Study,
    SubgroupTable,
)
from explainers.core.arrays import FloatArray
from explainers.performance import METRICS
from explainers.subgroups import compare_groups
from explainers.subgroups.sums import sum_study

N_SITES = 25
N_RESAMPLES = 1_000
N_MEASURED = 2
THRESHOLD = 0.2
SEED = 0
MOST_SECONDS = 60.0
# All but the two that need a regression, for which fairlearn has no function at hand.
SLUGS = tuple(metric.slug for metric in METRICS if not metric.slug.startswith("calibration"))
SITES = tuple(f"Site {at + 1}" for at in range(N_SITES))
SEXES = ("Female", "Male")
RISK = Column("risk", "Risk", "number")
NOTE = (
    "12 metrics for 50 groups and everybody, from risks and outcomes in memory; the largest site"
    " has 25 times as many patients as the smallest. fairlearn: MetricFrame with scikit-learn's"
    " functions and plain ones of NumPy, 1,000 resamples, estimated from the first ones less a run"
    " without any. Ours: closed forms (Wilson, DeLong, logarithm), 1,000 resamples for net benefit"
    " everywhere and for Brier scores and average precision in groups of up to 10,000, the"
    " infinitesimal jackknife beyond; small cells are looked for too. From sums: the patients are"
    " reduced to sums by group, and the metrics made from these. Coverage of the intervals is in"
    " [their page](methods/intervals.md)."
)


@dataclass(frozen=True)
class RiskColumn:
    """A model whose prediction is a column of the cohort."""

    name: str = "risk-column"
    version: str = "1"
    family: str = "column"
    digest: str = "0"
    columns: tuple[Column, ...] = (RISK,)
    link: Link = Link("probability")  # noqa: RUF009 - frozen
    feature_names: tuple[str, ...] = ("risk",)

    def score(self, matrix: FloatArray) -> FloatArray:
        """The column itself."""
        return matrix[:, 0]

    def predict_risk(self, frame: pd.DataFrame) -> FloatArray:
        """The column itself."""
        return frame["risk"].to_numpy(dtype=np.float64)


def compare_group_tables(sizes: Sizes) -> Iterator[Comparison]:
    """Every metric that both have, for the groups of two crossed attributes."""
    n = sizes.large_cohort
    cost, values = in_fresh_process(measure_ours, n, SEED)
    aim = Aim(f"at most {MOST_SECONDS:g} s", cost.cpu_seconds <= MOST_SECONDS)
    lines = [Line(OURS, cost, aim=aim)]
    summed = in_fresh_process(measure_sums, n, SEED)
    lines.append(Line(f"{OURS}, from sums", summed))
    versions: dict[str, str] = {}
    if has_peers():
        with TemporaryDirectory() as directory:
            theirs, versions = _ask_fairlearn(Path(directory), n, values)
        lines.append(
            Line(
                "fairlearn",
                theirs.cost,
                part=N_MEASURED / N_RESAMPLES,
                ratio=ratio(cost, theirs.cost),
                aim=at_least(cost, theirs.cost, 100),
                note=theirs.note,
            )
        )
    title = f"{len(SLUGS)} metrics with intervals for 50 groups of {n:,} patients"
    yield Comparison(title, tuple(lines), note=NOTE, versions=versions)


@dataclass(frozen=True)
class _Theirs:
    cost: Cost
    note: str


def _ask_fairlearn(folder: Path, n: int, values: FloatArray) -> tuple[_Theirs, dict[str, str]]:
    """The peer on the same patients, and how far its values are from ours (metrics, groups)."""
    draw_groups(n, SEED).to_csv(folder / "patients.csv", index=False)
    answer = ask_peer(
        "group_tables",
        folder,
        metrics=SLUGS,
        groups=[[site, sex] for site in SITES for sex in SEXES],
        threshold=THRESHOLD,
        n_resamples=N_MEASURED,
    )
    whole = answer.cost
    without = Cost(**answer.found["without_resamples"])
    per_resample = whole.less(without).scaled(1 / N_MEASURED)
    cost = without.plus(per_resample.scaled(N_RESAMPLES))
    furthest = float(np.nanmax(np.abs(np.array(answer.found["values"]) - values)))
    note = (
        f"values differ by at most {furthest:.0e}; {per_resample.cpu_seconds:.1f} CPU s a resample"
    )
    return _Theirs(cost, note), answer.versions


def measure_ours(n: int, seed: int) -> tuple[Cost, FloatArray]:
    """Our table, and its values (metrics, groups)."""
    compare_groups(make_study(5_000, seed), ["site", "sex"], SLUGS)  # what is compiled, is now
    study = _ready(n, seed)
    tables, cost = measure_work(lambda: compare_groups(study, ["site", "sex"], SLUGS))
    return cost, _values(tables)


def measure_sums(n: int, seed: int) -> Cost:
    """The same by way of sums."""
    sum_study(make_study(5_000, seed), ["site", "sex"]).metrics(SLUGS)
    study = _ready(n, seed)
    _, cost = measure_work(lambda: sum_study(study, ["site", "sex"]).metrics(SLUGS))
    return cost


def _ready(n: int, seed: int) -> Study:
    """With risks and outcomes in memory."""
    study = make_study(n, seed)
    if len(study.risk) != len(study.labels):
        message = "every patient needs a risk and a place for an outcome"
        raise RuntimeError(message)
    return study


def _values(tables: tuple[SubgroupTable, ...]) -> FloatArray:
    return np.array(
        [[estimate.value for _, estimate in table.groups] for table in tables], dtype=np.float64
    )


def draw_groups(n: int, seed: int) -> pd.DataFrame:
    """Made-up patients (n, 4): risk, whether they are ill, site and sex."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2.0, 1.2, n)
    is_ill = rng.random(n) < expit(0.9 * log_odds)
    shares = 1.0 / np.arange(1, N_SITES + 1)
    sites = rng.choice(N_SITES, n, p=shares / shares.sum())
    return pd.DataFrame(
        {
            "risk": expit(log_odds),
            "ill": pd.Categorical.from_codes(is_ill.astype(int), ["no", "yes"]),
            "site": pd.Categorical.from_codes(sites, list(SITES)),
            "sex": pd.Categorical.from_codes(rng.integers(0, 2, n), list(SEXES)),
        },
        index=pd.Index([f"P{at:07d}" for at in range(n)], name="patient"),
    )


def make_study(n: int, seed: int) -> Study:
    """A model that gives these risks, on these patients."""
    schema = Schema(
        CohortFacts("made-up", "Made up", ""),
        "patient",
        (
            RISK,
            Column("ill", "Ill", "yes_no", role="outcome"),
            Column("site", "Site", "category", role="attribute", levels=SITES),
            Column("sex", "Sex", "category", role="attribute", levels=SEXES),
        ),
        (Outcome("ill", "Ill", "are ill", "now", (Condition("ill", equals="yes"),)),),
        (
            Grouping("site", "Site", "site", SITES[0], SITES),
            Grouping("sex", "Sex", "sex", SEXES[0], SEXES),
        ),
    )
    cohort = Cohort(draw_groups(n, seed), schema)
    first = cohort.select([cohort.patient_ids[0]])
    return Study(RiskColumn(), cohort, first, "ill", THRESHOLD, seed)
