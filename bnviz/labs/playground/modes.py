"""The two modes in which a network is looked at, on held-out examples.

What looks is made of arrays that are many times as large as the network itself. So all networks of
the same shape are looked at over the same arrays, one after the other.
"""

from dataclasses import replace
from typing import TypeVar

from bnviz.core import data
from bnviz.core.train.evaluation import EvaluationMode, HeldOut, TrainingMode
from bnviz.labs.memory import Memory, size
from bnviz.labs.playground.networks import spec_of
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import WITH

N_HELD_OUT = 256
"""Held-out examples of a snapshot: every batch size divides it."""
N_TRUE = 256
"""Training examples behind the true statistics, or two batches if that is more."""
N_COUNTED = 2048
"""Values of a layer that its histogram counts, more or less: enough for a smooth one."""
N_UNITS = 8
"""Units of each layer whose statistics are kept."""
MOST_BYTES = 32 * 2**20
"""Bytes of what looks; for a default run 9 MB."""

MODES: Memory[tuple[object, ...], TrainingMode | EvaluationMode] = Memory(MOST_BYTES)


def training_mode(settings: Settings, norm: str) -> TrainingMode:
    """Return what looks at a network in training mode."""
    key = ("training", norm, _of_a_look(settings))
    if key not in MODES:
        many = data.load(settings.dataset).x_train[: max(N_TRUE, 2 * settings.batch_size)]
        spec, n = spec_of(settings, norm), settings.batch_size
        return _kept(key, TrainingMode(spec, _held_out(settings), many, n, n_units=N_UNITS))
    found = MODES.find(key)
    assert isinstance(found, TrainingMode)
    return found


def evaluation_mode(settings: Settings) -> EvaluationMode:
    """Return what looks at a network with batch normalization in evaluation mode."""
    key = ("evaluation", _of_a_look(settings))
    if key not in MODES:
        spec, n = spec_of(settings, WITH), settings.batch_size
        return _kept(key, EvaluationMode(spec, _held_out(settings), n))
    found = MODES.find(key)
    assert isinstance(found, EvaluationMode)
    return found


M = TypeVar("M", TrainingMode, EvaluationMode)


def _kept(key: tuple[object, ...], mode: M) -> M:
    MODES.keep(key, mode, min(size(mode), MOST_BYTES))  # one stays, however large
    return mode


def _of_a_look(settings: Settings) -> Settings:
    """Return settings that are the same for all networks that are looked at in the same way."""
    s = Settings()
    return replace(
        settings,
        momentum=s.momentum,
        lr=s.lr,
        init_scale=s.init_scale,
        optimizer=s.optimizer,
        n_steps=s.n_steps,
        seed=s.seed,
    )


def _held_out(settings: Settings) -> HeldOut:
    split = data.load(settings.dataset)
    every = max(1, N_HELD_OUT * settings.width // N_COUNTED)
    return HeldOut(split.x_test[:N_HELD_OUT], split.y_test[:N_HELD_OUT], every)
