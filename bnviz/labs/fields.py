"""Marks of the settings that several labs have: the same name, ends and words in all of them."""

from typing import Any

from bnviz.settings import Range, number_text


def seed(draws: str) -> Range:
    """Return the mark of a seed that draws, for instance, "the initial weights and the batches"."""
    return Range("Seed", 0, 99, more=True, help=f"Draws {draws}.")


def batch_size(lo: int, hi: int, words: str, *, label: str = "Batch size", **more: Any) -> Range:
    """Return the mark of a batch size, in powers of two; ``words`` are its help."""
    return Range(label, lo, hi, scale="log2", help=words, **more)


def learning_rate(options: tuple[float, ...], words: str = "Of plain SGD.", **more: Any) -> Range:
    """Return the mark of a learning rate that takes one of some values, in rising order."""
    lo, hi = options[0], options[-1]
    return Range("Learning rate", lo, hi, scale="log", options=options, help=words, **more)


def epsilon(
    hi: float = 0.1, words: str = "Added to the variance inside the square root.", **more: Any
) -> Range:
    """Return the mark of an epsilon from 1e-8 on."""
    return Range("Epsilon", 1e-8, hi, scale="log", help=words, **more)


def keras(momentum: float | None) -> str:
    """Return what Keras calls this momentum: the weight of the old value.

    Examples
    --------
    >>> keras(0.1), keras(None)
    ('Keras: 0.9', '')
    """
    return "" if momentum is None else f"Keras: {number_text(round(1 - momentum, 6))}"
