"""What gets installed is exactly what was tested, and the check script holds together."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CI = ROOT / ".ci" / "run"
REQUIREMENTS = ("requirements.txt", "tests/requirements.txt")


def lines(path):
    """Return the lines of a requirements file that are not empty."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip()]


def pins(path):
    """Return the requirements of a file as {name: version}."""
    return dict(line.split("==") for line in lines(path) if not line.startswith("#"))


def third_party(*roots):
    """Return the top-level modules, neither ours nor Python's, that the files import."""
    names = set()
    for root in roots:
        paths = [root] if root.is_file() else root.rglob("*.py")
        for node in (n for p in paths for n in ast.walk(ast.parse(p.read_text(encoding="utf-8")))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    ours = {p.stem for p in ROOT.glob("*.py")} | {"bnviz", "benchmarks", "tests"}
    ours |= {"_typeshed"}  # nobody's: it exists only for the type checker
    return names - sys.stdlib_module_names - ours


@pytest.mark.parametrize("path", REQUIREMENTS)
def test_every_requirement_is_pinned_and_says_what_it_is_for(path):
    above = ""
    for line in lines(path):
        if not line.startswith("#"):
            assert re.fullmatch(r"[a-z0-9_-]+==\d+(\.\d+)+", line), f"{line!r} is no exact pin"
            assert re.match(r"# \w+", above), f"{line!r} has no comment above it"
        above = line
    assert len(pins(path)) >= 5


@pytest.mark.parametrize("path", REQUIREMENTS)
def test_pins_are_the_installed_versions(path):
    # A build tag such as "+cpu" says where a file came from, not which version it is.
    installed = {name: metadata.version(name).split("+")[0] for name in pins(path)}
    assert installed == pins(path)


def test_no_package_is_required_twice():
    assert not set(pins(REQUIREMENTS[0])) & set(pins(REQUIREMENTS[1]))


def test_everything_imported_is_required():
    app = third_party(ROOT / "bnviz", ROOT / "pages", ROOT / "app.py")
    assert "numpy" in app
    assert app - {"distributed"} <= set(pins(REQUIREMENTS[0]))  # that is for many machines only
    tests = third_party(ROOT / "tests", ROOT / "benchmarks")
    assert "pytest" in tests
    assert tests <= set(pins(REQUIREMENTS[0])) | set(pins(REQUIREMENTS[1]))


def test_no_file_beats_requirements_txt():
    """Streamlit Community Cloud takes the first of these that it finds, before requirements.txt."""
    stray = [name for name in ("uv.lock", "Pipfile", "environment.yml") if (ROOT / name).exists()]
    assert not stray


@pytest.fixture
def check(tmp_path):
    """Return a function that runs the check script with a stand-in for every program.

    It returns the run and the commands that it gave. Those that contain ``failing`` fail.
    """
    script, log = tmp_path / ".ci" / "run", tmp_path / "log"
    for name in ("python3", "chromium", "python", "ruff", "mypy"):
        program = tmp_path / ("bin" if name in ("python3", "chromium") else ".venv/bin") / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(
            f'#!/bin/sh\ncall="{name} $*"\necho "$BNVIZ_REQUIRE_ALL $call" >> {log}\n'
            'case "$call" in *"$FAILING"*) exit 3 ;; esac\n'
        )
        program.chmod(0o755)
    script.parent.mkdir()
    shutil.copy(CI, script)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"

    def run(failing="no such call"):
        environment = os.environ | {"PATH": path, "FAILING": failing}
        done = subprocess.run([script], env=environment, capture_output=True, text=True)
        calls = log.read_text().splitlines()
        assert all(call.startswith("1 ") for call in calls)  # what is missing fails
        return done, [c[2:] for c in calls if not re.match(r"1 python3 (-c|--version)", c)]

    return run


def readme_command(name):
    """Return the command of the README's block below this name."""
    text = (ROOT / "README.md").read_text("utf-8")
    (command,) = re.findall(rf"^<!-- ci: {name} -->\n```bash\n(.*)\n```$", text, re.M)
    return command


def test_check_script_gives_the_readmes_commands_and_then_asks_the_tools(check):
    done, calls = check()
    assert done.returncode == 0, done.stdout + done.stderr
    command = readme_command("test command").replace(".venv/bin/", "").replace('"', "")
    tools = ["ruff check .", "ruff format --check .", "mypy "]
    assert calls == [*command.split(" && "), *tools]


@pytest.mark.parametrize(
    ("failing", "stage"),
    [
        ("pip install", "requirements"),
        ("not e2e", "tests without a browser"),
        ("tests/e2e", "browser tests"),
        ("ruff check", "ruff check"),
        ("ruff format", "ruff format"),
        ("mypy", "mypy"),
    ],
)
def test_check_script_names_what_failed_and_runs_the_rest(check, failing, stage):
    done, calls = check(failing)
    assert done.returncode == 1
    assert re.fullmatch(rf"FAILED after \d+ s: {stage}", done.stdout.splitlines()[-1])
    assert len(calls) == 7
    assert calls[-1] == "mypy "


def test_readme_starts_the_app_with_one_command():
    command = readme_command("start command")
    assert command.startswith("python3 -m venv .venv && ")
    assert " -r requirements.txt && " in command
    assert command.endswith(" run app.py")


def app_without_pytorch():
    """Return the part of a command that installs all of requirements.txt except PyTorch."""
    names = [name for name in pins("requirements.txt") if name != "torch"]
    return f"-c requirements.txt {' '.join(names)}"


def test_readme_starts_the_app_without_pytorch_with_one_command():
    with_it, without = (
        readme_command("start command"),
        readme_command("start command without PyTorch"),
    )
    assert without == with_it.replace("-r requirements.txt", app_without_pytorch())


def container(word):
    """Return the lines of the container file that begin with this word, without it."""
    text = written("docs/Containerfile").replace("\\\n", " ")
    return re.findall(rf"^\s*{word}\s+(.*)$", text, re.M)


def test_the_container_installs_and_starts_what_the_readme_does():
    (python,) = container("ARG")
    version = re.fullmatch(r"PYTHON=(3\.\d+)", python)[1]
    assert f"Python {version} or newer" in written("README.md").split("## Deploy it")[1]
    assert any(
        line.endswith(f"pip install --no-cache-dir {app_without_pytorch()}")
        for line in container("RUN")
    )
    (start,) = map(json.loads, container("CMD"))
    (check,) = (json.loads(line.split(" CMD ")[1]) for line in container("HEALTHCHECK"))
    command = " ".join(start)
    assert readme_command("start command").split("/bin/")[-1] in command
    (port,) = container("EXPOSE")
    assert f"--server.port={port}" in command
    assert f"http://localhost:{port}/_stcore/health" in check[-1]
    assert f"-p {port}:{port} " in written("docs/Containerfile")
    compile(check[-1], "health check", "exec")


def test_the_container_holds_all_that_the_app_reads_and_runs_as_nobody_in_particular():
    copied = {source for line in container("COPY") for source in line.split()[:-1]}
    assert copied == {"requirements.txt", "app.py", ".streamlit", "bnviz", "pages"}
    (user,) = container("USER")
    assert min(map(int, user.split(":"))) > 0
    last = written("docs/Containerfile").split("\nUSER ")[1]
    assert "RUN" not in last
    assert "COPY" not in last


def written(path):
    """Give the text of a page for people."""
    return (ROOT / path).read_text("utf-8")


def test_the_readmes_examples_run(monkeypatch, capsys, pytorch, tmp_path):
    from plotly.graph_objects import Figure

    # What a reader who has a model has.
    names = {
        "model": pytorch.nn.BatchNorm1d(3),
        "loader": list(pytorch.randn(4, 8, 3)),
    }
    monkeypatch.chdir(tmp_path)
    shown = []
    monkeypatch.setattr(Figure, "show", lambda figure: shown.append(figure))
    examples = re.findall(r"^```python\n(.*?)^```$", written("README.md"), re.M | re.S)
    for example in examples:
        exec(compile(example, "README.md", "exec"), dict(names))
    assert (len(examples), len(shown)) == (3, 2)
    assert {p.name for p in tmp_path.iterdir()} == {"model.bn.json", "model.bn.html"}
    assert all(figure.layout.title.text for figure in shown)
    assert "correlations by" in capsys.readouterr().out


@pytest.mark.parametrize(
    "path", ["README.md", "docs/changes.md", "docs/many_machines.md", "pages/README.md"]
)
def test_every_file_that_is_named_exists(path):
    named = re.findall(r"`((?:bnviz|tests|pages|docs)/[^`\s]*)`", written(path))
    files = [re.sub(r"<[^>]*>", "*", name) for name in named]
    assert files
    assert not [name for name in files if not any(ROOT.glob(name))]


def test_what_is_missing_is_a_skip_and_a_failure_where_all_is_required(require, monkeypatch):
    assert require("here", "no thing") == "here"
    monkeypatch.delenv("BNVIZ_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no thing"):
        require(None, "no thing")
    monkeypatch.setenv("BNVIZ_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="no thing"):
        require(None, "no thing")
