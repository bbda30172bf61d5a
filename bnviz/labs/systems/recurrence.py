"""Batch norm in a recurrence: what becomes of the gradient on its way back through time.

Letters: **A** arms, **K** strengths of the input, **S** starts, **T** steps, **N** sequences,
**D** inputs, **H** hidden units.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bnviz.core.nn import RNN

Array = NDArray[np.float64]
STRENGTHS = (0.1, 0.2, 0.5, 1.0, 2.0)
"""How large the term of the input is, beside that of the past."""
T, FIRST, N, D, H, N_STARTS = 50, 10, 16, 8, 32, 3
"""The gradient is followed from step T back to step FIRST, when the hidden states have settled."""
N_ARMS = 3
"""BN with the reader's gamma, BN with gamma 1, no BN."""
N_RUNS = N_ARMS * N_STARTS


def arms(gamma: float) -> tuple[tuple[str, float], ...]:
    """Give norm and initial gamma of each arm."""
    return ("bn", gamma), ("bn", 1.0), ("none", 1.0)


def network(norm: str, gamma: float, seed: int) -> RNN:
    """Make the networks of all strengths side by side: they share the input and nothing else.

    Parameters
    ----------
    norm, gamma : str, float
        As in ``RNN``.
    seed : int
        Draws the weights, the same for all strengths.

    Returns
    -------
    RNN
        With K times H hidden units. With BN the gamma of the input's term is strength times gamma;
        without, the weights of the input are multiplied by the strength.
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


@lru_cache(maxsize=512)
def gradient(norm: str, gamma: float, seed: int) -> Array:
    """Give the norm of the gradient of every hidden state, beside that of the last one.

    Returns
    -------
    array, shape (K, T)
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


def runs(gamma: float, seed: int) -> Iterator[tuple[int, int, tuple[str, float, int]]]:
    """List arm, start and arguments of every run, a start after another."""
    for s in range(N_STARTS):
        for a, arm in enumerate(arms(gamma)):
            yield a, s, (*arm, N_STARTS * seed + s)


def measure(gamma: float, seed: int, n_runs: int = N_RUNS) -> Array:
    """Do the first runs, or remember them.

    Returns
    -------
    array, shape (A, K, S, T)
        NaN for the runs that are left out.
    """
    found = np.full((N_ARMS, len(STRENGTHS), N_STARTS, T), np.nan)
    for n, (a, s, arguments) in enumerate(runs(gamma, seed)):
        if n < n_runs:
            found[a, :, s] = gradient(*arguments)
    return found


class Recurrences:
    """All runs, one in each piece.

    Parameters
    ----------
    gamma : float
    seed : int
    """

    def __init__(self, gamma: float, seed: int) -> None:
        self.gamma, self.seed, self._n_runs = gamma, seed, 0

    @property
    def finished(self) -> bool:
        """Whether all runs are done."""
        return self._n_runs == N_RUNS

    def advance(self) -> None:
        """Do the next run."""
        self._n_runs += 1
        measure(self.gamma, self.seed, self._n_runs)

    def trace(self) -> Array:
        """Give the runs that are done."""
        return measure(self.gamma, self.seed, self._n_runs)


def change(gradient_AKST: Array) -> Array:
    """Give by what the gradient is multiplied from step T back to step FIRST, (A, K, S)."""
    return np.asarray(gradient_AKST[..., FIRST - 1])
