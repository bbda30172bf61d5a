"""A bound on the processor time of some processes, as a small host sets it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
PERIOD_US = 100_000


@contextmanager
def share_of_a_core(
    pid: int, share: float | None, processes: Callable[[], list[int]]
) -> Iterator[str]:
    """Bound a process and all that it will start to a share of one core; say how.

    A control group does it where one can be made, which mostly needs the rights of root. Elsewhere
    the processes share one core and are stopped for a part of each 100 ms.

    Parameters
    ----------
    pid : int
        A process that has started no other one yet.
    share : float or None
        Of one core, more than 0 and less than 1. None: no bound, and nothing to say.
    processes : callable
        Returns the process and all that it has started.
    """
    if share is None:
        yield ""
        return
    group = _control_group(share)
    if group is None:
        with _stopped_for_a_part(pid, share, processes):
            yield "one core, stopped by signals for a part of each 100 ms"
        return
    (group / "cgroup.procs").write_text(str(pid))
    try:
        yield f"control group, {int(share * PERIOD_US / 1000)} ms of each 100 ms"
    finally:
        for left in processes():
            with suppress(OSError):
                (group.parent / "cgroup.procs").write_text(str(left))
        with suppress(OSError):
            group.rmdir()


def _control_group(share: float) -> Path | None:
    """Make a control group with this share; None where that is not allowed."""
    quota = int(share * PERIOD_US)
    second_version = (GROUPS / "cgroup.controllers").exists()
    group = (GROUPS if second_version else GROUPS / "cpu") / f"bnviz-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        return None
    try:
        if second_version:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
    except OSError:
        group.rmdir()
        return None
    return group


@contextmanager
def _stopped_for_a_part(
    pid: int, share: float, processes: Callable[[], list[int]]
) -> Iterator[None]:
    """Keep processes on one core, and stop them for a part of each period."""
    os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))})
    over = threading.Event()
    period_s = PERIOD_US / 1e6

    def send(what: signal.Signals) -> None:
        for each in processes():
            with suppress(ProcessLookupError):
                os.kill(each, what)

    def alternate() -> None:
        while not over.wait(share * period_s):
            send(signal.SIGSTOP)
            over.wait((1 - share) * period_s)
            send(signal.SIGCONT)

    thread = threading.Thread(target=alternate, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        send(signal.SIGCONT)
