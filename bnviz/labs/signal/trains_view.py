"""The view on how deep a network trains."""

from functools import partial
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.figures.with_without import NAMES, ROLES, ROOM, Array, names_at_ends
from bnviz.labs.claim import Claim
from bnviz.labs.signal import late
from bnviz.labs.signal.settings import ACTIVATIONS
from bnviz.labs.signal.sweep import DEPTHS
from bnviz.labs.signal.training import CHANCE, N_STEPS, NORMS, STOPS, loss, start, train
from bnviz.labs.signal.trains import measure
from bnviz.labs.view import Plot, Trace, View, columns
from bnviz.numerals import aligned, short

LOWEST, GONE = 1e-3, 10.0
"""Lowest loss that is drawn, in nats; where a line of a network that diverged leaves the plot."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return at which depth training stops, for the reader's activation."""
    s, trained, live = trace.settings, trace.found.trained, trace.found.live
    words, losses = [], []
    for norm in NORMS:
        losses.append(trained.of(s.activation, norm, skips=s.skips).mean(-1))
        words.append(_until(trained.stops(s.activation, norm, skips=s.skips), losses[-1]))
    better = int((losses[0] < losses[1]).sum())
    name = label(s.activation) + (" with skip connections" if s.skips else "")
    head = (
        f"{name}, {N_STEPS} steps: with BN {words[0]}, without it {words[1]}. The lower loss is BN's at {better} of "
        f"{len(DEPTHS)} depths."
    )
    if live is None:
        return head
    bn, none = map(loss_text, live.best)
    done = "" if live.n_done == N_STEPS else f" after {live.n_done} steps so far"
    return f"{head} Your {s.depth} layers{done}: {bn} with BN, {none} without."


def _until(stops: int | None, loss_D: Array) -> str:
    """Return up to which depth networks train, and whether they diverge from there on."""
    if stops is None:
        return f"all train up to {DEPTHS[-1]} layers"
    diverges = np.isinf(loss_D[DEPTHS.index(stops)])
    return f"{'it diverges' if diverges else 'training stops'} at {stops} layers"


def loss_text(loss: float) -> str:
    """Return a loss, or that there is none."""
    return short(loss) if np.isfinite(loss) else "diverged"


LINES = (
    rf"\text{{chance}} &= \ln 10 = {CHANCE:.3f} \text{{ nats}}",
    rf"\text{{does not train in {N_STEPS} steps}} &:\ \text{{loss}} > \tfrac12 \ln 10 = {STOPS:.3f}",
)
"""Above which loss a network is said not to train."""


def label(activation: str) -> str:
    """Return the activation's name with a capital, to begin a sentence."""
    name = ACTIVATIONS[activation]
    return name[:1].upper() + name[1:]


def table(trace: Trace[Any, Any]) -> dict[str, Any]:
    """Return the losses: recorded, and just now; one that diverged is not a number."""
    found, skips = trace.found, trace.settings.skips
    rows = []
    for activation, name in ACTIVATIONS.items():
        for norm in NORMS:
            loss_DK = found.trained.of(activation, norm, skips=skips)
            loss_DK = np.where(loss_DK < np.inf, loss_DK, np.nan)
            for depth, loss_K in zip(DEPTHS, loss_DK, strict=True):
                rows.append(_row(name, NAMES[norm], depth, N_STEPS, loss_K))
    for norm in NORMS:
        for depth in late.DEPTHS:
            for steps, loss_K in zip(late.LOOKS, found.trained.later(norm, depth), strict=True):
                loss_K = np.where(loss_K < np.inf, loss_K, np.nan)
                rows.append(_row("plain ReLU, later", NAMES[norm], depth, steps, loss_K))
    if found.live is not None:
        name, depth = ACTIVATIONS[trace.settings.activation], trace.settings.depth
        for norm, best in zip(NORMS, found.live.best, strict=True):
            own = best if best < np.inf else np.nan
            done = found.live.n_done
            rows.append(_row(name, f"{NAMES[norm]}, just now", depth, done, np.array([own])))
    heads = ("activation", "network", "layers", "steps", "mean loss", "lowest", "highest")
    return columns(heads, rows)


def _row(name: str, network: str, depth: int, steps: int, loss_K: Array) -> tuple[Any, ...]:
    """Return a row of the table: which network, and its loss over the seeds."""
    return name, network, depth, steps, loss_K.mean(), loss_K.min(), loss_K.max()


def losses(trace: Trace[Any, Any], *, activation: str) -> Figure:
    """Draw the loss at the best learning rate against the depth, recorded, and what is live."""
    s, live, trained = trace.settings, trace.found.live, trace.found.trained
    data, ends = [], {}
    words: list[str] = []
    for norm in NORMS:
        loss_DK = _drawn(trained.of(activation, norm, skips=s.skips))
        low, high, ends[norm] = loss_DK.min(-1), loss_DK.max(-1), loss_DK.mean(-1)
        data += theme.band(DEPTHS, low, high, ROLES[norm], name=f"{NAMES[norm]}, all seeds")
        mean = {"name": NAMES[norm], "mode": "lines+markers"}
        data.append(theme.line(DEPTHS, ends[norm], ROLES[norm], **mean))
        stops = trained.stops(activation, norm, skips=s.skips)
        depth = _ends(stops, ends[norm]) + ("" if words else " layers")
        words.append(f"{depth} {NAMES[norm]}")
    data += names_at_ends(DEPTHS, ends)
    if live is not None and activation == s.activation:
        for norm, loss in zip(NORMS, _drawn(live.best), strict=True):
            name, star = f"{NAMES[norm]}, just now", {"symbol": "star", "size": 14}
            data.append(theme.dots([s.depth], [loss], ROLES[norm], name=name, marker=star))
    name = label(activation) + (" with skips" if s.skips else "")
    return theme.figure(
        f"{name}, {N_STEPS} steps: {', '.join(words)}",
        data,
        theme.axis("Layers", tickvals=list(DEPTHS), range=[0, 62]),
        theme.log_axis("Loss", "nats", range=[np.log10(LOWEST) - 0.1, 0.6]),
        shapes=[theme.guide(y=CHANCE), theme.guide(y=STOPS)],
        annotations=[_remark("chance", 0.5, CHANCE, "bottom")],
        margin=ROOM,
    )


def later(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss of the recorded depth nearest to the reader's over more steps."""
    depth = min(late.DEPTHS, key=lambda d: abs(d - trace.settings.depth))
    loss_2TK = {norm: trace.found.trained.later(norm, depth) for norm in NORMS}
    ends = [float(np.median(loss_2TK[norm][-1])) for norm in NORMS]
    shown = [
        (NAMES[norm], np.clip(loss_TK, LOWEST, GONE), ROLES[norm])
        for norm, loss_TK in loss_2TK.items()
    ]
    steps = np.array(late.LOOKS)
    return theme.figure(
        f"{depth} plain ReLU layers after {late.LOOKS[-1]} steps: with BN {loss_text(ends[0])}, "
        f"without {loss_text(ends[1])}",
        curves(
            steps, shown, over=f"{loss_2TK['bn'].shape[-1]} seeds", gap=0.2,
            high=np.log10(GONE), log=True, middle=np.median,
        ),
        theme.axis("Step", tickvals=list(steps), range=[200, steps[-1]]),
        theme.log_axis("Loss", "nats", range=[np.log10(LOWEST) - 0.1, 0.6]),
        shapes=[theme.guide(y=CHANCE), theme.guide(y=STOPS)],
        margin=ROOM,
    )  # fmt: skip


def _ends(stops: int | None, loss_D: Array) -> str:
    if stops is None:
        return f"trains at {DEPTHS[-1]}"
    return f"{'diverges' if np.isnan(loss_D[DEPTHS.index(stops)]) else 'stops'} at {stops}"


def _drawn(loss: Array) -> Array:
    """Return losses as they are drawn: a gap where it diverged, and none below the axis."""
    return np.where(np.isfinite(loss), np.maximum(loss, LOWEST), np.nan)


def _remark(text: str, x: float, loss: float, yanchor: str) -> dict[str, Any]:
    """Return what stands above or below a guide."""
    return {"x": x, "y": np.log10(loss), "xanchor": "left", "yanchor": yanchor, "text": text}


VIEW = View(
    name="trains",
    label="Depth that trains",
    measure=measure,
    needs=("activation", "depth", "skips", "train", "seed"),
    free=("activation", "skips", "depth", "train"),
    takeaway=takeaway,
    formula=lambda _: aligned(LINES, gap=4),
    table=table,
    plots=(
        *(
            Plot(
                f"trains_{activation}",
                partial(losses, activation=activation),
                "Loss after training, by depth.",
            )
            for activation in ACTIVATIONS
        ),
        Plot("trains_later", later, "Loss of a deep ReLU network over more steps."),
    ),
    code=(start, train, loss),
    credit=lambda trace: (
        f"Lines and bands: {trace.found.trained.credit}. A star is this run, if you train it."
    ),
    reading="""
**Depth that trains.** The loss after 300 steps, with the best of five learning rates. Lines are
means, bands go from the lowest to the highest seed; a line that ends early has diverged. Training
*stops* at a depth where the loss is still above the lower dotted line, half of the loss of chance.
A star is your run.

**Later.** The last picture goes on to 2500 steps, for plain ReLU networks of 40 layers: median and
range of ten seeds, each network at the better of two rates (with BN 0.03 and 0.1, without 0.01 and
0.03). A line that leaves the plot has diverged.

Digits, width 64, batches of 64; the rates are 0.01, 0.03, 0.1, 0.3 and 1; He's weights for ReLU,
Xavier's for the others. The loss is that of 1024 training images, each batch with its own
statistics. With skip connections each layer adds its output to its input. Batch size, width and
init scale of the other views do not count here.
""",
    claims=(
        Claim(
            "BN rescues sigmoid: 20 layers end below half of the loss of chance with BN and at chance "
            "without, after 300 steps, each at the best of five rates.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "With ReLU and He's weights BN does not help to go deep: 40 plain layers are above a loss of 1 "
            "after 300 steps with BN and without. After 2500 no norm is ahead in 8 of 10 seeds. Each is at "
            "the better of two rates.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "40 plain ReLU layers do train if they have longer: without BN the loss is below 0.4 after "
            "2500 steps in 8 of 10 seeds. With BN it is below 1.2 then in 10 of 10, and falling.",
            "measured here",
        ),
        Claim(
            "Plain convolutional networks of more than fifty layers with BN are trained on CIFAR-10, for "
            "far longer than here.",
            "reported",
            "He et al. 2016, section 4.2",
        ),
        Claim(
            "With tanh and Xavier's weights 20 layers end lower *without* BN, after 300 steps, each at the "
            "best of five rates.",
            "measured here",
            held="9 of 10",
        ),
        Claim(
            "BN and skip connections together go deep: 60 ReLU layers with both end below 0.4 after 300 "
            "steps, at the better of two rates. Without BN they diverge at each of five, and so do 20.",
            "measured here",
            "compare De & Smith 2020",
            held="10 of 10",
        ),
        Claim(
            "With tanh and sigmoid, skip connections alone are enough for 20 layers.",
            "measured here",
            held="10 of 10",
        ),
    ),
)
