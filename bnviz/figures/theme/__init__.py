"""The look of all figures: the palette, one template, and builders of plain Plotly dicts.

A figure is ``{"data": [...], "layout": {...}}``, made of what these functions return: plain dicts,
not graph objects, which take fifty times as long to make. The colours of ``palette`` are offered
here too.
"""

from bnviz.figures.palette import (
    ACCENT,
    BACKGROUND,
    DARK,
    DIVERGING,
    FOURTH,
    HAIRLINE,
    MUTED,
    PANEL,
    REFERENCE,
    ROLES,
    RULE,
    SEQUENTIAL,
    TEXT,
    THIRD,
    WITH,
    WITHOUT,
    Role,
    contrast,
    dark,
    ramp,
    tint,
)
from bnviz.figures.theme.axis import axis, figure, finding, log_axis
from bnviz.figures.theme.line import Trace, Values, band, dots, end_label, guide, line
from bnviz.figures.theme.template import FONT, FONT_FAMILY, FONT_SIZE, TITLE_SIZE, template

__all__ = [
    "ACCENT",
    "BACKGROUND",
    "DARK",
    "DIVERGING",
    "FONT",
    "FONT_FAMILY",
    "FONT_SIZE",
    "FOURTH",
    "HAIRLINE",
    "MUTED",
    "PANEL",
    "REFERENCE",
    "ROLES",
    "RULE",
    "SEQUENTIAL",
    "TEXT",
    "THIRD",
    "TITLE_SIZE",
    "WITH",
    "WITHOUT",
    "Role",
    "Trace",
    "Values",
    "axis",
    "band",
    "contrast",
    "dark",
    "dots",
    "end_label",
    "figure",
    "finding",
    "guide",
    "line",
    "log_axis",
    "ramp",
    "template",
    "tint",
]
