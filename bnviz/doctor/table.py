"""A report as text for a terminal, at most 100 columns wide."""

import textwrap
from collections.abc import Sequence

from bnviz.doctor.finding import Finding
from bnviz.doctor.record import Layer, Record
from bnviz.doctor.rows import (
    DISTANCE,
    NOISE,
    RATIO,
    fewest,
    headline,
    loss,
    number,
    outcome_title,
    percent,
    remarks,
    spread,
)

WIDTH = 100
_NAMED = 4  # layers that a line names before it counts the rest


def text(record: Record, findings: Sequence[Finding]) -> str:
    """Return the whole report: findings, what each mode gives, and the layers."""
    parts = [headline(record), *_findings(findings), _outcomes(record), _layers(record)]
    parts += remarks(record)
    if record.averaged is not None:
        averaged = record.averaged
        parts += ["The averaged model:", _outcomes(averaged), _layers(averaged)]
    return _printable("\n\n".join(part for part in parts if part))


def _findings(findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return ["Nothing was found."]
    return [_finding(finding) for finding in findings]


def _finding(finding: Finding) -> str:
    names = [name or "the model itself" for name in finding.layers]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    lines = [f"{finding.severity.upper():<8}{finding.code}"]
    lines += [f"in {', '.join(names[:_NAMED])}{more}"] if names else []
    lines += textwrap.wrap(finding.sentence, WIDTH - 8)
    # A repair is code, whose lines must stay.
    lines += ["Repair:", *(f"    {line}" for line in finding.repair.splitlines())]
    numbers = ", ".join(f"{key} {number(value)}" for key, value in finding.evidence.items())
    lines += textwrap.wrap(f"Evidence: {numbers}", WIDTH - 8) if numbers else []
    return "\n        ".join(lines)


def _outcomes(record: Record) -> str:
    head = ["", "loss", "accuracy", "away from batch"]
    rows = [
        [outcome_title(o), loss(o.loss), percent(o.accuracy), number(o.gap)]
        for o in record.outcomes
    ]
    name = record.loss_name or "none"
    return f"Loss: {name}\n" + _grid([head, *rows])


def _layers(record: Record) -> str:
    head = ["layer", "class", "C", "mode", "counter", "momentum", "m", DISTANCE.title, RATIO.title]
    rows = [_layer(layer) for layer in record.layers]
    if not rows:
        return ""
    note = (
        f"C channels, m values per channel of the smallest batch. {DISTANCE.title}: "
        f"{DISTANCE.reading}. {RATIO.title}: {RATIO.reading}. {NOISE.title}: {NOISE.reading}. "
        "Each is the median of the channels."
    )
    return _grid([[*head, NOISE.title], *rows]) + "\n" + textwrap.fill(note, WIDTH)


def _layer(layer: Layer) -> list[str]:
    middle = [spread(column, layer)[2:3] for column in (DISTANCE, RATIO, NOISE)]
    count = fewest(layer)
    return [
        _short_name(layer.name) or "(the model)",
        layer.class_name[:18],
        str(layer.channels),
        "train" if layer.training else "eval",
        "–" if layer.counter is None else str(layer.counter),
        number(layer.momentum),
        "–" if count is None else str(count),
        *(number(*m) if m else "–" for m in middle),
    ]


def _short_name(name: str) -> str:
    return name if len(name) <= 24 else f"…{name[-23:]}"


def _grid(rows: list[list[str]]) -> str:
    """Return rows as columns: the first to the left, headings cut where they are too wide."""
    head, *body = rows
    lines = [textwrap.wrap(title, 12) or [""] for title in head]
    height = max(map(len, lines))
    heads = [[cell[i] if i < len(cell) else "" for cell in lines] for i in range(height)]
    widths = [max(len(row[i]) for row in heads + body) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in heads + body
    )


def _printable(said: str) -> str:
    """Return the text without characters that command a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in said)
