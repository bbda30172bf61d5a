"""A report as one page that needs nothing else: no script, and nothing from elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from bnviz.doctor.finding import Finding
from bnviz.doctor.record import Layer, Record
from bnviz.doctor.rows import (
    COLUMNS,
    Column,
    fewest,
    headline,
    loss,
    number,
    outcome_title,
    percent,
    remarks,
    spread,
)

_WIDTH, _HEIGHT = 130, 18  # of a strip, in pixels
_FLOOR = 1e-4  # what is smaller is drawn there: the axes are logarithmic
_NAMED = 12

_STYLE = """
:root { color-scheme: light dark; --text: #25282c; --muted: #5f6368; --back: #fff; --line: #dde0e4;
  --mark: #0072b2; --error: #b3261e; --warning: #8a5a00; --note: #5f6368; }
@media (prefers-color-scheme: dark) { :root { --text: #e8eaed; --muted: #a9adb3; --back: #16181b;
  --line: #3c4043; --mark: #6db6ec; --error: #ff8f85; --warning: #f2b84b; --note: #a9adb3; } }
body { font: 15px/1.5 "Source Sans 3", system-ui, sans-serif; color: var(--text);
  background: var(--back); max-width: 1180px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
h3 { font-size: 1rem; margin: 0 } p { margin: .3rem 0; overflow-wrap: anywhere }
.muted, figcaption { color: var(--muted); font-size: .9rem }
article { border-left: 4px solid var(--note); padding: .1rem 0 .1rem .9rem; margin: 1.1rem 0 }
.error { border-color: var(--error) } .warning { border-color: var(--warning) }
.error b { color: var(--error) } .warning b { color: var(--warning) }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--line);
  white-space: nowrap; font-weight: normal }
thead th { color: var(--muted); vertical-align: bottom; white-space: normal }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 6rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: color-mix(in srgb,
  var(--line) 40%, transparent); padding: .5rem .8rem; margin: .4rem 0; font-size: .88rem }
svg { display: block } .bar { stroke: var(--mark); stroke-width: 7; opacity: .45 }
.whole { stroke: var(--mark); stroke-width: 1.5 } .dot { fill: var(--mark) }
.guide { stroke: var(--muted); stroke-dasharray: 2 3 } .bad { fill: var(--error); font-size: 12px }
"""


def page(record: Record, findings: Sequence[Finding]) -> str:
    """Return the whole page."""
    parts = [
        f"<h1>Check-up of {escape(record.model)}</h1>",
        f'<p class="muted">{escape(headline(record))}, PyTorch {escape(record.torch_version)}</p>',
        f"<h2>{verdict(findings)}</h2>",
        *(finding(f) for f in findings),
        *measured(record),
    ]
    if record.averaged is not None:
        parts += ["<h2>The averaged model</h2>", *measured(record.averaged)]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Check-up of {escape(record.model)}</title>\n<style>{_STYLE}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def verdict(findings: Sequence[Finding]) -> str:
    """Return how many findings there are of each severity."""
    counts = {s: sum(f.severity == s for f in findings) for s in ("error", "warning", "note")}
    said = [f"{n} {s}{'' if n == 1 else 's'}" for s, n in counts.items() if n]
    return "Found: " + ", ".join(said) if said else "Nothing was found"


def finding(found: Finding) -> str:
    """Return a finding as an article, with its evidence folded."""
    names = [name or "the model itself" for name in found.layers]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    where = f'<p class="muted">in {escape(", ".join(names[:_NAMED]) + more)}</p>' if names else ""
    numbers = [[key.replace("_", " "), number(v)] for key, v in found.evidence.items()]
    return (
        f'<article class="{escape(found.severity)}"><h3><b>{escape(found.severity)}</b> '
        f"{escape(found.code)}</h3>{where}<p>{escape(found.sentence)}</p>"
        f"<pre>{escape(found.repair)}</pre>"
        f"<details><summary>Evidence</summary>{_table([], numbers)}</details></article>"
    )


def measured(record: Record) -> list[str]:
    """Return what was measured: the model in each mode, and its norm layers as rows."""
    said = "".join(f"<p>{escape(remark)}</p>" for remark in remarks(record))
    return [
        "<h2>The model in each mode</h2>",
        in_modes(record),
        "<h2>Its norm layers</h2>" if record.layers else "",
        _network(record),
        said,
    ]


def in_modes(record: Record) -> str:
    """Return loss and accuracy of the model in each mode."""
    head = ["", "loss", "accuracy", "away from batch"]
    rows = [
        [outcome_title(o), loss(o.loss), percent(o.accuracy), number(o.gap)]
        for o in record.outcomes
    ]
    return (
        f'<p class="muted">Loss: {escape(record.loss_name or "none")}. The last column is the '
        "difference of the outputs, root mean square, in their standard deviations.</p>"
        f"{_table(head, rows)}"
    )


def _network(record: Record) -> str:
    """Return a row for each layer, with a strip for each quantity."""
    if not record.layers:
        return ""
    spreads = {c.title: [spread(c, layer) for layer in record.layers] for c in COLUMNS}
    limits = {c.title: _limits(spreads[c.title], c.good) for c in COLUMNS}
    head = ["layer", "class", "channels", "mode", "counter", "momentum", "values per channel"]
    head += ["median γ", *(f"{c.title}, {_range(limits[c.title])}" for c in COLUMNS)]
    rows = [
        [*map(escape, _facts(layer))]
        + [_strip(spreads[c.title][i], limits[c.title], c) for c in COLUMNS]
        for i, layer in enumerate(record.layers)
    ]
    reading = "; ".join(f"{c.title}: {c.reading}" for c in COLUMNS)
    return (
        f"<figure style='margin:0'>{_table(head, rows, ready=True)}<figcaption>A line reaches over "
        "all channels of the layer, its thick part over nine tenths of them, the dot is the "
        f"median; the scales are logarithmic. {escape(reading)}.</figcaption></figure>"
    )


def _facts(layer: Layer) -> list[str]:
    count = fewest(layer)
    gamma = layer.gamma_spread[2] if layer.gamma_spread else None
    return [
        layer.name or "(the model)",
        layer.class_name,
        str(layer.channels),
        "train" if layer.training else "eval",
        "–" if layer.counter is None else str(layer.counter),
        number(layer.momentum),
        "–" if count is None else str(count),
        number(gamma),
    ]


def _limits(spreads: Iterable[tuple[float, ...]], good: float) -> tuple[float, float]:
    """Return whole powers of ten around all values, and around the good one."""
    values = [max(v, _FLOOR) for s in spreads for v in s if np.isfinite(v)] + [good or 0.1]
    low, high = np.floor(np.log10(min(values))), np.ceil(np.log10(max(values)))
    return float(low), float(max(high, low + 1))


def _range(limits: tuple[float, float]) -> str:
    low, high = (number(10.0**edge) for edge in limits)
    return f"{low} … {high}"


def _strip(values: tuple[float, ...], limits: tuple[float, float], column: Column) -> str:
    """Return a small drawing of five quantiles, with its numbers as text."""
    middle = _HEIGHT / 2
    if not values:
        return "–"
    label = f"{column.title}: {', '.join(number(v) for v in values)}"
    start = f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(label)}">'
    start += f"<title>{escape(label)}</title>"
    if not np.isfinite(values).all():
        return f'{start}<text class="bad" x="0" y="13">not finite</text></svg>'

    def place(value: float) -> float:
        share = (np.log10(max(value, _FLOOR)) - limits[0]) / (limits[1] - limits[0])
        return round(4 + (_WIDTH - 8) * float(np.clip(share, 0, 1)), 1)

    x = [place(v) for v in values]
    guide = ""
    if column.good:
        g = place(column.good)
        guide = f'<line class="guide" x1="{g}" x2="{g}" y1="0" y2="{_HEIGHT}"/>'
    return (
        f'{start}{guide}<line class="whole" x1="{x[0]}" x2="{x[4]}" y1="{middle}" y2="{middle}"/>'
        f'<line class="bar" x1="{x[1]}" x2="{x[3]}" y1="{middle}" y2="{middle}"/>'
        f'<circle class="dot" cx="{x[2]}" cy="{middle}" r="3.5"/></svg>'
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, ready: bool = False) -> str:
    """Return a table; cells that are `ready` are HTML already."""
    top = "".join(f'<th scope="col">{escape(h)}</th>' for h in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{c if ready else escape(c)}</td>" for c in row) + "</tr>"
        for row in rows
    )
    top = f"<thead><tr>{top}</tr></thead>" if head else ""
    return f'<div class="wide"><table>{top}<tbody>{body}</tbody></table></div>'
