"""Results in, Plotly figures out: small pure functions.

For every chart there are three: ``*_chart`` draws it, ``*_table`` gives the same figures as text
for the table beside it, ``*_alt`` states its main finding for those who do not see it.
"""

from explainers.charts.forest import forest_alt, forest_chart, forest_table
from explainers.charts.forest_panels import (
    forest_panels_alt,
    forest_panels_chart,
    forest_panels_table,
)
from explainers.charts.importance import importance_alt, importance_chart, importance_table
from explainers.charts.layout import CHART_CONFIG, message_figure
from explainers.charts.palette import Mode, palette_for
from explainers.charts.reasons import reasons_alt, reasons_chart, reasons_table
from explainers.charts.risk_distribution import (
    risk_distribution_alt,
    risk_distribution_chart,
    risk_distribution_table,
)
from explainers.charts.waterfall import waterfall_alt, waterfall_chart, waterfall_table

__all__ = [
    "CHART_CONFIG",
    "Mode",
    "forest_alt",
    "forest_chart",
    "forest_panels_alt",
    "forest_panels_chart",
    "forest_panels_table",
    "forest_table",
    "importance_alt",
    "importance_chart",
    "importance_table",
    "message_figure",
    "palette_for",
    "reasons_alt",
    "reasons_chart",
    "reasons_table",
    "risk_distribution_alt",
    "risk_distribution_chart",
    "risk_distribution_table",
    "waterfall_alt",
    "waterfall_chart",
    "waterfall_table",
]
