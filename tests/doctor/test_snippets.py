"""The checks and repairs of the catalogue run as they stand, on a small model."""

import collections
import copy

import pytest

from bnviz.doctor.faults import faults
from tests.doctor.needed import torch

nn = torch.nn
BATCH = 16


class Small(nn.Module):
    """A convolution with batch norm, and a linear layer on its channels' means."""

    def __init__(self, n=4):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, n, 3), nn.BatchNorm2d(n), nn.ReLU())
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n, 2))

    def forward(self, x):
        """Return the logits."""
        return self.head(self.backbone(x))


def names():
    """Return what the lines of the catalogue may name: a model after one step, and its data."""
    torch.manual_seed(0)
    x, y = torch.randn(3 * BATCH + 1, 3, 6, 6), torch.randint(2, (3 * BATCH + 1,))
    data = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(data, BATCH)
    model = Small()

    def step(x, y):
        nn.functional.cross_entropy(model.train()(x), y).backward()

    step(x, y)
    conv, bn, _ = model.backbone
    return {
        **{"torch": torch, "collections": collections, "copy": copy},
        **{"DataLoader": torch.utils.data.DataLoader, "data": data, "loader": loader},
        **{"model": model, "conv": conv, "bn": bn, "norms": [bn], "step": step, "x": x, "y": y},
        **{"optimizer": torch.optim.SGD(model.parameters(), weight_decay=0.1), "channels": 64},
        **{"averaged": torch.optim.swa_utils.AveragedModel(model), "checkpointed_norms": [bn]},
        **{"x_train": x, "x_eval": x, "new_loader": loader, "mean": 0.0, "std": 1.0, "scale": 1.0},
        **{"fused": model, "groups": 2, "convt": nn.ConvTranspose2d(6, 4, 3, groups=2)},
        **{"self": nn.Module(), "n_streams": 2, "stream": 1, "c": 3, "blocks": [bn]},
    }


def run(code, known):
    """Run lines of the catalogue."""
    exec(compile(code, "catalogue", "exec"), known)
    return known


@pytest.mark.parametrize("code", faults())
def test_the_check_prints_what_it_finds(code, capsys):
    run(faults()[code].check, names())
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("code", [code for code in faults() if code != "unsynchronized"])
def test_the_repair_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known = names()
    torch.save(known["model"].state_dict(), "model.pt")
    if code == "depends-on-batch":
        known["bn"] = known["model"].backbone[1] = nn.BatchNorm2d(4, track_running_stats=False)
    run(faults()[code].repair, known)


def test_a_layer_without_statistics_has_them_after_the_repair():
    known = names()
    known["bn"] = known["model"].backbone[1] = nn.BatchNorm2d(4, track_running_stats=False)
    fault = faults()["depends-on-batch"]
    found = []
    for lines in (fault.check, fault.repair + "\n" + fault.check):
        run(lines.replace("print", "moved ="), known)
        found.append(known["moved"].item())
    assert found[1] < 1e-5 < found[0]


def test_a_transposed_convolution_is_folded():
    known = names()
    bn, convt = nn.BatchNorm2d(4), known["convt"]
    bn.running_mean.normal_()
    bn.running_var.uniform_(0.5, 2)
    for parameter in bn.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(2, 6, 5, 5)
    wanted = bn.eval()(convt(x))
    run(faults()["fold-limits"].repair, {**known, "bn": bn, "conv": nn.Conv2d(3, 4, 3)})
    torch.testing.assert_close(convt(x), wanted, rtol=1e-4, atol=1e-5)


def test_independent_batches_give_about_one_and_sorted_ones_far_more():
    torch.manual_seed(0)
    level = torch.randn(64 * BATCH)[:, None, None, None]  # the pixels of an image belong together
    found = []
    for order in (torch.arange(len(level)), level.flatten().argsort()):
        data = torch.utils.data.TensorDataset((level + torch.zeros(1, 2, 3, 3))[order], order)
        loader = torch.utils.data.DataLoader(data, BATCH)
        check = faults()["dependent-batches"].check.replace("print", "ratio = ")
        found.append(float(run(check, {"torch": torch, "loader": loader})["ratio"].mean()))
    assert 0.5 < found[0] < 1.6
    assert found[1] > 10
