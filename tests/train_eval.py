"""Trained networks of the lab on train and eval, for its tests and those of its claims."""

from bnviz.labs.arm import Arm, finish
from bnviz.labs.train_eval.training import N_STEPS, Training, train


def trained(batch_size, seed=0, n_steps=N_STEPS, **more):
    """Return a training after some of its steps."""
    training = Training(batch_size, seed, **more)
    while training.n_done < n_steps:
        training.step()
    return training


def network(batch_size, seed):
    """Return a network after all steps, as the lab's measures ask for it."""
    return finish(Arm(train, (batch_size, seed)))
