"""A report: what its file holds, what is refused, and how it is shown."""

import base64
import dataclasses
import json
import pickle
import re
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from bnviz.doctor import Report, Unreadable, __main__, examine
from bnviz.doctor.file import LARGEST_FILE, _packed, _unpacked
from bnviz.doctor.record import Layer, Record


def model_and_loader():
    """Return a network with a channel that is not finite, and three batches."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(36, 4),
        nn.BatchNorm1d(4, affine=False),
    )
    net[1].running_mean[2] = float("nan")
    g = torch.Generator().manual_seed(1)
    batches = [
        (torch.randn(8, 3, 5, 5, generator=g), torch.randint(4, (8,), generator=g))
        for _ in range(3)
    ]
    return net, batches


@pytest.fixture(scope="module")
def report():
    net, batches = model_and_loader()
    averaged = torch.optim.swa_utils.AveragedModel(net)
    return examine(net, batches, eval_loader=batches[:1], averaged=averaged)


@pytest.fixture(scope="module")
def saved(report, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "model.bn.json"
    report.save(path)
    return path


def same(a, b, where=""):
    """Compare two records: arrays to 16 bits, the rest exactly, without gamma and beta."""
    for field in dataclasses.fields(a):
        x, y = getattr(a, field.name), getattr(b, field.name)
        name = f"{where}.{field.name}"
        if field.name in ("gamma", "beta"):
            assert y is None
        elif isinstance(x, np.ndarray):
            np.testing.assert_allclose(y, x, rtol=2**-16, atol=1e-37, err_msg=name)
        elif dataclasses.is_dataclass(x):
            same(x, y, name)
        elif isinstance(x, tuple) and x and dataclasses.is_dataclass(x[0]):
            assert len(x) == len(y)
            for i, pair in enumerate(zip(x, y, strict=True)):
                same(*pair, f"{name}[{i}]")
        elif isinstance(x, float | tuple):
            np.testing.assert_array_equal(x, y, err_msg=name)
        else:
            assert x == y, name


def test_file_gives_back_what_was_measured_and_found(report, saved):
    again = Report.load(saved)
    same(report.record, again.record)
    assert len(again.findings) == len(report.findings) > 0
    for a, b in zip(report.findings, again.findings, strict=True):
        assert dataclasses.replace(a, evidence={}) == dataclasses.replace(b, evidence={})
        np.testing.assert_equal(dict(a.evidence), dict(b.evidence))
    # Saving again changes nothing.
    again.save(saved.with_suffix(".2"))
    third = Report.load(saved.with_suffix(".2"))
    same(again.record, third.record)


def test_numbers_are_packed_with_sixteen_bits():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(500) * 10.0 ** rng.integers(-30, 30, 500)
    x[:5] = [np.nan, np.inf, -np.inf, 0.0, -0.0]
    x[5] = 3.4e38
    packed = _unpacked(_packed(x), len(x))
    np.testing.assert_allclose(packed[:5], x[:5])
    np.testing.assert_allclose(packed[6:], x[6:], rtol=2**-16)


def test_file_holds_no_weights_and_no_data():
    """Numbers that are easily known are put everywhere, and looked for in all forms."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4))
    for p in net.parameters():
        nn.init.uniform_(p, 0.5, 1.5)
    batches = [(torch.randn(8, 8), torch.randint(4, (8,))) for _ in range(4)]
    report = examine(net, batches)
    text = text_of(report)
    numbers = np.array(all_numbers(json.loads(text)))
    assert len(numbers) > 100
    # Quantiles of gamma and beta are there, but for the least and the largest none is a value.
    spreads = [s for layer in report.record.layers for s in (layer.gamma_spread, layer.beta_spread)]
    numbers = numbers[~np.isin(numbers, np.concatenate(spreads))]
    for secret in [*net.parameters(), *(x for x, _ in batches)]:
        values = secret.detach().flatten().double().numpy()
        found = np.isclose(values[:, None], numbers[None], rtol=2**-15, atol=0).any(1)
        # A few numbers agree by chance.
        assert found.mean() < 0.15, (tuple(secret.shape), values[found])


def text_of(report):
    from bnviz.doctor import file

    return file.written(report.record, report.findings)


def all_numbers(value):
    """Return every number of a file, those in arrays too."""
    if isinstance(value, dict) and set(value) == {"shape", "base64"}:
        return list(_unpacked(value["base64"], int(np.prod(value["shape"]))))
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [n for item in value for n in all_numbers(item)]
    return [value] if isinstance(value, float) else []


def test_sixty_layers_of_2048_channels_take_less_than_5_mb(report):
    rng = np.random.default_rng(0)
    small = report.record.layers[0]
    wide = {
        f.name: rng.lognormal(0, 2, 2048)
        for f in dataclasses.fields(Layer)
        if isinstance(getattr(small, f.name), np.ndarray)
    }
    wide |= {"trained_mean": rng.standard_normal(2048), "trained_var": rng.lognormal(0, 2, 2048)}
    assert {"mean", "running_var", "eval_var", "scatter"} <= set(wide)
    shifts = tuple(rng.random(32))
    layer = dataclasses.replace(small, channels=2048, batch_shift=shifts, **wide)
    record = dataclasses.replace(report.record, layers=(layer,) * 60, averaged=None)
    text = text_of(Report(record, report.findings))
    assert len(text.encode()) < 5e6
    same(record, Report.loads(text.encode()).record)


def edited(saved, change):
    """Return the bytes of the file after a change of its content."""
    content = json.loads(saved.read_text(encoding="utf-8"))
    change(content)
    return json.dumps(content).encode()


def put(*path, value):
    """Return a change that puts a value somewhere."""

    def change(content):
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value

    return change


def drop(*path):
    def change(content):
        for key in path[:-1]:
            content = content[key]
        del content[path[-1]]

    return change


LAYER = ("record", "layers", 1)
BOMB = base64.b64encode(zlib.compress(bytes(50_000_000))).decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("format", value="other"), ["no report"]),
        (put("version", value=2), ["version 2", "newer"]),
        (put("version", value="1"), ["version"]),
        (put("version", value=True), ["version"]),
        (drop("record"), ["record"]),
        (drop("findings"), ["findings"]),
        (drop(*LAYER, "mean"), ["record.layers[1]", "mean"]),
        (put(*LAYER, "eps", value="tiny"), ["record.layers[1].eps", "number", "tiny"]),
        (put(*LAYER, "eps", value=[]), ["record.layers[1].eps"]),
        (put(*LAYER, "channels", value=4.0), ["record.layers[1].channels", "whole"]),
        (put(*LAYER, "channels", value=10**30), ["record.layers[1].channels"]),
        (put(*LAYER, "channels", value=5), ["record.layers[1]", "5 channels"]),
        (put(*LAYER, "kind", value="<b>"), ["record.layers[1].kind", "<b>"]),
        (put(*LAYER, "training", value=1), ["record.layers[1].training"]),
        (put(*LAYER, "running_var", value=None), ["record.layers[1]", "running"]),
        (put(*LAYER, "__class__", value="os.system"), ["record.layers[1]", "__class__"]),
        (put(*LAYER, "batch_shift", value={"0": 1}), ["record.layers[1].batch_shift", "list"]),
        (put(*LAYER, "gamma_spread", value=[1.0]), ["record.layers[1].gamma_spread", "5"]),
        (put(*LAYER, "neighbours", value=3), ["record.layers[1].neighbours", "table"]),
        (put(*LAYER, "mean", "base64", value="?"), ["record.layers[1].mean"]),
        (put(*LAYER, "mean", "base64", value="QUJD"), ["record.layers[1].mean", "damaged"]),
        (put(*LAYER, "mean", "base64", value=BOMB), ["record.layers[1].mean", "damaged"]),
        (put(*LAYER, "mean", "shape", value=[10**9]), ["record.layers[1].mean", "more numbers"]),
        (put(*LAYER, "mean", "shape", value=[-4]), ["record.layers[1].mean.shape"]),
        (put(*LAYER, "mean", "shape", value=[2, 2]), ["record.layers[1].mean", "channels"]),
        (put("record", "outcomes", 0, "mode", value="?"), ["record.outcomes[0]"]),
        (put("record", "averaged", "averaged", value=[]), ["record.averaged.averaged"]),
        (put("findings", 0, "severity", value="fatal"), ["findings[0]", "severity"]),
        (put("findings", 0, "evidence", "x", value="y"), ["findings[0].evidence.x", "number"]),
    ],
)
def test_damaged_or_hostile_file_is_refused_with_its_place(saved, change, words):
    with pytest.raises(Unreadable) as caught:
        Report.loads(edited(saved, change))
    said = str(caught.value)
    assert all(word in said for word in words), said
    assert len(said) < 300
    assert "\n" not in said


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ["line 1, column 1"]),
        (b"[1, 2]", ["no report"]),
        (b'{"format":\n "bnviz.doctor", }', ["line 2"]),
        (pickle.dumps({"a": 1}), ["byte 0"]),
        (b"[" * 100_000, ["deep"]),
        (b'{"format": "bnviz.doctor", "version": ' + b"1" * 5000 + b"}", ["damaged"]),
        (b" " * (LARGEST_FILE + 1), ["10 MB"]),
    ],
)
def test_other_files_are_refused(data, words):
    with pytest.raises(Unreadable) as caught:
        Report.loads(data)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_file_that_is_cut_is_refused_everywhere(saved):
    data = saved.read_bytes()
    for end in range(0, len(data) - 1, len(data) // 40):
        with pytest.raises(Unreadable):
            Report.loads(data[:end])


def test_table_says_what_was_found_and_measured(report):
    text = str(report)
    assert [f.code for f in report.findings] == re.findall(r"^[A-Z]+ +([a-z-]+)$", text, re.M)
    for outcome in report.record.outcomes:
        loss = "NaN" if np.isnan(outcome.loss) else f"{outcome.loss:.4g}"
        assert loss in text
    for layer in report.record.layers:
        assert re.search(rf"^{layer.name} +{layer.class_name} +4 ", text, re.M)
    rows = [line for line in text.splitlines() if not line.startswith(" " * 12)]
    assert max(map(len, rows)) <= 100


def hostile(report):
    """Return the report with names that try to be code."""
    name = '</td><script>alert("x")</script>\x1b[2J'
    layer = dataclasses.replace(report.record.layers[0], name=name, class_name=name)
    record = dataclasses.replace(report.record, model=name, layers=(layer,), loss_name=name)
    finding = dataclasses.replace(report.findings[0], code=name, layers=(name,), sentence=name)
    return Report(record, (finding,))


def test_page_stands_alone_and_runs_nothing(report, tmp_path):
    for each in (report, hostile(report)):
        each.to_html(tmp_path / "model.bn.html")
        page = (tmp_path / "model.bn.html").read_text(encoding="utf-8")
        assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|src=|href=", page)
        assert "http" not in page.replace("http-equiv", "")
        assert page.count("<svg") == 3 * (len(each.record.layers) + 2)
        for finding in each.findings:
            assert f'class="{finding.severity}"' in page
    assert "not finite" in page


def test_terminal_gets_no_commands(report):
    assert "\x1b" not in str(hostile(report))


def test_command_shows_a_file(saved, report, capsys, tmp_path):
    code = __main__.main([str(saved), "--html", str(tmp_path / "a.html")])
    shown = capsys.readouterr().out
    assert shown.strip() == str(Report.load(saved))
    assert code == int(any(f.severity == "error" for f in report.findings))
    assert (tmp_path / "a.html").stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.json"], "nowhere.json"),
        (["examine", "nowhere:f"], "nowhere"),
        (["examine", "bnviz.numerals:nothing"], "nothing"),
        (["examine", "bnviz.numerals"], "package.module:function"),
        (["examine", "os:getcwd"], "model and a loader"),
        (["a", "b", "c"], "wanted"),
    ],
)
def test_command_says_what_it_wanted(arguments, words, capsys):
    assert __main__.main(arguments) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


def test_command_examines_what_a_function_returns(tmp_path, monkeypatch, capsys):
    code = Path(__file__).read_text(encoding="utf-8")
    start = code.index("def model_and_loader")
    body = code[start : code.index("\n\n\n", start)]
    (tmp_path / "mine.py").write_text(f"import torch\nfrom torch import nn\n\n{body}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert __main__.main(["examine", "mine:model_and_loader", "--save", "model.bn.json"]) == 1
    assert "non-finite-statistics" in capsys.readouterr().out
    assert isinstance(Report.load("model.bn.json").record, Record)
    del sys.modules["mine"]


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "KeyError('weights')"])
def test_command_survives_the_function_that_it_calls(error, tmp_path, monkeypatch, capsys):
    (tmp_path / "broken_maker.py").write_text(f"def make():\n    raise {error}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert __main__.main(["examine", "broken_maker:make"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "KeyError" not in error or "weights" in said
    del sys.modules["broken_maker"]


def test_package_needs_numpy_alone():
    """A stranger imports it without PyTorch, and opens a report."""
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from bnviz.doctor import Report, examine\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & "
        "{'streamlit', 'plotly', 'pandas', 'loky', 'scipy'}))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]", done.stderr
