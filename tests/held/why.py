"""Why it works: noise behind BN, drift, the loss along the gradient, gradients that turn."""

from functools import cache, partial

from bnviz.labs.why import LAB, Settings
from bnviz.labs.why.snapshots import EARLY, LATE
from bnviz.labs.why.surface import FAR, NEAR
from tests.held.share import TWENTY, Held, together
from tests.labs import test_why_agreement as agreement
from tests.labs import test_why_band as along
from tests.labs import test_why_claims as noise
from tests.labs import test_why_percentiles as percentiles
from tests.labs.test_why_claims import FAST, HALF, NOISY, SAMPLE, SLOW, last_loss

# Noise


def below(lower, higher, seed):
    """Tell whether one network ends below another one; each is its norm and its settings."""
    one, other = (last_loss(norm, **more, seed=seed) for norm, more in (lower, higher))
    return one < other


def noisy_bn_is_no_better_with_few_layers_or_a_low_rate(seed):
    for settings in ({"depth": 3}, {"lr": 0.05}):
        none = last_loss("none", seed=seed, **settings)
        assert last_loss("bn", **NOISY, seed=seed, **settings) > none


def noise_alone_diverges(seed):
    for kind in ("unit", "sample"):
        assert noise.path("none", 1.0, kind, seed=seed).diverged


BN, NONE = ("bn", {}), ("none", {})
NOISE = [
    (r"lower in (.*?) seeds at", ("bn", NOISY), NONE),
    (
        r"and in (\S+ of \S+) with each at its own best rate of",
        ("bn", NOISY | FAST),
        ("none", SLOW),
    ),
    (r"below no norm \(0\.1\) in (.*?) seeds", ("bn", HALF | FAST), ("none", SLOW)),
    (r"above BN \(0\.5\) in (.*?)\. ", ("bn", FAST), ("bn", HALF | FAST)),
    (
        r"and in (\S+ of \S+) with each at its own best rate \(both",
        ("bn", FAST),
        ("bn", SAMPLE | FAST),
    ),
    (r"below no norm in (\S+ of \S+) at 0\.2", ("bn", SAMPLE), NONE),
    (r"0\.2 and in (\S+ of \S+) with each at its own", ("bn", SAMPLE | FAST), ("none", SLOW)),
    (r"ends above BN in (\S+ of \S+) and", BN, ("bn", SAMPLE | NOISY)),
    (r"and below no norm in (\S+ of \S+) \(rate", ("bn", SAMPLE | NOISY), NONE),
]
"""What stands around a share, and which network ends lower."""
BEGIN = ("Beside no norm", "Beside no norm", "With noise of ± 0.5, and", "With noise of ± 0.5, and")


# The network of the first paper


def drift_and_accuracy(seed, lr):
    """Give the drift of unit means and the share right at some step, without norm and with BN."""
    found = percentiles.trace(lr, seed).found
    return found.whole_drift, lambda step: found.accuracy[:, step // percentiles.percentiles.EVERY]


def means_drift_and_only_bn_learns_early(seed):
    (none, bn), right = drift_and_accuracy(seed, 1.0)
    assert 0.3 < none.min() <= none.max() < 0.5
    assert bn.max() < 0.04
    assert right(50)[0].max() < 0.25
    assert right(50)[1].min() > 0.8


def steady_means_do_not_make_it_learn(seed):
    (none, _), right = drift_and_accuracy(seed, 0.1)
    assert (none < drift_and_accuracy(seed, 1.0)[0][1]).all()
    assert right(300)[0].max() < 0.25


# The loss along the gradient


def ratio(seed, lr, when, depth=10):
    return along.ratio(along.band(seed, lr, depth).found.width(when))


def the_band_is_narrower(seed):
    for lr in (0.05, 0.1):
        found = along.band(seed, lr).found
        assert along.ratio(found.width(LATE)) > 4
        none, bn = found.rises(LATE)
        assert none >= 0.6
        assert bn <= 0.2


def at_a_high_rate_it_rises_with_bn_too(seed):
    assert ratio(seed, 0.2, LATE) > 1
    assert along.band(seed, 0.2).found.rises(LATE)[1] > 0


def at_a_low_rate_it_is_wider(seed):
    assert max(ratio(seed, 0.01, when) for when in (EARLY, LATE)) < 1


def with_three_layers_there_is_no_difference(seed):
    for when in (EARLY, LATE):
        assert 1 / 1.6 < ratio(seed, 0.05, when, 3) < 1.6
        assert along.band(seed, 0.05, 3).found.rises(when).max() == 0


def smoothness(seed, lr, when):
    """Give how many times as large the effective smoothness is with BN."""
    return 1 / along.ratio(along.band(seed, lr).found.beta(when))


def the_smoothness_is_no_better(seed):
    assert min(smoothness(seed, lr, EARLY) for lr in (0.01, 0.05)) > 1.1
    assert 0.6 < smoothness(seed, 0.05, LATE) < 1.2
    assert smoothness(seed, 0.01, LATE) > 1.4


# Gradients that turn


def more_shift_at_a_low_rate(seed):
    assert agreement.more(seed, 0.01, EARLY) > 0
    assert agreement.more(seed, 0.01, LATE) > 0


def more_shift_in_the_first_steps_and_less_later(seed):
    assert agreement.more(seed, 0.05, EARLY) > 0
    assert agreement.more(seed, 0.05, LATE) < 0


def less_shift_later(seed, lr, by):
    return agreement.more(seed, lr, LATE) < -by


def with_three_layers_hardly_any(seed):
    for when in (EARLY, LATE):
        assert abs(agreement.more(seed, 0.05, when, 3)) < 0.01
        assert abs(agreement.more(seed, 0.2, when, 3)) < 0.2


# The surface


@cache
def surface(seed, depth=10):
    return LAB.run("surface", Settings(seed=seed, depth=depth)).found


def far_away_it_is_the_length(seed):
    for depth, least, most in ((10, 3.0, 2.0), (5, 4.0, 2.0)):
        none, bn, kept = surface(seed, depth).range_within(FAR)
        assert none > least * bn
        assert kept < most * bn


def close_by_it_is_wider_without_bn(seed):
    none, bn, _ = surface(seed).range_within(NEAR)
    return none > bn


LATER = "From step 50 on there"
HELD = (
    Held(
        "With noise of ± 1 for each",
        noise.test_noisy_bn_drifts_like_no_norm_and_learns_better,
        TWENTY,
    ),
    Held("The noise costs", noise.test_the_noise_costs_something, TWENTY),
    *(
        Held(begin, partial(below, lower, higher), TWENTY, words)
        for begin, (words, lower, higher) in zip(
            (*BEGIN, *["With noise of ± 0.5 for"] * 5), NOISE, strict=True
        )
    ),
    Held("Noise of ± 1 without", noise_alone_diverges, TWENTY),
    Held("The effect depends", noisy_bn_is_no_better_with_few_layers_or_a_low_rate, TWENTY),
    Held(
        "As in figure 1",
        means_drift_and_only_bn_learns_early,
        TWENTY,
    ),
    Held("Steady is not", steady_means_do_not_make_it_learn, TWENTY),
    Held("With BN too", percentiles.test_the_spread_of_a_unit_grows_with_bn_too, TWENTY),
    Held("Ten layers, learning rates 0.05 and 0.1: from", the_band_is_narrower, TWENTY),
    Held("At a rate of 0.2 the loss", at_a_high_rate_it_rises_with_bn_too, TWENTY),
    Held("At 0.01 the band", at_a_low_rate_it_is_wider, TWENTY),
    Held("With three layers at 0.05", with_three_layers_there_is_no_difference, TWENTY),
    Held("The effective smoothness", the_smoothness_is_no_better, TWENTY),
    Held("Ten layers, learning rate 0.01", more_shift_at_a_low_rate, TWENTY),
    Held("At 0.05 there is more", more_shift_in_the_first_steps_and_less_later, TWENTY),
    Held(LATER, partial(less_shift_later, lr=0.1, by=0.1), TWENTY, r"more in (.*?) seeds"),
    Held(LATER, partial(less_shift_later, lr=0.2, by=0.0), TWENTY, r"less in (.*?), and"),
    Held("With three layers the mean", with_three_layers_hardly_any, TWENTY),
    Held("Up to a step", far_away_it_is_the_length, TWENTY),
    Held("Close to the trained", close_by_it_is_wider_without_bn, TWENTY, r"BN in (.*?) seeds"),
    Held(
        "C27",
        together(more_shift_at_a_low_rate, more_shift_in_the_first_steps_and_less_later),
        TWENTY,
    ),
    Held("C29", percentiles.test_the_spread_of_a_unit_grows_with_bn_too, TWENTY),
    Held(
        "C31",
        together(
            the_band_is_narrower,
            at_a_low_rate_it_is_wider,
            with_three_layers_there_is_no_difference,
        ),
        TWENTY,
    ),
    Held("C75", means_drift_and_only_bn_learns_early, TWENTY),
)


noisy_bn_learns_and_pays = together(
    noise.test_noisy_bn_drifts_like_no_norm_and_learns_better, noise.test_the_noise_costs_something
)


QUESTIONS = {"question": noisy_bn_learns_and_pays}
