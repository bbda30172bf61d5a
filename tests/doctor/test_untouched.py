"""A check-up leaves everything as it was, also when something fails in the middle."""

import random
import weakref

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from bnviz.doctor.measure import measure
from bnviz.doctor.refusal import Refusal


class Restless(nn.Module):
    """A network that changes all it can in each forward pass."""

    fails_at = None

    def __init__(self):
        super().__init__()
        self.first = nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4))
        self.bn, self.frozen, self.drop = nn.BatchNorm1d(4), nn.BatchNorm1d(4), nn.Dropout(0.3)
        self.cell = nn.LSTM(4, 4)
        self.head = nn.Linear(4, 2)
        self.n_calls, self.cache = 0, []

    def forward(self, x):
        self.n_calls += 1
        self.cache.append(self.n_calls)
        if self.n_calls == self.fails_at:
            raise self.error
        self.head.weight.data.mul_(0.9)
        self.bn.eps *= 2
        x -= 1
        np.random.random(), random.random()  # noqa: NPY002
        h = self.frozen(self.bn(self.first(x)))
        return self.head(self.drop(self.cell(h[None])[0][0]))


def state_of(net):
    """Return all of a model's state: bits, versions, identities, modes, hooks and gradients."""
    tensors = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    return {
        "bits": {n: t.detach().numpy().tobytes() for n, t in tensors.items()},
        "objects": {n: id(t) for n, t in tensors.items()},
        "grads": {
            n: (id(p.grad), None if p.grad is None else p.grad.numpy().tobytes())
            for n, p in net.named_parameters()
        },
        "needs": [p.requires_grad for p in net.parameters()],
        "modes": [m.training for m in net.modules()],
        "hooks": [
            (dict(m._forward_hooks), dict(m._forward_pre_hooks), dict(m._backward_hooks))
            for m in net.modules()
        ],
        "plain": (net.n_calls, list(net.cache), net.bn.eps, sorted(net.__dict__)),
        "random": (
            torch.get_rng_state().tolist(),
            np.random.get_state()[1].tolist(),  # noqa: NPY002
            np.random.get_state()[2],  # noqa: NPY002
            random.getstate(),
        ),
    }


@pytest.fixture
def handed_over():
    """Return a network in the middle of its life, its loader and what was in the data."""
    torch.manual_seed(0)
    net = Restless()
    for p in net.bn.parameters():
        p.requires_grad_(False)
    net.frozen.eval()
    net.bn.register_forward_hook(lambda *_: None)
    net.bn.running_mean[0] = float("nan")
    x = torch.randn(24, 3)
    net(x.clone()).sum().backward()
    generator = torch.Generator().manual_seed(3)
    loader = DataLoader(TensorDataset(x), 6, shuffle=True, generator=generator)
    return net, loader, x.clone()


def same(net, loader, before, x, drawn):
    after = state_of(net)
    for name, value in before.items():
        assert after[name] == value, name
    assert torch.equal(loader.dataset.tensors[0], x)
    assert torch.equal(loader.generator.get_state(), drawn)


def test_everything_is_as_before(handed_over):
    net, loader, x = handed_over
    before, drawn = state_of(net), loader.generator.get_state()
    versions = [t._version for t in net.bn.parameters()] + [net.bn.running_mean._version]
    record = measure(net, loader)
    same(net, loader, before, x, drawn)
    assert versions == [t._version for t in net.bn.parameters()] + [net.bn.running_mean._version]
    assert record.n_passes > 16
    assert torch.is_grad_enabled()
    # The same numbers again: a check-up draws nothing that differs.
    again = measure(net, loader)
    assert [o.gap for o in record.outcomes] == [o.gap for o in again.outcomes]
    assert record.layers[1].trained_var == pytest.approx(again.layers[1].trained_var, rel=0)


@pytest.mark.parametrize("fails_at", [2, 3, 4, 5, 9, 17, 20])
@pytest.mark.parametrize("error", [RuntimeError("out of memory"), KeyboardInterrupt()])
def test_model_that_fails_in_the_middle(handed_over, fails_at, error):
    net, loader, x = handed_over
    net.fails_at, net.error = net.n_calls + fails_at, error
    before, drawn = state_of(net), loader.generator.get_state()
    # A step or a half batch that fails is left out: the model did run before.
    optional = fails_at in (2, 3) and isinstance(error, RuntimeError)
    if optional:
        measure(net, loader)
    else:
        wanted = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else Refusal
        with pytest.raises(wanted):
            measure(net, loader)
    same(net, loader, before, x, drawn)


@pytest.mark.parametrize("at", [0, 2, 6])
@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt()])
def test_loader_that_fails(handed_over, at, error):
    net, loader, x = handed_over
    n = 0

    class Failing:
        generator = loader.generator

        def __iter__(self):
            nonlocal n
            for batch in loader:
                if n == at:
                    raise error
                n += 1
                yield batch

    before, drawn = state_of(net), loader.generator.get_state()
    with pytest.raises(Refusal if isinstance(error, OSError) else KeyboardInterrupt) as caught:
        measure(net, Failing())
    same(net, loader, before, x, drawn)
    if isinstance(error, OSError):
        assert "disk" in str(caught.value)
        assert f"batch {at % 4 + 1}" in str(caught.value)


def test_loss_and_its_gradient_hooks_are_left_alone():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("n", torch.zeros(()))

        def forward(self, out, y):
            self.n += 1
            return (out - y).square().mean()

    stepped = []
    net, loss = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), Counting()
    handle = net[0].weight.register_post_accumulate_grad_hook(stepped.append)
    net[0].bias.register_hook(stepped.append)
    net[1].register_full_backward_hook(lambda *_: stepped.append(1))
    hooks = dict(net[0].weight._post_accumulate_grad_hooks)
    x = torch.randn(4, 8, 3)
    record = measure(net, [(b, torch.zeros(8, 4)) for b in x], loss=loss)
    assert record.layers[0].updates == 1
    assert loss.n == 0
    assert not stepped
    assert net[0].weight.grad is None
    assert dict(net[0].weight._post_accumulate_grad_hooks) == hooks
    net(x[0]).sum().backward()
    assert len(stepped) == 3
    handle.remove()


def test_batches_in_a_list_are_not_written_into():
    class Centred(nn.Module):
        def forward(self, x):
            x -= 1
            return x

    batches = list(torch.randn(4, 8, 3))
    kept = [x.clone() for x in batches]
    record = measure(nn.Sequential(Centred(), nn.BatchNorm1d(3)), batches)
    assert all(map(torch.equal, batches, kept))
    expected = torch.cat(kept).mean(0) - 1
    assert record.layers[0].mean == pytest.approx(expected.numpy(), rel=1e-5)


def test_model_made_in_inference_mode_is_examined_in_it_and_outside():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("n", torch.zeros(()))

        def forward(self, x):
            with torch.inference_mode():
                self.n += 1
            return x

    x = torch.randn(4, 8, 3)
    with torch.inference_mode():
        net = nn.Sequential(Counting(), nn.Linear(3, 4), nn.BatchNorm1d(4))
        measure(net, list(x))
    assert measure(net, list(x)).layers[0].counter == 0
    assert net[0].n == 0
    assert net[1].weight.is_inference()


def test_batches_get_no_gradient_and_tensors_without_content_stay():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    net.register_buffer("later", torch.empty(2, device="meta"))
    batches = [x.requires_grad_() for x in torch.randn(4, 8, 3).unbind()]
    later = net.later
    measure(net, batches)
    assert all(x.grad is None for x in batches)
    assert net.later is later
    assert int(net[1].num_batches_tracked) == 0


def test_graph_that_waits_for_its_backward_pass_can_still_have_it():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    x = torch.randn(4, 8, 3)
    waiting = net(x[0]).square().sum()
    measure(net, list(x))
    waiting.backward()
    assert net[0].weight.grad is not None


def test_memory_holds_no_activations_of_other_batches():
    """While a batch runs, no tensor of an earlier one is alive that is as large as a batch."""
    alive, most = [], []

    class Noting(nn.Module):
        def forward(self, x):
            most.append(sum(ref() is not None for ref in alive))
            out = x * 2
            alive.append(weakref.ref(out))
            return out

    net = nn.Sequential(Noting(), nn.BatchNorm1d(4), nn.Linear(4, 2))
    measure(net, list(torch.randn(10, 64, 4)), max_batches=10)
    assert len(most) > 40
    assert max(most) <= 1


def test_a_generator_that_draws_leaves_the_random_numbers_as_they_were():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    before = torch.get_rng_state(), random.getstate()
    measure(net, (torch.randn(8, 3) + random.random() for _ in range(3)))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
