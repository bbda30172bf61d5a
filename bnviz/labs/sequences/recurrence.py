"""Batch norm in a recurrence: what becomes of the gradient on its way back through time.

Letters: **A** arms, **K** strengths of the input, **S** starts, **T** steps, **N** sequences,
**D** inputs, **H** hidden units.
"""

import numpy as np
from numpy.typing import NDArray

from bnviz.core.nn import RNN
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.sequences.settings import Settings

Array = NDArray[np.float64]
STRENGTHS = (0.1, 0.2, 0.5, 1.0, 2.0)
"""How large the term of the input is, beside that of the past."""
T, FIRST, N, D, H, N_STARTS = 50, 10, 16, 8, 32, 3
"""The gradient is followed from step T back to step FIRST, when the hidden states have settled."""


def arms(gamma: float) -> tuple[tuple[str, float], ...]:
    """Return norm and initial gamma of each arm: the reader's gamma, gamma 1, no BN."""
    return ("bn", gamma), ("bn", 1.0), ("none", 1.0)


def network(norm: str, gamma: float, seed: int) -> RNN:
    """Return the networks of all strengths side by side: they share the input and nothing else.

    It has K times H hidden units, and the seed draws the same weights for all strengths. With BN
    the gamma of the input's term is strength times gamma; without, the weights of the input are
    multiplied by the strength.
    """
    one = RNN(D, H, n_steps=T, norm=norm, gamma=gamma, rng=seed, dtype=np.float64)
    all_ = RNN(D, len(STRENGTHS) * H, n_steps=T, norm=norm, gamma=gamma, rng=seed, dtype=np.float64)
    strength_U = np.repeat(STRENGTHS, H)
    all_.weight_hh = np.kron(np.eye(len(STRENGTHS)), one.weight_hh)
    all_.weight_ih = np.tile(one.weight_ih, (len(STRENGTHS), 1))
    all_.bias = np.tile(one.bias, len(STRENGTHS))
    if all_.gamma_ih is not None:
        all_.gamma_ih = gamma * strength_U
    else:
        all_.weight_ih = all_.weight_ih * strength_U[:, None]
    return all_


def gradient(norm: str, gamma: float, seed: int) -> Array:
    """Return the norm of the gradient of every hidden state, beside that of the last one, (K, T).

    The gradient begins at the last step, in a random direction.
    """
    rng = np.random.default_rng(seed)
    rnn = network(norm, gamma, seed)
    rnn(rng.normal(size=(T, N, D)))
    dy_TNKH = np.zeros((T, N, len(STRENGTHS), H))
    dy_TNKH[-1] = rng.normal(size=(N, 1, H))
    rnn.backward(dy_TNKH.reshape(T, N, -1))
    norm_TK = np.sqrt(np.square(rnn.dh.reshape(dy_TNKH.shape)).sum(axis=(1, 3)))
    return np.asarray((norm_TK / norm_TK[-1]).T)


def measure(settings: Settings) -> Pieces:
    """Do all runs, a start after another, and return them, (A, K, S, T); NaN: to come."""
    run = arms(settings.gamma_start)
    found = np.full((len(run), len(STRENGTHS), N_STARTS, T), np.nan)
    for s in range(N_STARTS):
        for a, (norm, gamma) in enumerate(run):
            yield found.copy
            found[a, :, s] = yield from ask(gradient, norm, gamma, N_STARTS * settings.seed + s)
    return found


def change(gradient_AKST: Array) -> Array:
    """Return by what the gradient is multiplied from step T back to step FIRST, (A, K, S)."""
    return np.asarray(gradient_AKST[..., FIRST - 1])
