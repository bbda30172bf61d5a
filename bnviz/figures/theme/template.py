"""The Plotly template of all figures: type, sizes, and how an axis looks."""

from typing import Any

from bnviz.figures.palette import BACKGROUND, DIVERGING, MUTED, PANEL, ROLES, RULE, SEQUENTIAL, TEXT

FONT = "Source Sans"
FONT_FAMILY = f'"{FONT}", sans-serif'
FONT_SIZE = 14
TITLE_SIZE = 17


def template() -> dict[str, Any]:
    """Return the Plotly template of all figures, in light colours; see also `dark`.

    With it pass ``theme=None`` to ``st.plotly_chart``. The margins are as wide as labels usually
    are: Plotly widens one that is too narrow, but by drawing all of the figure a second time.
    """
    axis = {
        "showgrid": False,
        "zeroline": False,
        "showline": True,
        "linecolor": RULE,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": RULE,
        "tickfont": {"color": MUTED, "size": FONT_SIZE - 1},
        "title": {"standoff": 6, "font": {"size": FONT_SIZE}},
        "automargin": True,
    }
    layout = {
        "font": {"family": FONT_FAMILY, "size": FONT_SIZE, "color": TEXT},
        "title": {"x": 0, "xanchor": "left", "xref": "paper", "font": {"size": TITLE_SIZE}},
        "paper_bgcolor": BACKGROUND,
        "plot_bgcolor": BACKGROUND,
        "colorway": [role.color for role in ROLES],
        "colorscale": {"sequential": SEQUENTIAL, "diverging": DIVERGING},
        "margin": {"l": 64, "r": 16, "t": 52, "b": 50},
        "xaxis": axis,
        "yaxis": axis,
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": PANEL,
            "bordercolor": RULE,
            "font": {"family": FONT_FAMILY, "size": FONT_SIZE - 1, "color": TEXT},
        },
        "annotationdefaults": {"showarrow": False, "font": {"color": MUTED}},
    }
    scatter = {"line": {"width": 2}, "marker": {"size": 6}, "textfont": {"size": FONT_SIZE - 1}}
    return {"layout": layout, "data": {"scatter": [scatter]}}
