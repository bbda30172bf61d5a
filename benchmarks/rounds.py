"""Time contenders in turns, and print what came out.

On a shared machine two runs of the same code differ by a third. So all contenders of a table run
in one process, one after the other, round after round. A ratio is the median of the ratios within
a round. Only CPU time counts.
"""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Contenders = Mapping[str, Callable[[], object]]


class Effort(NamedTuple):
    """How long to measure: rounds, and about how many milliseconds in each for a contender."""

    n_rounds: int
    duration_ms: int
    quick: bool

    def steps(self, step_us: float) -> int:
        """Give the number of steps that last so long, a multiple of 10."""
        return 10 * max(1, round(self.duration_ms * 100 / step_us))

    def calls(self, contenders: Contenders) -> int:
        """Give how often to call each contender, by the slowest; each is called twice to see."""
        if self.quick:
            return 1
        slowest = max(float(seconds[0]) for seconds in cpu_times(contenders, 1).values())
        return max(1, round(self.duration_ms / 1e3 / max(slowest, 1e-6)))


class Ratio(NamedTuple):
    """A measured ratio, and what it should be.

    Attributes
    ----------
    value : float
    aim : float or None
        None where nothing is aimed at.
    more_is_better : bool
    """

    value: float
    aim: float | None = None
    more_is_better: bool = False

    def __str__(self) -> str:
        """Give the value, the aim and a mark where it was missed."""
        if self.aim is None:
            return f"{self.value:.3g}"
        good = self.value >= self.aim if self.more_is_better else self.value <= self.aim
        sign = ">=" if self.more_is_better else "<="
        return f"{self.value:.3g} (aim {sign} {self.aim:g}){'' if good else ' MISSED'}"


def cpu_times(contenders: Contenders, n_rounds: int) -> dict[str, NDArray[np.float64]]:
    """Run the contenders in turns.

    Parameters
    ----------
    contenders : mapping of name to function
    n_rounds : int
        One more comes first, to warm up; it does not count.

    Returns
    -------
    dict of name to array, shape (n_rounds,)
        CPU seconds of each call.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    gc.collect()
    gc.disable()
    try:
        for _ in range(n_rounds + 1):
            for name, run in contenders.items():
                start = time.process_time()
                run()
                seconds[name].append(time.process_time() - start)
    finally:
        gc.enable()
    return {name: np.array(values[1:]) for name, values in seconds.items()}


def repeated(contenders: Contenders, n_calls: int) -> dict[str, Callable[[], None]]:
    """Make functions that call each contender so often."""

    def repeat(run: Callable[[], object]) -> Callable[[], None]:
        def calls() -> None:
            for _ in range(n_calls):
                run()

        return calls

    return {name: repeat(run) for name, run in contenders.items()}


def ratio(
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    aim: float | None = None,
    *,
    more_is_better: bool = False,
) -> Ratio:
    """Give the median of the ratios within a round."""
    return Ratio(float(np.median(above / below)), aim, more_is_better)


def micros(seconds: NDArray[np.float64], n_steps: int) -> str:
    """Give the median time of a step, in microseconds."""
    return f"{np.median(seconds) / n_steps * 1e6:.1f}"


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a title, the columns aligned."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    print(f"\n{title}")
    for n, row in enumerate(cells):
        line = " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(f"| {line} |")
        if n == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
