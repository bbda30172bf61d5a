"""What is wrong in words, formulas, axes and colours, as a list."""

import re

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Frames

COUNTED = (
    "steps|layers|digits|units|samples|seeds|examples|points|batches|values|starts|numbers|"
    "classes|pictures|images|tokens|masks|networks"
)
WRONG = {
    "a plural of one": re.compile(rf"(?<![\d.,–/-])\b1 ({COUNTED})\b(?! of)"),
    "minus nought": re.compile(r"[-−]0(?:\.0+)?(?![\d.]|\.\d)"),
    "an exponent as a computer writes it": re.compile(r"\d[eE](?:[-−+]0|\+)\d"),
    "thousands without a comma": re.compile(r"(?<![\d.,#])\d{5,}(?![\d%])(?!\.\d)"),
    "an exponent in a formula": re.compile(r"\\[a-z].*\d[eE][-−+]?\d", re.DOTALL),
    "no number": re.compile(r"\bnan\b|\binf\b|None", re.IGNORECASE),
}

ONLY_WORDS = ("thousands without a comma", "no number")
"""What is looked for in sentences and titles, not in formulas."""


def written_wrong(text):
    """List what is wrong in a sentence, a title or a formula."""
    return [
        f"{what}: {text}"
        for what, wrong in WRONG.items()
        if wrong.search(text) and not (what in ONLY_WORDS and "\\" in text)
    ]


def texts(view, trace):
    """Yield all that a view says of a run."""
    yield view.takeaway(trace)
    yield view.formula(trace)
    for chart in view.charts(trace):
        for text in (chart.figure["layout"]["title"]["text"], chart.alt):
            yield from text.values if isinstance(text, Frames) else [text]


def axes_wrong(figure):
    """List the axes of layers that may name a place between two layers."""
    found = []
    for key, axis in figure["layout"].items():
        if not key.startswith(("xaxis", "yaxis")) or "title" not in axis:
            continue
        words = axis["title"]["text"]
        ticks = np.asarray(axis.get("tickvals", []), dtype=float)
        whole = (len(ticks) and (ticks == ticks.round()).all()) or float(axis.get("dtick", 0)) >= 1
        if re.match(r"(Hidden l|L)ayers?\b", words) and not whole and "ticktext" not in axis:
            found.append(f"{key} {words!r} has no ticks of its own")
    return found


MODES = (
    (re.compile(r"train mode|\bbatch statistics|^batch$"), theme.TRAIN),
    (re.compile(r"eval mode|\brunning statistics|^running\b"), theme.EVAL),
    (re.compile(r"^(true|precise|re-estimated)\b"), theme.PRECISE),
)
"""How lines and dots of train mode, of eval mode and of the true statistics are called."""


def modes_wrong(figure):
    """List what is drawn of a mode, but not in its colour and stroke."""
    found = []
    for part in figure["data"]:
        for names, role in MODES:
            if not names.search(part.get("name") or "") or part.get("mode") == "text":
                continue
            line, marker = part.get("line", {}), part.get("marker", {})
            colours = {style["color"] for style in (line, marker) if "color" in style}
            drawn = part.get("mode", "").startswith("lines") and line.get("width") != 0
            if colours - {role.color} or (drawn and line.get("dash", "solid") != role.dash):
                found.append(f"{part['name']} in {colours}, {line.get('dash')}")
    return found
