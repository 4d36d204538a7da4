"""Growth as a picture: processor time against patients, trees and depth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from benchmarks.report import Report
from benchmarks.tree_shap.comparison import KERNEL
from benchmarks.tree_shap.engines import PREDICTION
from benchmarks.tree_shap.growth import Point
from explainers.charts.palette import LIGHT

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "benchmarks-growth.png"
VARIED = {"patients": "Patients", "trees": "Trees", "depth": "Depth of the trees"}
WIDTH, HEIGHT = 1200, 440
# Colour, mark and dash of each: none is told by its colour alone.
STYLES = {
    KERNEL: ("Pellucid", LIGHT.accent, "circle", "solid"),
    PREDICTION.name: ("XGBoost, predicting only", LIGHT.muted, "square", "dot"),
    "woodelf": ("woodelf", LIGHT.raises, "diamond", "dash"),
    "shap": ("shap (estimated from a part)", LIGHT.lowers, "triangle-up", "dashdot"),
}


def write_pictures(report: Report) -> None:
    """Draw the growth and take its picture with Chromium; nothing where it was not measured."""
    if report.growth:
        take_picture(growth_figure(report.growth), PICTURE)


def growth_figure(points: Sequence[Point]) -> go.Figure:
    """Three panels on logarithmic axes, one for each thing that is varied."""
    figure = make_subplots(cols=3, subplot_titles=list(VARIED.values()), horizontal_spacing=0.05)
    for column, varied in enumerate(VARIED, start=1):
        for contender, style in STYLES.items():
            own = [p for p in points if (p.varied, p.contender) == (varied, contender)]
            if own:
                figure.add_trace(_line(own, style, is_named=column == 1), row=1, col=column)
    _lay_out(figure, points)
    return figure


def take_picture(figure: go.Figure, path: Path) -> None:
    """A PNG of a figure, by the browser that the tests drive."""
    from tests.browser.serving import running_browser  # noqa: PLC0415  (needs Playwright)

    with TemporaryDirectory() as directory, running_browser() as browser:
        page_file = Path(directory) / "figure.html"
        figure.write_html(page_file, include_plotlyjs=True, config={"displayModeBar": False})
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(page_file.as_uri())
        page.wait_for_selector(".main-svg")
        page.wait_for_timeout(500)
        page.locator(".plotly-graph-div").screenshot(path=path)


def _line(
    points: Sequence[Point], style: tuple[str, str, str, str], *, is_named: bool
) -> go.Scatter:
    name, colour, mark, dash = style
    return go.Scatter(
        x=[point.at for point in points],
        y=[point.cpu_seconds for point in points],
        name=name,
        mode="lines+markers",
        line={"color": colour, "dash": dash, "width": 2},
        marker={"symbol": mark, "size": 9},
        showlegend=is_named,
    )


def _lay_out(figure: go.Figure, points: Sequence[Point]) -> None:
    for column, varied in enumerate(VARIED, start=1):
        values = sorted({point.at for point in points if point.varied == varied})
        figure.update_xaxes(
            type="log", tickvals=values, ticktext=[f"{value:,}" for value in values],
            gridcolor=LIGHT.grid, row=1, col=column,
        )  # fmt: skip
    figure.update_yaxes(
        type="log", dtick=1, exponentformat="none", gridcolor=LIGHT.grid, matches="y"
    )
    figure.update_yaxes(title_text="CPU seconds", row=1, col=1)
    figure.update_layout(
        width=WIDTH,
        height=HEIGHT,
        paper_bgcolor=LIGHT.page,
        plot_bgcolor=LIGHT.page,
        font={"color": LIGHT.ink, "size": 14, "family": "DejaVu Sans, sans-serif"},
        margin={"l": 80, "r": 20, "t": 40, "b": 90},
        legend={"orientation": "h", "y": -0.18, "x": 0.0},
    )
