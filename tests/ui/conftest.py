"""What the tests of pages share."""

import pytest

from bnviz.ui import compute, registry


@pytest.fixture(autouse=True)
def _nobody_watches_any_more():
    """End the runs of the pages that a test has opened; a server would go on for five seconds."""
    yield
    for run in compute.runs().arm_runs():
        for reader in list(run._watchers):
            run.leave(reader)


@pytest.fixture(autouse=True)
def _own_menu(monkeypatch):
    """Put the menu back after the test: an app under test may put its own there."""
    monkeypatch.setattr(registry, "MENU", registry.MENU)
