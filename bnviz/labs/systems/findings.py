"""What the lab says in words, as formulas and as a table: every number comes from the trace."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bnviz.core.network.spec import PLACEMENTS
from bnviz.labs.numerals import aligned, bound, short
from bnviz.labs.systems import block, cost, placement, pure, repair, sentences
from bnviz.labs.systems.published import FAULTS
from bnviz.labs.systems.trace import Trace


def takeaway(trace: Trace, view: str) -> str:
    """State what a view shows, in Markdown.

    Parameters
    ----------
    trace : Trace
    view : {"cost", "repair", "pure", "placement", "sequences", "recurrence", "affine"}
    """
    if view in sentences.TAKEAWAYS:
        return sentences.TAKEAWAYS[view](trace)
    if view == "repair":
        fixed, n = trace.repair, trace.settings.n_batches
        alone = [f"{fault}: {short(off)}" for fault, off in zip(FAULTS, fixed.alone, strict=True)]
        return (
            f"Batches seen: {n}. In evaluation the published class is off by up to "
            f"**{short(fixed.output[0])}**, and it has no gradients. With five repairs nothing "
            f"differs by more than **{bound(fixed.last)}**: outputs, gradients, running "
            f"statistics, of rows and of images. Outputs with one fault alone: {', '.join(alone)}."
        )
    if view == "pure":
        none, mixed, alike = trace.pure.accuracy[:, at(trace)].mean(axis=-1)
        return (
            f"At a shift of {trace.settings.shift:g} the discriminator is right for "
            f"**{alike:.0%} with pure batches**, {mixed:.0%} with mixed ones and {none:.0%} "
            "without BN. 50% is guessing."
        )
    if view == "placement":
        return _placement(trace)
    found = trace.cost
    alone, train, evaluated, folded = found.time_ms
    (weights, bias), _ = found.block.gradient
    return (
        f"On this server one call takes {alone:.2f} ms for the convolution alone, {train:.2f} ms "
        f"with BN in training, {evaluated:.2f} ms in evaluation and **{folded:.2f} ms folded**. "
        f"Folding changes no output by more than {bound(found.difference)}. The bias of the "
        f"convolution is dead: its gradient is at most {bound(bias)}, that of a weight "
        f"{short(weights)}."
    )


def _placement(trace: Trace) -> str:
    """Compare both places where the rate is lowest and where it is highest."""
    means = trace.placement.mean(axis=-1)
    if np.isnan(means).any():
        return "The networks are being trained."
    said = [
        f"{name}, learning rate {placement.RATES[k]:g}: {means[a, 0, k]:.0%} with BN before, "
        f"{means[a, 1, k]:.0%} after"
        for a, name in enumerate(placement.NAMES)
        for k in (0, -1)
    ]
    return f"Right answers after {placement.N_STEPS} steps. {'; '.join(said)}."


def at(trace: Trace) -> int:
    """Give the place of the reader's shift among those measured."""
    return pure.SHIFTS.index(trace.settings.shift)


def formula(trace: Trace, view: str) -> str:
    """Give the formula of a view, in LaTeX."""
    if view in sentences.FORMULAS:
        return sentences.FORMULAS[view](trace)
    if view == "repair":
        return r"r \leftarrow (1 - p)\,r + p\,\frac{m}{m-1}\,\sigma_B^2, \qquad r_0 = 1"
    if view == "pure":
        return r"\hat x = \frac{(x + \delta) - (\mu_B + \delta)}{\sigma_B}"
    if view == "placement":
        return r"\phi(\mathrm{BN}(Wx)) \quad\text{or}\quad \mathrm{BN}(\phi(Wx))"
    n, channels, height, width = block.SHAPE
    size = rf"\times {height} \times {width}"
    shapes = rf"{n} \times {channels} {size} \to {n} \times {trace.settings.channels} {size}"
    return aligned(
        [
            r"W' &= \frac{\gamma}{\sqrt{r + \epsilon}}\,W",
            r"y = Wx + b: \quad \frac{\partial L}{\partial b} &= \sum_{n,h,w} \mathrm d y = 0",
            rf"\text{{images: }} & {shapes}",
            rf"\text{{mean after ReLU}} &= {trace.cost.block.mean:.3f} "
            rf"\approx \frac{{1}}{{\sqrt{{2\pi}}}} = {block.MEAN:.3f}",
            rf"\text{{deviation}} &= {trace.cost.block.std:.3f} "
            rf"\approx \sqrt{{\tfrac12 - \tfrac{{1}}{{2\pi}}}} = {block.STD:.3f}",
        ]
    )


def table(trace: Trace) -> dict[str, list[Any]]:
    """Give the numbers of the views that were measured, one row for each arm, step or fault."""
    rows = [
        (what, arm, float(value))
        for view in trace.found
        for what, arms, values in ROWS[view](trace)
        for arm, value in zip(arms, values, strict=True)
        if np.isfinite(value)
    ] or [("nothing", "is measured yet", 0.0)]
    return {name: list(values) for name, values in
            zip(("quantity", "what", "value"), zip(*rows, strict=True), strict=True)}  # fmt: skip


Rows = list[tuple[str, Sequence[str], Any]]


def _cost_rows(trace: Trace) -> Rows:
    found = trace.cost.block
    return [
        ("time of a call (ms, this server)", cost.ARMS, trace.cost.time_ms),
        *(
            (f"largest gradient of the convolution, {dtype}", block.PARAMETERS, gradient)
            for dtype, gradient in zip(block.TYPES, found.gradient, strict=True)
        ),
        ("after ReLU", ("mean", "deviation"), (found.mean, found.std)),
    ]


def _repair_rows(trace: Trace) -> Rows:
    return [
        *(
            (f"largest difference of {name}", repair.STEPS, off)
            for name, off in zip(repair.QUANTITIES, trace.repair.rows.T, strict=True)
        ),
        ("largest difference of all, images", repair.STEPS, trace.repair.on_images),
        ("largest difference, one fault alone", FAULTS, trace.repair.alone),
    ]


def _pure_rows(trace: Trace) -> Rows:
    accuracy = trace.pure.accuracy[:, at(trace)].mean(axis=-1)
    return [("accuracy of the discriminator", pure.ARMS, accuracy)]


def _placement_rows(trace: Trace) -> Rows:
    means = trace.placement.mean(axis=-1)
    return [
        ("accuracy", [f"{name}, BN {place}, rate {r:g}" for r in placement.RATES], means[a, p])
        for a, name in enumerate(placement.NAMES)
        for p, place in enumerate(PLACEMENTS)
    ]


ROWS = {
    "cost": _cost_rows,
    "repair": _repair_rows,
    "pure": _pure_rows,
    "placement": _placement_rows,
    **sentences.ROWS,
}
"""View -> its rows of the table."""
