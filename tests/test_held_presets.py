"""In how many seeds the sentences of presets hold; ``tests/test_held.py`` is for those of pages."""

from importlib import import_module

import pytest

from tests.held.share import TEN, holds

LABS = ("playground", "epsilon", "regularization")
"""Labs whose presets say their share; of the playground all must."""
CHECKS = [
    pytest.param(slug, title, check, id=f"{slug}: {title}")
    for slug in LABS
    for title, check in import_module(f"tests.held.{slug}").PRESETS.items()
]
EACH = pytest.mark.parametrize(("slug", "title", "check"), CHECKS)


def presets_of(slug):
    return import_module(f"bnviz.labs.{slug}.presets").PRESETS


def preset(slug, title):
    """Give a preset of a lab by its title."""
    (found,) = (one for one in presets_of(slug) if one.title == title)
    return found


@pytest.mark.slow
@EACH
def test_it_holds_in_a_seed_that_chose_nothing(slug, title, check):
    assert preset(slug, title).held
    assert holds(check, TEN[0])


@pytest.mark.long
@EACH
def test_the_sentence_says_in_how_many_seeds_it_holds(slug, title, check):
    n = sum(holds(check, seed) for seed in TEN)
    assert preset(slug, title).held == f"{n} of {len(TEN)}"


def test_every_preset_of_the_playground_says_a_share_and_none_less_than_nine_of_ten():
    shares = [one.held for slug in LABS for one in presets_of(slug) if one.held]
    assert all(share in ("9 of 10", "10 of 10") for share in shares)
    assert all(one.held for one in presets_of("playground"))
