"""The words, formulas and rows of the views on sequences, recurrence, gamma and beta."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bnviz.labs.systems import affine, padding, recurrence, sweep, tokens
from bnviz.labs.systems.trace import Trace
from bnviz.numerals import aligned, latex, short

Rows = list[tuple[str, Sequence[str], Any]]


def sequences(trace: Trace) -> str:
    """Say how batch variances fluctuate, and where padding moves the valid tokens."""
    s = trace.settings
    of_token, of_sequence = variations(trace)
    mean, std = moved(trace)[0]
    varies = unmoved(trace)
    token = "is the same in all batches" if varies < 1e-9 else f"varies by {short(varies)}"
    return (
        f"The variance of a batch varies by **{short(of_sequence)}** times its mean if each "
        f"sequence has a scale of its own (spread {s.spread:g}), by {short(of_token)} if each "
        f"token has; what layer norm divides a token by {token}. "
        f"{s.padding:.0%} padding moves valid tokens to **mean {zero(mean):.2f}, deviation "
        f"{std:.2f}**; without padding in the statistics they keep 0 and 1 to within "
        f"{short(repaired(trace))}."
    )


def variations(trace: Trace) -> tuple[float, float]:
    """Give the variation of a batch variance at the reader's spread, by what has its own scale."""
    of_token, of_sequence = trace.tokens.batch[:, _at(trace.settings.spread, tokens.SPREADS)]
    return float(of_token.mean()), float(of_sequence.mean())


def unmoved(trace: Trace) -> float:
    """Give the variation of the variance of one token over batches, for layer norm."""
    return float(trace.tokens.token.max())


def moved(trace: Trace) -> Any:
    """Give mean and deviation of the valid tokens at the reader's padding, (methods, 2)."""
    return trace.padding.measured[:, :, _at(trace.settings.padding, padding.SHARES)]


def repaired(trace: Trace) -> float:
    """Give how far from 0 and 1 the valid tokens are where padding is left out."""
    return float(np.abs(moved(trace)[1:] - [0, 1]).max())


def zero(value: float) -> float:
    """Round what is 0 but for rounding and sampling, as a mean without padding."""
    return 0.0 if abs(value) < 0.005 else float(value)


def _at(value: float, offered: tuple[float, ...]) -> int:
    return offered.index(value)


def changes(trace: Trace, strength: float) -> list[float]:
    """Give the factor of the gradient of each arm, the geometric mean over starts."""
    found = recurrence.change(trace.recurrence)[:, _at(strength, recurrence.STRENGTHS)]
    return [float(value) for value in np.exp(np.log(found).mean(axis=-1))]


def arm_names(trace: Trace) -> tuple[str, ...]:
    """Name the arms of the recurrence."""
    return f"BN, γ = {trace.settings.gamma_start:g}", "BN, γ = 1", "no BN"


def verdict(factor: float) -> str:
    """Say in a word what becomes of a gradient.

    Examples
    --------
    >>> verdict(1e-6), verdict(0.5), verdict(90.0)
    ('vanishes', 'stays', 'explodes')
    """
    return "vanishes" if factor < 0.1 else "explodes" if factor > 10 else "stays"


def recurrent(trace: Trace) -> str:
    """Say by what gradients are multiplied, at the reader's strength and at both ends."""
    if np.isnan(trace.recurrence).any():
        return "The recurrent networks are being run."
    strength = trace.settings.strength
    named = list(zip(arm_names(trace), changes(trace, strength), strict=True))
    said = ", ".join(f"{short(factor)} ({name})" for name, factor in named)
    first, second = recurrence.STRENGTHS[0], recurrence.STRENGTHS[3]
    weak, full = changes(trace, first), changes(trace, second)
    return (
        f"Input of strength {strength:g}: on its way back through {recurrence.T - recurrence.FIRST}"
        f" steps the gradient is multiplied by {said}. With γ = 1 it **{verdict(weak[1])}** at "
        f"strength {first:g} and **{verdict(full[1])}** at {second:g}; with γ = "
        f"{trace.settings.gamma_start:g} it {verdict(weak[0])} at {first:g} and "
        f"{verdict(full[0])} at {second:g}. Which start is better depends on the input: an open "
        "question."
    )


def alone(trace: Trace) -> str:
    """Say what gamma and beta reach alone, live and recorded, and how many gammas are near 0."""
    s, wide = trace.settings, trace.bands.accuracy[-1].mean(axis=-1)
    n = affine.n_learned(s.width)
    recorded = (
        f"Recorded at width {sweep.WIDTHS[-1]}: {wide[1]:.0%}, {wide[0]:.0%} and {wide[3]:.0%}."
    )
    if np.isnan(trace.learned.accuracy).any():
        return f"The networks of width {s.width} are being trained. {recorded}"
    output, only, _, all_ = trace.learned.accuracy
    near = affine.near_zero(trace.learned.gamma)
    return (
        f"Width {s.width}, random hidden weights: γ and β alone, {n[1]} numbers, read "
        f"**{only:.0%}** of unseen digits; the output layer alone, {n[0]} numbers, {output:.0%}; "
        f"all {n[3]}, {all_:.0%}. {recorded} Of the γs that learned alone {near[1]:.0%} are within "
        f"0.1 of 0, of those of the network that learned all {near[3]:.0%}."
    )


TAKEAWAYS = {"sequences": sequences, "recurrence": recurrent, "affine": alone}


def padded(trace: Trace) -> str:
    """Write where padding moves the mean, with the reader's share."""
    p = trace.settings.padding
    mean, std = padding.shifted(p, padding.MEAN, padding.STD)
    root = r"\sqrt{(1-p)\,\sigma^2 + p(1-p)\,\mu^2}"
    return aligned(
        [
            rf"\text{{mean}} &= \frac{{p\,\mu}}{{{root}}} = {float(mean):.2f}",
            rf"\text{{deviation}} &= \frac{{\sigma}}{{{root}}} = {float(std):.2f}",
            rf"p &= {latex(p)}, \quad \mu = \sigma = 1",
        ]
    )


def recurred(trace: Trace) -> str:
    """Write the recurrence, with the reader's gamma and strength."""
    s = trace.settings
    return aligned(
        [
            rf"h_t &= \tanh\big({latex(s.strength)} \cdot \gamma\,\mathrm{{BN}}_t(W_x x_t)",
            r"&\quad + \gamma\,\mathrm{BN}_t(W_h h_{t-1}) + b\big)",
            rf"\gamma &= {latex(s.gamma_start)}\ \text{{at the start}}",
        ]
    )


def scaled(trace: Trace) -> str:
    """Write what learns, and count it."""
    width = trace.settings.width
    return aligned(
        [
            r"h &= \mathrm{ReLU}(\gamma \odot \mathrm{BN}(W h_{\mathrm{below}}) + \beta)",
            rf"2 \cdot {affine.DEPTH} \cdot {width} &= {affine.n_learned(width)[1]}\ "
            r"\text{numbers learn}",
        ]
    )


FORMULAS = {"sequences": padded, "recurrence": recurred, "affine": scaled}


def rows_of_sequences(trace: Trace) -> Rows:
    """Give the variations of variances, and where valid tokens are."""
    expected = trace.tokens.expected[:, _at(trace.settings.spread, tokens.SPREADS)]
    layer = ["layer norm, one token in all batches"]
    return [
        ("variation of a batch variance, own scale", tokens.SCALES, variations(trace)),
        ("the same, infinitely many batches", tokens.SCALES, expected),
        ("variation of a token's variance", layer, [unmoved(trace)]),
        ("mean of valid tokens", padding.METHODS, moved(trace)[:, 0]),
        ("deviation of valid tokens", padding.METHODS, moved(trace)[:, 1]),
    ]


def rows_of_recurrence(trace: Trace) -> Rows:
    """Give the factor of the gradient of every arm and strength."""
    return [
        (f"gradient is multiplied by, strength {k:g}", arm_names(trace), changes(trace, k))
        for k in recurrence.STRENGTHS
    ]


def rows_of_affine(trace: Trace) -> Rows:
    """Give accuracies and shares of small gammas, the reader's and the recorded ones."""
    width, near = trace.settings.width, affine.near_zero(trace.learned.gamma)
    known = trace.learned.accuracy * 0  # NaN before the networks are trained
    groups: Rows = [
        (f"accuracy, width {width}", affine.ARMS, trace.learned.accuracy),
        (f"share of γ near 0, width {width}", affine.ARMS, near + known),
    ]
    recorded = trace.bands
    for k, wide in enumerate(sweep.WIDTHS):
        accuracy, near = recorded.accuracy[k].mean(-1), recorded.near_zero[k].mean(-1)
        groups.append((f"accuracy, width {wide}, recorded", affine.ARMS, accuracy))
        groups.append((f"share of γ near 0, width {wide}, recorded", affine.ARMS, near))
    return groups


ROWS = {
    "sequences": rows_of_sequences,
    "recurrence": rows_of_recurrence,
    "affine": rows_of_affine,
}
