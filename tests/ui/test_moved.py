"""Old links of the lab on real systems lead to the page where their view is now."""

import pytest

from bnviz.doctor.faults import faults
from bnviz.ui.moved import BUGS
from bnviz.ui.registry import MOVED
from tests.lessons import lab
from tests.ui.pages import opened, shown, unopened, well, words


def test_where_views_went_they_are_and_no_longer_where_they_were():
    for (old, view), new in MOVED.items():
        assert lab(new).view(view).name == view
        assert view not in [own.name for own in lab(old).views]


@pytest.mark.parametrize(
    ("view", "settings", "where"),
    [
        ("pure", {"shift": "1.5"}, "placement"),
        ("leak", {"shift": "0.25", "seed": "3"}, "placement"),
        ("placement", {"seed": "2"}, "placement"),
        ("sequences", {"padding": "0.75", "spread": "0.5"}, "sequences"),
        ("recurrence", {"strength": "0.1", "channels": "8"}, "sequences"),
    ],
)
def test_an_old_link_shows_its_view_with_its_settings(view, settings, where):
    at = well(unopened("systems", predicted="b", view=view, transfer="a", **settings).run())
    kept = {f"{where}_{name}": text for name, text in settings.items() if name != "channels"}
    first = {f"{where}_view": view} if view != lab(where).first.name else {}
    query = {"predicted": "skipped", "view": view}
    assert dict(at.query_params) == kept | {f"{where}_{name}": v for name, v in query.items()}
    assert first.items() <= dict(at.query_params).items()
    assert shown(at)
    assert "From the link" not in words(at)


def test_an_old_link_to_a_view_that_stayed_stays():
    at = opened("systems", predicted="b", view="repair", n_batches="7")
    assert at.query_params["systems_n_batches"] == "7"
    assert shown(at)


@pytest.mark.parametrize(
    ("bug", "batch_size", "fault"),
    [
        ("stale", "32", "stale-statistics"),
        ("", "", "depends-on-batch"),
        ("zebra", "16", "depends-on-batch"),
    ],
)
def test_an_old_link_to_a_bug_leads_to_its_fault(bug, batch_size, fault):
    said = {"bug": bug, "batch_size": batch_size, "seed": "3", "momentum": "0.3"}
    old = {name: text for name, text in said.items() if text}
    at = opened("train_eval", predicted="b", view="bugs", **old)
    wanted = {"fault": fault, "batch_size": batch_size or "4", "seed": "3"}
    assert dict(at.query_params) == {f"doctor_{name}": text for name, text in wanted.items()}
    assert faults()[fault].sentence in words(at)
    assert "From the link" not in words(at)


def test_every_bug_is_a_fault():
    assert set(BUGS.values()) <= set(faults())
