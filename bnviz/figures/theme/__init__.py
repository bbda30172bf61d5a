"""The look of all figures: the palette, one template, and builders of plain Plotly dicts.

A figure is ``{"data": [...], "layout": {...}}``, made of what these functions return: plain dicts,
not graph objects, which take fifty times as long to make. The colours of ``palette`` are offered
here too.
"""

from bnviz.figures.palette import ACCENT as ACCENT
from bnviz.figures.palette import BACKGROUND as BACKGROUND
from bnviz.figures.palette import DARK as DARK
from bnviz.figures.palette import DIVERGING as DIVERGING
from bnviz.figures.palette import EVAL as EVAL
from bnviz.figures.palette import FIFTH as FIFTH
from bnviz.figures.palette import FOURTH as FOURTH
from bnviz.figures.palette import HAIRLINE as HAIRLINE
from bnviz.figures.palette import MUTED as MUTED
from bnviz.figures.palette import PANEL as PANEL
from bnviz.figures.palette import PRECISE as PRECISE
from bnviz.figures.palette import READER as READER
from bnviz.figures.palette import REFERENCE as REFERENCE
from bnviz.figures.palette import ROLES as ROLES
from bnviz.figures.palette import RULE as RULE
from bnviz.figures.palette import SEQUENTIAL as SEQUENTIAL
from bnviz.figures.palette import SIXTH as SIXTH
from bnviz.figures.palette import TEXT as TEXT
from bnviz.figures.palette import THIRD as THIRD
from bnviz.figures.palette import TRAIN as TRAIN
from bnviz.figures.palette import WITH as WITH
from bnviz.figures.palette import WITHOUT as WITHOUT
from bnviz.figures.palette import Role as Role
from bnviz.figures.palette import dark as dark
from bnviz.figures.palette import ramp as ramp
from bnviz.figures.palette import tint as tint
from bnviz.figures.theme.axis import axis as axis
from bnviz.figures.theme.axis import figure as figure
from bnviz.figures.theme.axis import finding as finding
from bnviz.figures.theme.axis import layer_ticks as layer_ticks
from bnviz.figures.theme.axis import log_axis as log_axis
from bnviz.figures.theme.line import Trace as Trace
from bnviz.figures.theme.line import band as band
from bnviz.figures.theme.line import bars as bars
from bnviz.figures.theme.line import dots as dots
from bnviz.figures.theme.line import end_label as end_label
from bnviz.figures.theme.line import guide as guide
from bnviz.figures.theme.line import line as line
from bnviz.figures.theme.template import FONT as FONT
from bnviz.figures.theme.template import FONT_FAMILY as FONT_FAMILY
from bnviz.figures.theme.template import FONT_SIZE as FONT_SIZE
from bnviz.figures.theme.template import template as template
