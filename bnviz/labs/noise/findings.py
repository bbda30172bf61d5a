"""What the lab on batch size and noise says in words: every number comes from the trace."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.noise.law import QUADRUPLE
from bnviz.labs.noise.networks import BN, PLAIN
from bnviz.labs.noise.settings import LN, TRAIN
from bnviz.labs.noise.trace import Trace
from bnviz.numerals import aligned, signed

Array = NDArray[Any]

PAIR = 2
"""A batch of this size leaves only the sign of a value."""


def takeaway(trace: Trace, view: str) -> str:
    """State what the view shows, in one sentence of Markdown.

    Examples
    --------
    >>> from bnviz.labs.noise import Settings, run
    >>> takeaway(run(Settings(norm="eval")), "influence")
    'Replacing sample 1 moves **nothing** else: all 31 other outputs stay the same to the last bit.'
    """
    return {
        "law": _law,
        "sample": _sample,
        "influence": _influence,
        "dropout": _dropout,
        "gradient": _gradient,
    }[view](trace)


def _law(trace: Trace) -> str:
    m, unit = trace.settings.batch_size, trace.settings.unit
    law = trace.law
    here, there = law.at(m), law.at(QUADRUPLE * m)
    noise, less = law.mean_noise[here], law.mean_noise[there]
    return (
        f"The mean over {m} images is off by **{noise:.3f} σ** for unit {unit} (root mean square; "
        f"theory says {law.mean_theory[here]:.3f}), and that over {QUADRUPLE * m}, four times as "
        f"many, by **{less:.3f} σ**: {less / noise:.2f} times the noise."
    )


def _sample(trace: Trace) -> str:
    found, m = trace.followed, trace.settings.batch_size
    start = (
        f"Image {found.image}, a {found.label}, has x̂ = **{signed(found.fixed)}** with the "
        f"statistics of all images"
    )
    if m == PAIR:
        return f"{start}; in a batch of two only its sign is left, and x̂ is almost always −1 or +1."
    return (
        f"{start}, and in random batches of {m} anything from **{signed(found.low)} to "
        f"{signed(found.high)}** (the middle 90%)."
    )


def _influence(trace: Trace) -> str:
    found = trace.influence
    others = "the only other output" if found.n == PAIR else f"all {found.n - 1} other outputs"
    start = f"Replacing sample {found.replaced} moves"
    if found.others_moved == 0:
        stay = "stays" if found.n == PAIR else "stay"
        return f"{start} **nothing** else: {others} {stay} the same to the last bit."
    flips = f"{found.n_flips} of them get"
    if found.n == PAIR:
        flips = "it gets" if found.n_flips else "it does not get"
    elif found.n_flips < 2:
        flips = "one of them gets" if found.n_flips else "not one of them gets"
    return (
        f"{start} {others} by **{found.others_moved:.2f}** on average (distance in the ten "
        f"logits), and {flips} another answer."
    )


def _dropout(trace: Trace) -> str:
    found, m = trace.factor, trace.settings.batch_size
    start = f"Dropout sets {100 * found.dropped:.0f}% of the values to 0 and multiplies the "
    start += f"others by {found.kept:.4g}; a random batch of {m} multiplies by"
    zeros = f"of which {found.n_zero} are exactly 0" if found.n_zero else "never exactly 0"
    if m == PAIR:
        return (
            f"{start} **±{1 / found.fixed:.2f}**, or nearly, as only the sign of a value is left."
        )
    return (
        f"{start} **{found.mean:.2f} ± {found.std:.2f}**, with {found.n_values} different values, "
        f"{zeros}."
    )


def _gradient(trace: Trace) -> str:
    found = trace.gradient
    first, last = found.sizes[0], found.sizes[-1]
    bn, plain = found.norm[BN], found.norm[PLAIN]
    return (
        f"From {first} to {last} images per batch the gradient's norm goes from {bn[0]:.2f} to "
        f"**{bn[-1]:.2f}** with BN and from {plain[0]:.2f} to **{plain[-1]:.2f}** without; over "
        f"all {found.n} images it is {found.full[BN]:.2f} and {found.full[PLAIN]:.2f}, not 0."
    )


def formula(trace: Trace, view: str) -> str:
    """Write the view's formula, and the same with the reader's numbers, as LaTeX.

    Examples
    --------
    >>> from bnviz.labs.noise import Settings, run
    >>> "0.177" in formula(run(Settings()), "law")
    True
    """
    lines = {
        "law": _law_lines,
        "sample": _sample_lines,
        "influence": _influence_lines,
        "dropout": _dropout_lines,
        "gradient": _gradient_lines,
    }[view](trace)
    return aligned(lines, gap=6)


def _law_lines(trace: Trace) -> list[str]:
    m, law = trace.settings.batch_size, trace.law
    theory = law.mean_theory[law.at(m)]
    if trace.settings.replacement:
        return [
            r"\frac{\mathrm{std}(\mu_B)}{\sigma} &= \frac{1}{\sqrt{m}}",
            rf"&= \frac{{1}}{{\sqrt{{{m}}}}} = {theory:.3f}",
        ]
    n = law.n
    return [
        r"\frac{\mathrm{std}(\mu_B)}{\sigma} &= \frac{1}{\sqrt{m}} \sqrt{\frac{N - m}{N - 1}}",
        rf"&= \frac{{1}}{{\sqrt{{{m}}}}} \sqrt{{\frac{{{n} - {m}}}{{{n} - 1}}}} = {theory:.3f}",
    ]


def _sample_lines(trace: Trace) -> list[str]:
    m, found = trace.settings.batch_size, trace.followed
    bound = np.sqrt(m - 1)
    return [
        r"\hat x &= \frac{x - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}}",
        rf"&= {found.mean:.2f} \pm {found.std:.2f}",
        rf"|\hat x| &\le \sqrt{{m - 1}} = \sqrt{{{m} - 1}} = {bound:.2f}",
    ]


def _influence_lines(trace: Trace) -> list[str]:
    m, mode = trace.settings.batch_size, trace.settings.norm
    if mode == TRAIN:
        return [
            r"\Delta\mu_B &= \frac{x_j' - x_j}{m}",
            rf"&= \frac{{x_j' - x_j}}{{{m}}} \quad \text{{moves all }} \hat x_i",
        ]
    if mode == LN:
        return [
            r"\hat x_i &= \frac{x_i - \mu_i}{\sqrt{\sigma_i^2 + \epsilon}}",
            r"\Delta\hat x_i &= 0 \quad (i \ne j)",
        ]
    return [
        r"\hat x_i &= \frac{x_i - \mu_{\text{run}}}{\sqrt{\sigma^2_{\text{run}} + \epsilon}}",
        r"\Delta\hat x_i &= 0 \quad (i \ne j)",
    ]


def _dropout_lines(trace: Trace) -> list[str]:
    found = trace.factor
    return [
        r"\text{BN: } \frac{\hat x_B}{\hat x} &= \frac{\sigma}{\sigma_B} \cdot "
        r"\frac{x - \mu_B}{x - \mu}",
        rf"&= {found.mean:.2f} \pm {found.std:.2f}",
        r"\text{dropout: std} &= \sqrt{\frac{p}{1-p}}",
        rf"&= \sqrt{{\frac{{{found.p:g}}}{{{1 - found.p:g}}}}}"
        rf" = {np.sqrt(found.p / (1 - found.p)):.2f}",
    ]


def _gradient_lines(trace: Trace) -> list[str]:
    found, m = trace.gradient, trace.settings.batch_size
    square, noise = found.full[PLAIN] ** 2, found.noise[PLAIN]
    left = "" if trace.settings.replacement else r" \cdot \frac{N - m}{N - 1}"
    n = found.n
    numbers = "" if not left else rf" \cdot \frac{{{n} - {m}}}{{{n} - 1}}"
    share = 1 if not left else (n - m) / (n - 1)
    return [
        rf"\sqrt{{\mathrm E |g_B|^2}} &= \sqrt{{|G|^2 + \frac{{\mathrm{{tr}}\,S}}{{m}}{left}}}",
        rf"&= \sqrt{{{square:.3f} + \frac{{{noise:.1f}}}{{{m}}}{numbers}}}",
        rf"&= {np.sqrt(square + noise / m * share):.3f} \quad \text{{without BN}}",
    ]


def table(trace: Trace) -> dict[str, Sequence[Any]]:
    """Give what was measured at each batch size; NaN where a view does not have the size.

    Examples
    --------
    >>> from bnviz.labs.noise import Settings, run
    >>> table(run(Settings()))["Batch size"][:3]
    [2, 4, 8]
    """
    law, followed, gradient = trace.law, trace.followed, trace.gradient
    sizes = law.sizes.tolist()

    def at(known: Array, values: Array) -> list[float]:
        found = dict(zip(known.tolist(), values.tolist(), strict=True))
        return [round(found.get(m, np.nan), 5) for m in sizes]

    return {
        "Batch size": sizes,
        "Noise of the mean (σ)": at(law.sizes, law.mean_noise),
        "Theory (σ)": at(law.sizes, law.mean_theory),
        "Noise of the variance (share of its mean)": at(law.sizes, law.var_noise),
        "Theory, with replacement (share)": at(law.sizes, law.var_theory),
        "Mean of the biased variance (σ²)": at(law.sizes, law.var_mean),
        "Spread of x̂ of the image": at(followed.sizes, followed.spread),
        "Gradient norm, with BN (nats)": at(gradient.sizes, gradient.norm[BN]),
        "Gradient norm, without BN (nats)": at(gradient.sizes, gradient.norm[PLAIN]),
    }
