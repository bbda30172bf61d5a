"""What stands around a norm layer is told from the calls of one forward pass."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from bnviz.doctor.measure import measure


def around(network, *shape, layer=0):
    """Return what stands around a norm layer of a network."""
    g = torch.Generator().manual_seed(0)
    batches = [torch.randn(4, *shape, generator=g) for _ in range(2)]
    return measure(network, batches).layers[layer].neighbours


@pytest.mark.parametrize(
    ("before", "shape", "told"),
    [
        ([nn.Conv2d(3, 4, 3)], (3, 5, 5), ("conv2d", True, 1, False)),
        ([nn.Conv2d(3, 4, 3, bias=False)], (3, 5, 5), ("conv2d", False, 1, False)),
        ([nn.Conv2d(4, 4, 3, groups=2)], (4, 5, 5), ("conv2d", True, 2, False)),
        ([nn.ConvTranspose2d(4, 4, 3, groups=4)], (4, 5, 5), ("conv_transpose2d", True, 4, True)),
        ([nn.Conv2d(3, 4, 3), nn.Identity(), nn.ReLU()], (3, 5, 5), ("relu", False, 1, False)),
        ([nn.Flatten(2), nn.Conv1d(3, 4, 3, bias=False)], (3, 5), ("conv1d", False, 1, False)),
        ([], (4, 5, 5), ("", False, 1, False)),
    ],
)
def test_what_stands_before(before, shape, told):
    norm = nn.BatchNorm1d(4) if "1d" in told[0] else nn.BatchNorm2d(4)
    found = around(nn.Sequential(*before, norm), *shape)
    assert (
        found.before,
        found.bias_before,
        found.groups_before,
        found.transposed_before,
    ) == told
    assert found.behind == ()


def test_shapes_are_looked_through():
    network = nn.Sequential(nn.Linear(3, 4), nn.Unflatten(1, (4, 1)), nn.BatchNorm1d(4))
    found = around(network, 3)
    assert (found.before, found.bias_before) == ("linear", True)


def zero_padded(x):
    return functional.conv1d(functional.pad(x, (1, 1)), torch.ones(1, 4, 3))


def reflected(x):
    return functional.conv1d(functional.pad(x, (1, 1), mode="reflect"), torch.ones(1, 4, 3))


class Call(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


@pytest.mark.parametrize(
    ("behind", "relu", "padded"),
    [
        (nn.ReLU(), True, False),
        (nn.ReLU(inplace=True), True, False),
        (Call(torch.relu), True, False),
        (Call(lambda x: x.relu()), True, False),
        (nn.ReLU6(), True, False),
        (nn.Tanh(), False, False),
        (nn.LeakyReLU(), False, False),
        (nn.Conv1d(4, 2, 3, padding=1), False, True),
        (nn.Conv1d(4, 2, 3, padding="same"), False, True),
        (nn.Conv1d(4, 2, 3, padding="valid"), False, False),
        (nn.Conv1d(4, 2, 3), False, False),
        (nn.Conv1d(4, 2, 3, padding=1, padding_mode="circular"), False, False),
        (Call(zero_padded), False, True),
        (Call(reflected), False, False),
        (nn.Sequential(nn.ReLU(), nn.Conv1d(4, 2, 3, padding=1)), True, False),
    ],
)
def test_what_stands_behind(behind, relu, padded):
    found = around(nn.Sequential(nn.BatchNorm1d(4), behind), 4, 6)
    assert (found.relu_behind, found.padded_conv_behind) == (relu, padded)
    assert len(found.behind) == 1


def test_branch_is_seen_on_both_sides():
    class Branch(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.bn = nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4)

        def forward(self, x):
            h = self.conv(x)
            y = self.bn(h)
            return torch.relu(y) + y + h

    found = around(Branch(), 3, 6)
    assert found.input_shared
    assert set(found.behind) == {"relu", "add"}
    assert not around(nn.Sequential(nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4)), 3, 6).input_shared


def test_dropout_counts_back_to_the_last_norm_layer():
    network = nn.Sequential(
        *(nn.Dropout(0.7), nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU()),
        *(nn.Dropout(0.2), nn.Linear(4, 4), nn.Dropout(0.1), nn.BatchNorm1d(4)),
        *(nn.Linear(4, 4), nn.BatchNorm1d(4)),
    )
    rates = [around(network, 3, layer=i).dropout_before for i in range(3)]
    assert rates == [0.7, 0.2, 0.0]


def test_relu_inside_of_a_norm_layer_counts():
    class NormAct(nn.BatchNorm1d):
        def forward(self, x):
            return functional.relu(super().forward(x))

    assert around(nn.Sequential(NormAct(4), nn.Linear(4, 2)), 4).relu_behind
