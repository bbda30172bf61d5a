"""Each fault of the catalogue happens in plain PyTorch, with the numbers that its text gives."""

import copy

import pytest

from tests.doctor.needed import torch

nn = torch.nn
SGD = torch.optim.SGD


def norm(features=1, **options):
    """Return a new layer in double precision."""
    return nn.BatchNorm1d(features, **options).double()


def size(y):
    """Return the largest size of some values."""
    return y.detach().abs().max().item()


def middle(y):
    """Return the mean of some values."""
    return y.detach().mean().item()


def column(*values):
    """Return values of one channel, one per sample."""
    return torch.tensor(values, dtype=torch.float64)[:, None]


def test_stale_statistics():
    bn = norm(momentum=0.01)
    for _ in range(50):
        bn(column(9.0, 11.0))
    assert bn.running_mean.item() == pytest.approx(10 * (1 - 0.99**50))
    assert bn.eval()(column(10.0)).item() > 1
    torch.optim.swa_utils.update_bn([column(9.0, 11.0)], bn)
    assert bn.running_mean.item() == pytest.approx(10)


def test_never_updated():
    trained = norm()
    trained(column(9.0, 11.0))
    loaded = norm()
    parameters = dict(trained.named_parameters())
    loaded.load_state_dict(parameters, strict=False)
    assert loaded.num_batches_tracked == 0
    assert (loaded.running_mean.item(), loaded.running_var.item()) == (0, 1)
    with pytest.raises(RuntimeError, match="Missing key"):
        loaded.load_state_dict(parameters)


def test_last_batch_statistics():
    bn = norm(momentum=0.99)
    for middle in (0.0, 10.0):
        bn(column(middle - 1, middle + 1))
    assert bn.running_mean.item() == pytest.approx(9.9)


def test_non_finite_statistics():
    bn = norm()
    bn(column(1.0, torch.inf))
    for _ in range(50):
        bn(column(-1.0, 1.0))
    assert not bn.running_mean.isfinite().any()
    assert bn.running_var.isnan().all()
    bn.reset_running_stats()
    bn(column(-1.0, 1.0))
    assert bn.eval()(column(0.5)).isfinite().all()


def test_frozen_mismatch():
    bn = norm()
    bn.running_mean.fill_(0.5)
    bn.running_var.fill_(0.0625)
    bn.eval()
    assert size(bn(column(0.25, 0.75))) == pytest.approx(1, abs=1e-3)
    assert size(bn(255 * column(0.25, 0.75))) > 700


def test_shifted_data():
    bn = norm(momentum=None)
    bn(column(-1.0, 0.0, 1.0))
    bn.eval()
    assert middle(bn(column(-1.0, 0.0, 1.0))) == pytest.approx(0)
    assert middle(bn(column(2.0, 3.0, 4.0))) == pytest.approx(3, abs=1e-4)


def test_averaged_weights():
    batches = [torch.randn(64, 1, dtype=torch.float64) + 1 for _ in range(8)]
    model = nn.Sequential(nn.Linear(1, 1, bias=False), norm(momentum=1.0)).double()
    nn.init.constant_(model[0].weight, 1.0)
    averaged = torch.optim.swa_utils.AveragedModel(model)
    for weight in (1.0, 9.0):
        nn.init.constant_(model[0].weight, weight)
        model(batches[0])
        averaged.update_parameters(model)
    x = torch.cat(batches)
    with torch.no_grad():
        assert averaged.module[0].weight.item() == pytest.approx(5)
        assert averaged.eval()(x).std().item() == pytest.approx(5 / 9, rel=0.3)
        torch.optim.swa_utils.update_bn(batches, averaged)
        assert averaged.eval()(x).std().item() == pytest.approx(1, abs=0.05)


def test_batch_too_small():
    bn = norm()
    assert bn(column(3.0, 300.0)).abs().round(decimals=6).unique().item() == 1
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        bn(column(3.0))
    batches = torch.utils.data.DataLoader(range(65), batch_size=64)
    assert len(list(batches)[-1]) == 1
    x = column(0.0, 1.0, 2.0, 7.0)  # accumulation normalizes each part by itself
    assert size(bn(x) - torch.cat([bn(x[:2]), bn(x[2:])])) > 0.5


def test_depends_on_batch():
    bn = norm(track_running_stats=False).eval()
    assert size(bn(column(0.0, 1.0))[0] - bn(column(0.0, -1.0))[0]) > 1.9


def test_dependent_batches():
    bn = norm(momentum=None)
    classes = [column(-0.1, 0.1), column(9.9, 10.1)]
    for batch in classes:
        assert middle(bn(batch)) == pytest.approx(0)  # what tells the classes apart is gone
    assert bn.running_var.item() == pytest.approx(0.02)  # the true one is above 25
    assert middle(bn.eval()(classes[0])) < -30


def test_shared_layer():
    bn, parts = norm(), torch.tensor([-1.0, 1.0], dtype=torch.float64)[:, None]
    for _ in range(500):
        bn(parts)
        bn(parts + 10)
    assert bn.running_mean.item() == pytest.approx(10 / 1.9)
    assert middle(bn.eval()(parts)) == pytest.approx(-10 / 1.9 / 2**0.5, rel=1e-4)


def test_double_update():
    from torch.utils.checkpoint import checkpoint

    x = column(9.0, 11.0).requires_grad_()
    bn = norm()
    checkpoint(bn, x, use_reentrant=False).sum().backward()
    assert bn.running_mean.item() == pytest.approx(1.9)
    assert bn.num_batches_tracked == 2
    mended = norm(momentum=1 - 0.9**0.5)
    checkpoint(mended, x, use_reentrant=False).sum().backward()
    assert mended.running_mean.item() == pytest.approx(1)


def test_unsynchronized():
    x = torch.cat([column(-1.0, 1.0), column(9.0, 11.0)])
    bn = norm()
    apart = torch.cat([bn(x[:2]), bn(x[2:])])
    assert (apart - bn(x)).abs().max() > 0.8


def test_updates_while_frozen():
    bn = norm()
    bn.running_mean.fill_(0.110)
    bn.requires_grad_(requires_grad=False)
    with torch.no_grad():
        for _ in range(5):
            bn(column(9.0, 11.0))
    assert bn.running_mean.item() == pytest.approx(4.16, abs=5e-4)


def test_mixed_modes():
    model = nn.Sequential(norm(), norm())
    model.blocks = [norm()]  # a plain list is no child
    model.eval()
    assert not model[0].training
    assert model.blocks[0].training


def test_decayed_affine():
    bn = norm()
    optimizer = SGD(bn.parameters(), lr=0.1, weight_decay=5e-4)
    for _ in range(100):
        optimizer.zero_grad()
        (0 * bn(column(-1.0, 1.0)).sum()).backward()
        optimizer.step()
    assert bn.weight.item() == pytest.approx((1 - 0.1 * 5e-4) ** 100)
    assert bn.weight.item() == pytest.approx(0.995012, abs=1e-6)


def test_epsilon_dominates():
    bn = norm(eps=1e-5)
    spread = 1e-5**0.5
    assert size(bn(column(-spread, spread))) == pytest.approx(0.5**0.5)


def test_dead_channels():
    bn = norm(2)
    nn.init.constant_(bn.bias, -10.0)
    x = torch.randn(16, 2, dtype=torch.float64)
    y = bn(x).relu()
    y.sum().backward()
    assert y.abs().max() == 0
    assert bn.weight.grad.abs().max() == 0


def test_useless_bias():
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).double()
    x = torch.randn(16, 3, dtype=torch.float64)
    before = model(x)
    (before**3).sum().backward()
    assert model[0].bias.grad.abs().max() < 1e-10
    with torch.no_grad():
        model[0].bias += 100
        assert (model(x) - before).abs().max() < 1e-9
        assert (model.eval()(x) - before).abs().max() > 1


def test_dropout_before_norm():
    torch.manual_seed(0)
    x = torch.randn(200_000, 1).relu()
    dropped = nn.functional.dropout(x, 0.5)
    mean, var = x.mean(), x.var()
    assert (var / dropped.var()).item() == pytest.approx(0.405, abs=0.01)
    assert (var / dropped.var()).item() == pytest.approx(
        (var * 0.5 / (var + 0.5 * mean**2)).item(), abs=0.01
    )


def test_low_precision():
    x = torch.tensor([[-2000.0], [2000.0]])
    bn = nn.BatchNorm1d(1).half()
    bn(x.half())
    assert bn.running_var.isinf()
    near = 1000 + torch.linspace(-0.2, 0.2, 64)
    assert near.unique().numel() == 64
    assert near.half().unique().numel() == 1


def test_fold_limits():
    bn = nn.BatchNorm2d(1)
    bn.running_mean.fill_(-5.0)
    conv = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    nn.init.ones_(conv.weight)
    model = nn.Sequential(bn, conv).eval()
    folded = copy.deepcopy(conv)
    folded.bias = nn.Parameter(torch.tensor([45.0]))
    x = torch.zeros(1, 1, 4, 4)
    with torch.no_grad():
        assert model(x)[0, 0, 0].tolist() == pytest.approx([20, 30, 30, 20], abs=1e-3)
        assert folded(x)[0, 0, 0].tolist() == pytest.approx([45, 45, 45, 45], abs=1e-3)
    with pytest.raises(AssertionError, match="Fusion only for eval"):
        nn.utils.fusion.fuse_conv_bn_eval(conv.train(), nn.BatchNorm2d(1))
