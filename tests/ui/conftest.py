"""What the tests of pages share."""

from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from bnviz.ui import compute, registry


@pytest.fixture(scope="session", autouse=True)
def _installed_packages_are_searched_once():
    """Streamlit looks for components in all of them for each page: longer than the page takes."""
    with pytest.MonkeyPatch.context() as patch:
        scan = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


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
