"""A server of the app in processes of its own, and what they take of the machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.share import share_of_a_core

ROOT = Path(__file__).parents[1]
PROC = Path("/proc")
START_S = 90.0
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
# What the benchmarks set for themselves; the app is started as its readers start it.
OURS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Engine = Literal["workers", "thread", "one"]


class ServerError(Exception):
    """A server that did not start."""


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    port: int
    pid: int
    limit: str  # how its share of the processor is bounded; empty if it is not

    def processes(self) -> list[int]:
        """Return the process ids of the server and of all that it has started."""
        return tree(self.pid)

    def memory_mib(self) -> float:
        """Return the proportional set size of all processes, in MiB: shared pages count once."""
        return sum(map(pss_kib, self.processes())) / 1024

    def cpu_s(self) -> tuple[float, float]:
        """Return the CPU seconds so far of the server's own process, and of all others."""
        seconds = {pid: cpu_s(pid) for pid in self.processes()}
        own = seconds.pop(self.pid, 0.0)
        return own, sum(seconds.values())


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (numbers := _stat(int(folder.name))):
            children.setdefault(int(numbers[1]), []).append(int(folder.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of a process that follow its name; none if it has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process, in user and system mode; 0 if it has ended."""
    numbers = _stat(pid)
    return (int(numbers[11]) + int(numbers[12])) * TICK_S if numbers else 0.0


def pss_kib(pid: int) -> int:
    """Return the proportional set size of a process in KiB; 0 if it has ended."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


@contextmanager
def serving(
    engine: Engine = "workers", share: float | None = None, *options: str
) -> Iterator[Server]:
    """Start the app on a free port of this computer, and stop it at the end.

    Parameters
    ----------
    engine : str
        "workers" is the app as it is; the others are those of ``engine.py``.
    share : float, optional
        The share of one core that all its processes have together. None: no bound.
    *options : str
        Further options of ``streamlit run``.

    Raises
    ------
    ServerError
        If it does not answer, or if this system does not show what processes take.
    """
    if not PROC.joinpath("self", "smaps_rollup").exists():
        raise ServerError(f"memory and time are read from {PROC} as Linux has it; it is not here")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = ["streamlit", "run", "app.py"] if engine == "workers" else ["benchmarks.engine", engine]
    command = [sys.executable, "-m", *start, f"--server.port={port}", "--server.headless=true"]
    command += ["--server.address=127.0.0.1", "--server.fileWatcherType=none", *options]
    environment = {name: text for name, text in os.environ.items() if name not in OURS}
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=nowhere, stderr=nowhere)
    try:
        with share_of_a_core(process.pid, share, lambda: tree(process.pid)) as limit:
            _wait_for(process, port)
            yield Server(port, process.pid, limit)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health").close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise ServerError(f"the server did not start within {START_S:g} s")
