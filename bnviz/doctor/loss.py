"""The loss and the accuracy of a batch: as given, or a sensible guess."""

from collections.abc import Callable, Mapping
from typing import Any

from bnviz.doctor.batches import Batch, tensors_in
from bnviz.doctor.refusal import Refusal

Loss = Callable[[Any, Any], Any]
_OUTPUTS = ("logits", "out")
IGNORED = -100
"""The class that PyTorch's cross entropy leaves out."""


def main_tensor(output: Any) -> Any:
    """Return the tensor of an output that counts: the logits, or the first one; None without."""
    for name in _OUTPUTS:
        named = output.get(name) if isinstance(output, Mapping) else getattr(output, name, None)
        if named is not None and not isinstance(output, tuple):
            return named
    return next(tensors_in(output), None)


class Judgement:
    """How good an output is: loss and accuracy.

    Parameters
    ----------
    loss : callable or None
        ``loss(output, y)`` returns the mean over the samples. None: cross entropy for whole
        numbers and for rows of probabilities, binary cross entropy for whole numbers and a single
        output, mean squared error for others.

    Attributes
    ----------
    name : str
        Of the loss, or why there is none; known after the first batch.
    """

    def __init__(self, loss: Loss | None) -> None:
        if loss is not None and not callable(loss):
            raise Refusal(f"loss must be a function of output and y, got {type(loss).__name__}")
        self._given = loss
        self._none = False
        self.name = "" if loss is None else getattr(loss, "__name__", type(loss).__name__)

    def loss(self, output: Any, batch: Batch) -> Any:
        """Return the loss as a tensor, or None.

        Raises
        ------
        Refusal
            If the loss that was given fails.
        """
        y = batch.target
        if self._given is not None:
            return self._of_given(output, batch.content if y is None else y, batch.index)
        function, name = guess(main_tensor(output), y)
        if not self._none:  # one batch without a loss, and there is no mean
            self.name, self._none = name, function is None
        return None if function is None else function(main_tensor(output), y)

    def _of_given(self, output: Any, y: Any, index: int) -> Any:
        """Return the loss that was given, as a tensor with one number."""
        import torch

        try:
            loss = self._given(output, y)  # type: ignore[misc]
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise Refusal(f"loss failed on batch {index + 1}: {told}") from error
        loss = torch.as_tensor(loss) if isinstance(loss, int | float) else loss
        if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
            got = (
                f"the shape {tuple(loss.shape)}" if hasattr(loss, "shape") else type(loss).__name__
            )
            raise Refusal(f"loss must return one number, the mean over the samples, got {got}")
        return loss.reshape(())

    def n_right(self, output: Any, batch: Batch) -> float | None:
        """Return how many samples are classified rightly, or None if y is no class."""
        out, y = main_tensor(output), batch.target
        if out is not None and _is_probability(out, y):
            y = y.argmax(1)
        if not _is_class(y) or out is None:
            return None
        if _has_scores(out, y):
            # Cross entropy leaves IGNORED out; a batch of nothing else counts as right.
            right = (out.argmax(1) == y)[y != IGNORED]
        elif out.numel() == y.numel():
            right = (out.reshape(y.shape) > 0) == (y > 0)
        else:
            return None
        share = float(right.float().mean()) if right.numel() else 1.0
        return share * batch.n_samples


def guess(out: Any, y: Any) -> tuple[Loss | None, str]:
    """Return a loss for an output and a y, and its name; or None, and why."""
    from torch import Tensor
    from torch.nn import functional

    if out is None or y is None:
        return None, "none: the batches have no y" if y is None else "none: no output is a tensor"
    if not isinstance(y, Tensor):
        return None, f"none: y is no tensor but {type(y).__name__}"
    if _is_class(y):
        if _has_scores(out, y):
            classes = y[y != IGNORED]
            if classes.numel() and not 0 <= int(classes.min()) <= int(classes.max()) < out.shape[1]:
                return None, f"none: y has classes outside of 0 to {out.shape[1] - 1}"
            return functional.cross_entropy, "cross entropy (guessed)"
        if out.numel() == y.numel() and int(y.max()) <= 1 and int(y.min()) >= 0:
            return _binary, "binary cross entropy (guessed)"
    elif _is_probability(out, y):
        return functional.cross_entropy, "cross entropy of probabilities (guessed)"
    elif out.shape == y.shape:
        return functional.mse_loss, "mean squared error (guessed)"
    shapes = f"an output of shape {tuple(out.shape)} and y of shape {tuple(y.shape)}"
    return None, f"none: no loss could be guessed for {shapes}"


def _binary(out: Any, y: Any) -> Any:
    from torch.nn import functional

    return functional.binary_cross_entropy_with_logits(out.reshape(y.shape), y.to(out.dtype))


def _is_class(y: Any) -> bool:
    from torch import Tensor

    return isinstance(y, Tensor) and not y.is_floating_point() and not y.is_complex()


def _is_probability(out: Any, y: Any) -> bool:
    """Return whether each row of y has the probabilities of classes, one-hot ones too."""
    from torch import Tensor

    if not isinstance(y, Tensor) or not y.is_floating_point() or out.shape != y.shape:
        return False
    if y.dim() != 2 or y.shape[1] < 2 or not y.numel():
        return False
    return bool((y >= 0).all()) and bool(((y.double().sum(1) - 1).abs() < 1e-3).all())


def _has_scores(out: Any, y: Any) -> bool:
    """Return whether the output has one score for each class, (N, K, ...) for y of (N, ...)."""
    if out.dim() != y.dim() + 1 or out.shape[1] < 2:
        return False
    return out.shape[:1] + out.shape[2:] == y.shape
