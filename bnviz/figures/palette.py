"""The palette of all figures, in light and in dark.

Colour means one thing everywhere: with BN, without BN, reference, third and fourth method; where
both modes are shown, the dash tells train from eval. Figures
are written in the light colours; ``DARK`` names the partner of each, so that the browser changes
the theme by exchanging colours, without asking the server. ``.streamlit/config.toml`` repeats the
surfaces, and a test compares the two.

The colours are those of Okabe and Ito (2008, "Color Universal Design"), chosen to be told apart by
colour-blind readers; line style repeats the colour. Contrast is WCAG 2.2, section 1.4.
"""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Role:
    """What a line stands for: its colour, a darker colour for small text, and its dash."""

    color: str
    text: str
    dash: str


WITH = Role("#0072B2", "#0072B2", "solid")
"""The network with batch normalization."""
WITHOUT = Role("#D55E00", "#B34D00", "dash")
"""The same network without it."""
REFERENCE = Role("#6B6B6B", "#6B6B6B", "dot")
"""PyTorch, a closed form, a guide line: what others are held against."""
THIRD = Role("#009E73", "#007A59", "dashdot")
"""A third method."""
FOURTH = Role("#CC79A7", "#A34B82", "longdash")
"""A fourth method."""
FIFTH = Role("#6A4FB0", "#6A4FB0", "dot")
"""A fifth method."""
SIXTH = Role("#7A4A12", "#7A4A12", "dashdot")
"""A sixth method."""
TRAIN = WITH
"""BN with the statistics of the batch itself, as in train mode: solid lines, full dots."""
EVAL = Role(WITH.color, WITH.text, "dot")
"""BN with its running statistics, as in eval mode: dotted lines, hollow dots."""
PRECISE = THIRD
"""Statistics of all training data: what running statistics follow."""
ROLES = (WITH, WITHOUT, REFERENCE, THIRD, FOURTH, FIFTH, SIXTH)

BACKGROUND = "#FFFFFF"
PANEL = "#F4F5F6"
"""Behind controls and inside hover labels."""
TEXT = "#25282C"
READER = Role(TEXT, TEXT, "solid")
"""What the reader has drawn."""
MUTED = "#5F6368"
"""Secondary text: axis numbers, captions, remarks."""
RULE = "#8A8F96"
"""Axis lines and ticks."""
HAIRLINE = "#DDE0E4"
"""Separators that carry no information."""
ACCENT = "#3D4650"
"""The controls; neutral, because blue already means "with BN"."""

_VIRIDIS = ["#440154", "#482878", "#3E4989", "#31688E", "#26828E"]
_VIRIDIS += ["#1F9E89", "#35B779", "#6ECE58", "#B5DE2B", "#FDE725"]
_SHADES = 60
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


def _viridis(share: float) -> str:
    """Return Viridis at a place from 0 to 1, between the ten colours that Plotly stores."""
    index, rest = divmod(share * (len(_VIRIDIS) - 1), 1)
    ends = [_VIRIDIS[min(int(index) + k, len(_VIRIDIS) - 1)] for k in (0, 1)]
    low, high = ([int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in ends)
    return "#" + "".join(f"{round(a + (b - a) * rest):02X}" for a, b in zip(low, high, strict=True))


_RAMP = [_viridis(0.59 * k / (_SHADES - 1)) for k in range(_SHADES)]
_RAMP_DARK = [_viridis(0.36 + 0.64 * k / (_SHADES - 1)) for k in range(_SHADES)]

DARK: dict[str, str] = {
    BACKGROUND: "#14171A",
    PANEL: "#1F2328",
    TEXT: "#E8EAED",
    MUTED: "#A3A8AE",
    RULE: "#7D848C",
    HAIRLINE: "#31363C",
    ACCENT: "#C3CAD2",
    WITH.color: "#4AA8E0",
    WITHOUT.color: "#F5893C",
    WITHOUT.text: "#F79A57",
    REFERENCE.color: "#A8A8A8",
    THIRD.color: "#2DBE94",
    THIRD.text: "#4CCBA5",
    FOURTH.color: "#E29AC2",
    FOURTH.text: "#E8ABCD",
    FIFTH.color: "#A594E8",
    SIXTH.color: "#C79A5B",
    **dict(zip(_RAMP, _RAMP_DARK, strict=True)),
}
"""The dark partner of each light colour, both as upper-case ``#RRGGBB``."""

SEQUENTIAL = [[k / 9, _RAMP[round(k * (_SHADES - 1) / 9)]] for k in range(10)]
"""Colour scale for amounts: ordered, never a rainbow."""
DIVERGING = [[0.0, WITHOUT.color], [0.5, PANEL], [1.0, WITH.color]]
"""Colour scale for signed values; the figure centres it with ``zmid=0``."""


def ramp(n: int) -> list[str]:
    """Return colours in order, for layers or times: Viridis from 0 to 0.59.

    More than 60, or fewer than 1, are a ValueError.

    The end is 0.59, not the usual 1: beyond it the colour has less than 3:1 contrast on white.

    Examples
    --------
    >>> ramp(2)
    ['#440154', '#26A684']
    """
    if not 1 <= n <= _SHADES:
        raise ValueError(f"a ramp has 1 to {_SHADES} colours, got {n}")
    return [_RAMP[round(k * (_SHADES - 1) / max(n - 1, 1))] for k in range(n)]


def tint(color: str, opacity: float) -> str:
    """Return a translucent colour that still follows the theme: ``#RRGGBBAA``.

    Examples
    --------
    >>> tint(WITH.color, 0.2)
    '#0072B233'
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must be between 0 and 1, got {opacity}")
    return f"{color}{round(255 * opacity):02X}"


def dark(part: Any) -> Any:
    """Return a figure, or any part of it, in the colours of the dark theme."""
    if isinstance(part, str):
        return _HEX.sub(lambda match: DARK.get(match[0].upper(), match[0]), part)
    if isinstance(part, dict):
        return {key: dark(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [dark(value) for value in part]
    return part
