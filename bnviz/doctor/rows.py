"""The network as rows: for each norm layer a few quantities, each spread over the channels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bnviz.core.array import Array
from bnviz.doctor.record import MODES, QUANTILES, Layer, Outcome, Record
from bnviz.numerals import short


@dataclass(frozen=True)
class Column:
    """A quantity of a layer.

    Attributes
    ----------
    title, reading : str
        What it is called; what it means, and where it is good.
    good : float
        Where all channels of a sound layer are near to, or below.
    values : function of a layer
        Its value for each channel, or None.
    """

    title: str
    reading: str
    good: float
    values: Callable[[Layer], Array | None]


def _distance(layer: Layer) -> Array | None:
    away = layer.mean_distance
    return None if away is None else np.abs(away)


def _ratio(layer: Layer) -> Array | None:
    log_ratio = layer.log_var_ratio
    return None if log_ratio is None else np.exp(log_ratio)


DISTANCE = Column(
    "mean off by",
    "distance of the running mean from the precise one, in standard deviations; 0 is right",
    0.0,
    _distance,
)
RATIO = Column(
    "variance ratio",
    "running variance over the precise one; 1 is right",
    1.0,
    _ratio,
)
NOISE = Column(
    "batch noise",
    "standard deviation of the batch means, in that of the values; 1/√m for m independent values",
    0.0,
    lambda layer: layer.noise,
)
COLUMNS = (DISTANCE, RATIO, NOISE)


def spread(column: Column, layer: Layer) -> tuple[float, ...]:
    """Return the quantiles of a column over the channels; () without values, NaN if not finite."""
    values = column.values(layer)
    if values is None:
        return ()
    if not np.isfinite(values).all():
        return (float("nan"),) * len(QUANTILES)
    return tuple(float(q) for q in np.quantile(values, QUANTILES))


def number(value: float | None) -> str:
    """Return a number for a reader; a dash for None."""
    if value is None:
        return "–"
    return "NaN" if np.isnan(value) else short(value)


def loss(value: float | None) -> str:
    """Return a loss with four digits, so that two modes can be told apart; a dash for None."""
    if value is None:
        return "–"
    return number(value) if not np.isfinite(value) else f"{value:.4g}"


def percent(value: float | None) -> str:
    """Return a share as per cent; a dash for None."""
    return "–" if value is None else f"{100 * value:.1f} %"


def headline(record: Record) -> str:
    """Return what was examined, in a sentence."""
    n, batches = len(record.layers), len(record.batch_sizes)
    layers = "1 norm layer" if n == 1 else f"{n} norm layers"
    return (
        f"{record.model}: {layers}, {batches} batches of training data, {record.n_passes} forward "
        f"passes in {short(record.seconds)} s"
    )


def outcome_title(outcome: Outcome) -> str:
    """Return the mode of an outcome, and the data unless they are those of training."""
    return MODES[outcome.mode] + (" (evaluation data)" if outcome.data == "eval" else "")


def fewest(layer: Layer) -> int | None:
    """Return the values per channel of the smallest batch."""
    return min(layer.values_per_batch, default=None)


def remarks(record: Record) -> list[str]:
    """Return what else a reader should know of the record, as sentences."""
    said = []
    if record.independent:
        n = len(record.independent)
        names = ", ".join(sorted({i.class_name for i in record.independent}))
        said.append(f"Independent of the batch, and not judged: {n} of {names}.")
    if record.uncalled:
        names = ", ".join(record.uncalled[:5])
        more = f" and {len(record.uncalled) - 5} more" if len(record.uncalled) > 5 else ""
        said.append(f"Not called in evaluation mode, and not judged: {names}{more}.")
    if record.functional_calls:
        said.append(
            f"The function batch_norm is called {record.functional_calls} times outside of any "
            "norm layer; those calls are not examined."
        )
    if record.refused:
        said.append(f"Training mode refused {len(record.refused)} batches: {record.refused[0]}.")
    if not record.whole_epoch:
        said.append("The loader has more batches than were used.")
    return said
