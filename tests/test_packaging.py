"""What gets installed is exactly what was tested, and the check script holds together."""

import ast
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CI = ROOT / ".ci" / "run"
REQUIREMENTS = ("requirements.txt", "tests/requirements.txt")
MARKER = "<!-- ci: test command -->"


def lines(path):
    """Give the lines of a requirements file that are not empty."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip()]


def pins(path):
    """Give the requirements of a file as {name: version}."""
    return dict(line.split("==") for line in lines(path) if not line.startswith("#"))


def third_party(*roots):
    """Give the top-level modules, neither ours nor Python's, that the files import."""
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
    assert app <= set(pins(REQUIREMENTS[0]))
    tests = third_party(ROOT / "tests", ROOT / "benchmarks")
    assert "pytest" in tests
    assert tests <= set(pins(REQUIREMENTS[0])) | set(pins(REQUIREMENTS[1]))


def test_no_file_beats_requirements_txt():
    """Streamlit Community Cloud takes the first of these that it finds, before requirements.txt."""
    stray = [name for name in ("uv.lock", "Pipfile", "environment.yml") if (ROOT / name).exists()]
    assert not stray


def test_check_script_can_run():
    assert os.access(CI, os.X_OK)
    done = subprocess.run(["bash", "-n", CI], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def command_in(readme):
    """Ask the check script which command it finds in a README."""
    return subprocess.run([CI, "--test-command", readme], capture_output=True, text=True)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_check_script_finds_the_readmes_test_command(tmp_path, line_end):
    before, after = f"# A\n\nabout `{MARKER}`\n```sh\nno\n```\n", "\n```\nno\n```\n"
    text = f"{before}{MARKER}\n\n```sh\na && b | 'c d'\n```\n{after}"
    readme = tmp_path / "README.md"
    readme.write_text(text, encoding="utf-8", newline=line_end)
    done = command_in(readme)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a && b | 'c d'\n", "")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```sh\na\n```\n", "there is no line"),
        (f"{MARKER}\n", "no complete fenced block"),
        (f"{MARKER}\n```sh\na\n", "no complete fenced block"),
        (f"{MARKER}\nRun:\n```sh\na\n```\n", "text between"),
        (f"{MARKER}\n```sh\na\nb\n```\n", "must have 1 line, it has 2"),
        (f"{MARKER}\n```sh\n\n```\n", "must have 1 line, it has 0"),
        (f"{MARKER}\n```sh\na\n```\n{MARKER}\n```sh\nb\n```\n", "more than one"),
    ],
)
def test_check_script_refuses_a_readme_without_one_clear_command(tmp_path, text, complaint):
    readme = tmp_path / "README.md"
    readme.write_text(text, encoding="utf-8")
    done = command_in(readme)
    assert done.returncode != 0
    assert done.stdout == ""
    assert complaint in done.stderr


def test_project_readme_has_a_test_command_that_the_check_script_finds():
    done = command_in(ROOT / "README.md")
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("-m pytest tests/e2e")


def test_what_is_missing_is_a_skip_here_and_a_failure_in_the_check_script(require, monkeypatch):
    assert require("here", "no thing") == "here"
    monkeypatch.delenv("BNVIZ_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no thing"):
        require(None, "no thing")
    monkeypatch.setenv("BNVIZ_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="no thing"):
        require(None, "no thing")
    assert "export BNVIZ_REQUIRE_ALL=1" in CI.read_text(encoding="utf-8")
