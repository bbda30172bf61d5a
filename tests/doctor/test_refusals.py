"""What cannot be examined is refused, with a sentence that says what was wanted and given."""

import pytest
import torch
from torch import nn

from bnviz.doctor import Refusal, examine

X = torch.arange(96.0).reshape(4, 8, 3).sin()
BATCHES = list(X)


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(3)

    def forward(self, x, mask):
        return self.bn(x * mask)


class Quantized(nn.Module):
    """Stands for a module of a quantized model: those are known by the module of their class."""

    __module__ = "torch.ao.nn.quantized.modules.linear"


def net():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


def with_nan():
    x = X.clone()
    x[2, 1, 0] = float("nan")
    return list(x)


@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize(
    ("model", "loader", "given", "words"),
    [
        (nn.Linear(3, 4), BATCHES, {}, ["no norm layers", "Linear"]),
        (None, BATCHES, {}, ["Module", "NoneType"]),
        (net, [], {}, ["loader", "empty"]),
        (net, BATCHES[:1], {}, ["one batch", "two"]),
        (net, with_nan, {}, ["batch 3", "1 value", "NaN"]),
        (net, [x[:1] for x in BATCHES], {}, ["batches of one", "two or more"]),
        (net, [x[:0] for x in BATCHES], {}, ["batch 1", "no samples"]),
        (net, 7, {}, ["loader", "int"]),
        (net, ["text"], {}, ["batch 1", "tensors", "str"]),
        (TwoInputs, BATCHES, {}, ["model(x)", "mask", "forward="]),
        (net, [{"x": x} for x in BATCHES], {}, ["dict", "forward="]),
        (net, [(x, x, x) for x in BATCHES], {}, ["tuple", "3", "forward="]),
        (net, [x[:, :2] for x in BATCHES], {}, ["batch 1", "shapes"]),
        (lambda: torch.jit.script(net()), BATCHES, {}, ["scripted", "torch.jit"]),
        (lambda: torch.jit.trace(net().eval(), X[0]), BATCHES, {}, ["traced", "torch.jit"]),
        (lambda: nn.Sequential(net(), Quantized()), BATCHES, {}, ["'1'", "quantized", "float"]),
        (lambda: nn.Sequential(nn.LazyBatchNorm1d()), BATCHES, {}, ["lazy", "one batch"]),
        (net, BATCHES, {"max_batches": 1}, ["max_batches", "2", "got 1"]),
        (net, BATCHES, {"max_batches": 2.5}, ["max_batches", "2.5"]),
        (net, BATCHES, {"loss": 3}, ["loss", "int"]),
        (net, [(x, x) for x in BATCHES], {"loss": lambda *_: 1 / 0}, ["loss", "division"]),
        (net, [(x, x) for x in BATCHES], {"loss": lambda out, _: out}, ["one number", "(8, 4)"]),
        (net, BATCHES, {"optimizer": "sgd"}, ["optimizer", "str"]),
        (net, BATCHES, {"eval_loader": []}, ["eval_loader", "empty"]),
        (net, BATCHES, {"averaged": nn.Linear(3, 4)}, ["no norm layers"]),
    ],
)
def test_bad_input_gets_one_sentence(model, loader, given, words):
    model = model() if callable(model) and not isinstance(model, nn.Module) else model
    with pytest.raises(Refusal) as caught:
        examine(model, loader() if callable(loader) else loader, **given)
    said = str(caught.value)
    assert all(word in said for word in words), said
    assert "\n" not in said


def test_batches_of_one_with_space_are_examined():
    network = nn.Sequential(nn.Conv1d(3, 4, 1), nn.BatchNorm1d(4))
    record = examine(network, list(X.transpose(1, 2).split(1))).record
    assert record.layers[0].values_per_batch == (8,) * 4
    assert record.layers[0].scatter is None
    assert record.batch_dependence is None


def test_guess_that_does_not_fit_leaves_the_loss_out():
    words = examine(net(), [(x, torch.full((8,), 3)) for x in X]).record.loss_name
    assert "cross entropy" in words
    other = examine(net(), [(x, x[:, :2]) for x in X]).record
    assert other.loss_name.startswith("none")
    assert other.outcome("eval").loss is None
    wrong = [(x, torch.full((8,), 3 + (i == 1))) for i, x in enumerate(X)]
    outside = examine(net(), wrong).record
    assert "outside" in outside.loss_name
    assert outside.outcome("eval").loss is None
    model = net()
    classes = [torch.arange(8) % 4 for _ in X]
    whole, one_hot = (
        examine(model, list(zip(X, y, strict=True))).record.outcome("eval")
        for y in (classes, [nn.functional.one_hot(c, 4).float() for c in classes])
    )
    assert one_hot.loss == pytest.approx(whole.loss)
    assert one_hot.accuracy == whole.accuracy
    ignored = examine(model, [(x, torch.tensor([3, -100] * 4)) for x in X]).record.outcome("eval")
    alone = examine(model, [(x[::2], torch.full((4,), 3)) for x in X]).record.outcome("eval")
    assert ignored.loss == pytest.approx(alone.loss)
    assert ignored.accuracy == alone.accuracy
    assert examine(net(), [(x, ["a"] * 8) for x in X]).record.loss_name.startswith("none")


def test_sync_batch_norm_waits_for_nobody():
    from torch import distributed

    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    try:
        network = nn.Sequential(nn.Linear(3, 4), nn.SyncBatchNorm(4), nn.BatchNorm1d(4))
        record = examine(network, BATCHES).record
        with pytest.raises(ValueError, match="GPU"):  # what the module does by itself
            network(X[0])
    finally:
        distributed.destroy_process_group()
    assert [layer.kind for layer in record.layers] == ["sync", "batch"]
    assert record.outcome("train").gap == pytest.approx(0, abs=1e-5)
    assert record.layers[0].updates is None


def test_a_model_without_numbers_is_refused():
    with pytest.raises(Refusal, match="meta"):
        examine(net().to("meta"), [X[0], X[1]])


def test_a_layer_of_any_name_has_a_page(tmp_path):
    network = nn.Sequential()
    network.add_module("a\ud800<script>", nn.BatchNorm1d(X.shape[2]))
    examine(network, list(X)).to_html(tmp_path / "report.html")
    assert "<script>" not in (tmp_path / "report.html").read_text("utf-8")
