"""What is asked of every layer of ``core/nn``: PyTorch's numbers, right gradients, no traces."""

import numpy as np
import pytest

from bnviz.core.gradcheck import central_differences

TIGHT = {"rtol": 1e-9, "atol": 1e-12}


def assert_same_step(torch, ours, theirs, x, dy, skip=(), **tolerance):
    """One forward and backward pass of both, and all that they leave behind."""
    close = TIGHT | tolerance
    leaf = torch.tensor(x, requires_grad=True)
    theirs.zero_grad()
    wanted = theirs(leaf)
    wanted.backward(torch.tensor(dy))
    np.testing.assert_allclose(ours(x), wanted.detach().numpy(), **close)
    np.testing.assert_allclose(ours.backward(dy), leaf.grad.numpy(), **close)
    named = dict(theirs.named_parameters())
    assert ours.grads.keys() == ours.parameters().keys() == named.keys()
    for name, parameter in named.items():
        np.testing.assert_allclose(ours.grads[name], parameter.grad.numpy(), err_msg=name, **close)
    assert ours.buffers().keys() == dict(theirs.named_buffers()).keys()
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    for name in state.keys() - set(skip):
        found = ours.state_dict()[name]
        np.testing.assert_allclose(found, state[name].numpy(), err_msg=name, **close)


def assert_finite_differences(layer, x, dy):
    """All gradients of one backward pass against central differences."""
    y = layer(x)  # held, so that the gradient belongs to it
    dx, gradients = layer.backward(dy), {n: g.copy() for n, g in layer.grads.items()}
    assert dy.shape == y.shape
    np.testing.assert_allclose(dx, central_differences(layer, x, dy), rtol=1e-6, atol=1e-8)
    assert gradients.keys() == layer.parameters().keys()
    for name, p in layer.parameters().items():
        kept = p.copy()

        def moved(value, p=p):
            p[...] = value
            return layer(x)

        wanted = central_differences(moved, p, dy)
        p[...] = kept
        np.testing.assert_allclose(gradients[name], wanted, rtol=1e-6, atol=1e-8, err_msg=name)


def assert_leaves_inputs_alone_and_checks_dy(layer, x, dy):
    """Read-only inputs, a repeated backward pass, an output written over, a wrong ``dy``."""
    with pytest.raises(ValueError, match="backward needs a forward pass before it"):
        layer.backward(dy)
    x.flags.writeable = dy.flags.writeable = False
    y = layer(x)
    assert y.dtype == layer.backward(dy).dtype == x.dtype
    y[...] = np.nan
    np.testing.assert_array_equal(layer.backward(dy), layer.backward(dy))
    assert np.isfinite(layer.backward(dy)).all()
    with pytest.raises(ValueError, match=r"dy must have the shape of y, \(.*\), got \(3,\)"):
        layer.backward(np.ones(3))
    with pytest.raises(ValueError, match="must be an array of floats, got int64"):
        layer(np.ones(x.shape, int))
