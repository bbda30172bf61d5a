"""Forward passes of a model: each in a mode, with its norm layers watched, counted and timed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from bnviz.doctor.batches import Batch
from bnviz.doctor.modes import Modes, Pair
from bnviz.doctor.record import MODES
from bnviz.doctor.refusal import Refusal
from bnviz.doctor.restore import seed_everything
from bnviz.doctor.walk import Norm
from bnviz.doctor.watch import Look, Watch

Forward = Callable[[Any, Any], Any]
_HOW = "give forward=, a function of the model and a batch, such as "
_EXAMPLE = 'forward=lambda model, batch: model(batch["x"], batch["mask"])'


class BatchOfOne(Exception):
    """PyTorch refused to train on a batch with one value per channel."""


class Passes:
    """Run a model on one batch after another.

    Attributes
    ----------
    n : int
        Passes made.
    seconds : float
        Their time, without that of the hooks.
    """

    def __init__(self, model: Any, norms: Sequence[Norm], forward: Forward | None) -> None:
        self._model, self._norms, self._forward = model, norms, forward
        self.watch, self.modes = Watch(norms), Modes(model, norms)
        self.n, self.seconds = 0, 0.0

    def run(
        self,
        mode: str,
        batch: Batch,
        before: Look | None = None,
        after: Look | None = None,
        statistics: Mapping[int, Pair] | None = None,
    ) -> Any:
        """Return the output for a batch in a mode.

        Raises
        ------
        BatchOfOne
            In mode "train", as PyTorch says it.
        Refusal
            If the model fails.
        """
        self.modes.use(mode, statistics)
        # Each pass over a batch draws the same, and each batch something else.
        seed_everything(1 + batch.index)
        with self.watch.looking(before, after), self._timed():
            try:
                return self.call(batch.copy())
            except Refusal:
                raise
            except Exception as error:
                if mode == "train" and "more than 1 value per channel" in str(error):
                    raise BatchOfOne(str(error)) from error
                raise Refusal(self._sentence(mode, batch, error)) from error

    def call(self, batch: Batch) -> Any:
        """Call the model on a batch as it is; Refusal for a batch that is neither x nor (x, y)."""
        if self._forward is not None:
            return self._forward(self._model, batch.content)
        content = batch.content
        if isinstance(content, tuple | list) and len(content) in (1, 2):
            content = content[0]
        if isinstance(content, Mapping | tuple | list):
            what = f"a {type(content).__name__} of {len(content)}"
            raise Refusal(
                f"the loader gives {what}, where x or (x, y) was wanted: {_HOW}{_EXAMPLE}"
            )
        return self._model(content)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        start, looked = perf_counter(), self.watch.seconds
        try:
            yield
        finally:
            self.n += 1
            self.seconds += perf_counter() - start - (self.watch.seconds - looked)

    def _sentence(self, mode: str, batch: Batch, error: Exception) -> str:
        told = f"{type(error).__name__}: {error}"
        if isinstance(error, TypeError) and "argument" in str(error) and self._forward is None:
            return f"the model cannot be called as model(x) ({told}): {_HOW}{_EXAMPLE}"
        return f"the model failed on batch {batch.index + 1} in {MODES[mode]} ({told})"
