"""What is measured, kept, printed and written into the documents."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.comparison import Aim, Comparison, Line, at_least, at_most, unmet
from benchmarks.document import figures, write_document
from benchmarks.measurement import Cost, in_fresh_process, measure_command, measure_work
from benchmarks.pictures import growth_figure
from benchmarks.report import Report, make_report
from benchmarks.table import as_text
from benchmarks.tree_shap.growth import Point

PEERS = Path(__file__).parents[3] / "benchmarks" / "peers"
OURS, THEIRS = Cost(1.0, 2.0, 100.0), Cost(30.0, 40.0, 50.0)
POINTS = (
    Point("patients", 1_000, "pellucid kernel", 0.1, is_scaled=False),
    Point("patients", 1_000, "shap", 9.0, is_scaled=True),
)


@pytest.fixture
def report() -> Report:
    lines = (
        Line("Pellucid", OURS, aim=Aim("at most 1 MB", is_met=False)),
        Line("peer", THEIRS, part=0.5, ratio=30.0, aim=at_least(OURS, THEIRS, 20), note="same"),
        Line("quick peer", OURS.scaled(0.5), ratio=0.5),
    )
    comparison = Comparison("some work", lines, note="On one core.", versions={"peer": "1.2"})
    return make_report({"work": (comparison,)}, POINTS, is_quick=True)


def test_work_is_charged_with_its_own_processor_time() -> None:
    """Prevents ratios of clocks that stand still, or that count what came before."""
    result, cost = measure_work(lambda: sum(number * number for number in range(300_000)))
    assert result == sum(number * number for number in range(300_000))
    assert 0 < cost.cpu_seconds < 60
    assert cost.peak_megabytes > 10


def test_a_command_is_charged_with_its_children() -> None:
    """Prevents a program that looks cheap because it leaves the work to another."""
    busy = "sum(n * n for n in range(1_500_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{busy}'], check=True)"
    _, alone = measure_command([sys.executable, "-c", "pass"])
    output, with_child = measure_command([sys.executable, "-c", child + "; print('done')"])
    assert output.strip() == "done"
    assert with_child.cpu_seconds > alone.cpu_seconds


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        measure_command([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_fresh_process_answers() -> None:
    assert in_fresh_process(Cost, 1.0, 2.0, peak_megabytes=3.0) == Cost(1.0, 2.0, 3.0)


def test_only_what_grows_is_scaled_up() -> None:
    """Prevents a peer that is charged many times for being loaded once."""
    whole, fixed = Cost(5.0, 6.0, 10.0), Cost(1.0, 2.0, 20.0)
    assert fixed.plus(whole.less(fixed).scaled(10)) == Cost(41.0, 42.0, 20.0)


def test_aims_are_about_processor_time_in_the_direction_they_say() -> None:
    assert at_least(OURS, THEIRS, 30).is_met
    assert not at_least(OURS, THEIRS, 31).is_met
    assert at_most(THEIRS, OURS, 30).is_met
    assert not at_most(THEIRS, OURS, 29).is_met


def test_a_report_comes_back_as_it_was_saved(tmp_path: Path, report: Report) -> None:
    path = tmp_path / "build" / "record.json"
    report.save(path)
    assert Report.load(path) == report


def test_a_run_of_some_keeps_the_others_where_asked_to(report: Report) -> None:
    other = make_report({"other": report.comparisons["work"]}, (), is_quick=True)
    both = other.over(report, ["other", "not run", "work"])
    assert list(both.comparisons) == ["other", "work"]
    assert both.growth == report.growth
    assert both.peer_versions == {"peer": "1.2"}


def test_what_was_found_is_written_after_each_benchmark(
    tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents half an hour lost to the last minute of it."""
    path = tmp_path / "record.json"
    (work,) = report.comparisons["work"]

    def fail(_sizes: object) -> Iterator[Comparison]:
        raise RuntimeError("stopped")

    benchmarks = {"first": lambda _: iter([work]), "second": fail}
    monkeypatch.setattr("benchmarks.__main__.BENCHMARKS", benchmarks)
    with pytest.raises(RuntimeError, match="stopped"):
        main(["--quick", "--only", "first", "second", "--out", str(path)])
    assert Report.load(path).comparisons == {"first": (work,)}


def test_missed_aims_quicker_peers_and_estimates_are_said(report: Report) -> None:
    """Prevents a page that shows only where we win."""
    assert unmet(report.all_comparisons) == ["some work, Pellucid: at most 1 MB"]
    text = figures(report)
    assert "some work: quick peer takes 0.50 times ours." in text
    assert "- some work, Pellucid: at most 1 MB." in text
    assert "| peer * |" in text
    assert "9 *" in text
    assert "peer *" in as_text(report.all_comparisons[0])


def test_the_page_keeps_the_words_around_the_figures(tmp_path: Path, report: Report) -> None:
    path = tmp_path / "page.md"
    path.write_text("Above.\n<!-- figures -->\nold\n<!-- end of figures -->\nBelow.\n", "utf-8")
    write_document(report, path)
    write_document(report, path)
    text = path.read_text("utf-8")
    assert text.startswith("Above.\n<!-- figures -->")
    assert text.endswith("<!-- end of figures -->\nBelow.\n")
    assert "old" not in text
    assert text.count("Some work") == 1


def test_growth_is_drawn_for_each_contender() -> None:
    figure = growth_figure(POINTS)
    assert [trace.name for trace in figure.data] == ["Pellucid", "shap (estimated from a part)"]


@pytest.mark.parametrize("path", sorted(PEERS.glob("*.py")), ids=lambda path: path.stem)
def test_peers_run_without_pellucid(path: Path) -> None:
    """Prevents a peer that needs what its own environment cannot have."""
    modules = {
        name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
        )
    }
    assert not [name for name in modules if name.startswith(("explainers", "dashboard"))]
