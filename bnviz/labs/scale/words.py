"""What the views on this lab's runs say alike: names, and the rows of a run."""

from collections.abc import Iterator
from typing import Any

from bnviz.labs.scale.learner import Path
from bnviz.labs.table import Row

LEARNING = "The networks are learning the digits."
NETWORKS = ("with BN", "without norm")


def path_rows(name: str, path: Path) -> Iterator[Row]:
    """Yield what a run did, every ten steps."""
    columns = zip(path.loss, path.norm[:-1], path.angle, strict=True)
    for step, (loss, norm, angle) in enumerate(columns):
        if step % 10 == 0:
            yield "loss (nats) at step", name, float(step), float(loss)
            yield "weight norm at step", name, float(step), float(norm)
            yield "angle (rad) at step", name, float(step), float(angle)


def key(text: str, y: float = 0.95) -> dict[str, Any]:
    """Return what the dots of a picture are, at its right end: they lie on a line."""
    place = {"x": 0.98, "y": y, "xref": "paper", "yref": "paper", "xanchor": "right"}
    return {**place, "text": f"dots: {text}"}
