"""The view on what a batch of one kind leaks through batch norm, in five networks."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.claim import Claim
from bnviz.labs.placement import leak
from bnviz.labs.rows import Group, table
from bnviz.labs.view import Plot, Trace, View

NAMES = {
    "linear": "linear, BN on its input",
    "dense": "dense, BN in every layer",
    "dense_but_first": "dense, no BN in the first layer",
    "padded": "3×3 conv with a border of zeros",
    "unpadded": "3×3 conv without a border",
}
GUESSING, SEEN = 0.5, 0.7
"""Share of right answers of a guess, and from which on the shift is called seen."""


def known(found: Mapping[str, float | None]) -> dict[str, float]:
    """Return the results of the networks that are trained."""
    return {name: share for name, share in found.items() if share is not None}


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return which networks tell the kinds apart, though BN subtracts the mean of each batch."""
    done, shift = known(trace.found), trace.settings.shift
    if len(done) < len(NAMES):
        return "The five discriminators are being trained."
    told = "; ".join(f"{NAMES[name]} **{share:.0%}**" for name, share in done.items())
    n = sum(share >= SEEN for share in done.values())
    return (
        f"Shift {shift:g}, batches of one kind, {leak.N_STEPS} steps: {n} of {len(done)} see it. "
        f"Right answers: {told}. Guessing gets 50%."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return why a shift of all values goes, and why it stays beside zeros that do not move."""
    del trace
    return r"""\begin{aligned}
\mathrm{BN}(x + \delta) &= \mathrm{BN}(x) \qquad \text{every value moves} \\
\mathrm{BN}\big((x + \delta,\ 0)\big) &\ne \mathrm{BN}\big((x,\ 0)\big)
\qquad \text{the border stays 0}
\end{aligned}"""


def groups(trace: Trace[Any, Any]) -> list[Group]:
    """Return the shares of right answers."""
    shares = np.array([np.nan if v is None else v for v in trace.found.values()])
    return [("right answers on new pure batches", tuple(NAMES.values()), shares)]


def accuracy(trace: Trace[Any, Any]) -> Figure:
    """Draw a bar for each network."""
    done = known(trace.found)
    title = "The five discriminators are being trained"
    if len(done) == len(NAMES):
        title = (
            f"Border of zeros: {done['padded']:.0%} right; no BN in the first layer: "
            f"{done['dense_but_first']:.0%}; linear: {done['linear']:.0%}"
        )
    x, y = [100 * share for share in done.values()], [NAMES[name] for name in done]
    text: dict[str, Any] = {"text": [f"{share:.0%}" for share in done.values()]}
    text |= {"textposition": "outside", "cliponaxis": False}
    bars = theme.bars(x, y, theme.WITH, level=True, hover="%{y}: %{x:.1f}% right", **text)
    return theme.figure(
        title,
        [bars],
        theme.axis("Right answers on new pure batches", "%", range=[0, 108]),
        {"categoryorder": "array", "categoryarray": [*NAMES.values()][::-1], "ticks": ""},
        shapes=[theme.guide(x=100 * GUESSING)],
        bargap=0.4,
    )


VIEW = View(
    name="leak",
    label="What pure batches leak",
    measure=leak.measure,
    needs=("shift", "seed"),
    free=("shift",),
    takeaway=takeaway,
    formula=formula,
    table=table(groups),
    plots=(Plot("leak", accuracy, "A bar for each of five networks; the grey line is guessing."),),
    code=(leak.dense, leak.padded, leak.learn),
    reading="""
**What pure batches leak.** In a generated picture every pixel is larger by the shift; each batch is
of one kind. BN takes the mean of the batch away. But a border of zeros does not move with the
pixels, so the difference between border and middle remains. The grey line is guessing.

A picture is 6×6 random pixels, a batch 32 of them. Five discriminators learn for 200 steps with
Adam at a rate of 0.02, a batch of each kind in a step, and are asked about new batches in training
mode. A first layer without BN sends the shift through its ReLUs, which changes more than the mean.
""",
    try_this="Set the shift to 0: what do the two networks that saw it do now? Then 0.25.",
    claims=(
        Claim(
            "Shift 0.5, pure batches, training mode, 200 steps: the convolution with a border of "
            "zeros is right for more than 90% of new samples, the dense network without BN in its "
            "first layer for more than 85%; the other three guess (45% to 55%). At shift 0 "
            "all five guess.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "BN on the input of a linear discriminator, or after every layer of a dense one, takes "
            "away any shift that a whole batch shares.",
            "proved",
            "BN(x + δ) = BN(x), and a dense layer sends a common shift into a common shift",
        ),
        Claim(
            "DCGAN leaves BN out of the first layer of the discriminator and out of the last layer "
            "of the generator.",
            "reported",
            "Radford et al. 2016 (from memory)",
        ),
    ),
)
