"""The words of the view on the percentiles of a unit."""

from collections.abc import Iterator

from bnviz.labs.why.findings.row import Row
from bnviz.labs.why.percentiles import EARLY, N_STARTS, N_STEPS, NORMS, PERCENTILES
from bnviz.labs.why.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import latex, short, to_latex

NAMES = {"none": "no norm", "bn": "BN"}
STEADY = 0.02
"""Below it a drift is called small: with BN unit means drift by as much at a rate of 1."""


def takeaway(trace: Trace) -> str:
    """State how far unit means drift, and what the networks read meanwhile."""
    found = trace.percentiles
    none, bn = found.drifts
    where = f"At learning rate {number_text(found.lr)} unit means drift by"
    if not found.learns:
        least, most = found.read(N_STEPS)
        steady = none < STEADY
        return (
            f"{where} {'only ' if steady else ''}**{short(none)}** without norm and "
            f"**{short(bn)}** with BN. "
            f"{'Steady means alone do not make a network learn: a' if steady else 'A'}fter "
            f"{N_STEPS} steps no norm reads {least:.0%} of the digits, BN {most:.0%}."
        )
    early = found.read(EARLY)
    return (
        f"{where} **{short(none)}** without norm and **{short(bn)}** with BN. BN reads "
        f"{early[1]:.0%} of the digits after {EARLY} steps, no norm {early[0]:.0%}; after "
        f"{N_STEPS} it is {found.read(N_STEPS)[1]:.0%} and {found.read(N_STEPS)[0]:.0%}."
    )


def lines(trace: Trace) -> list[str]:
    """Write what drifts, and why batch norm holds it."""
    found = trace.percentiles
    none, bn = (to_latex(f"{drift:.2g}") for drift in found.drifts)
    return [
        r"m_c &= \frac{1}{N} \sum_n y_{nc}",
        r"\text{drift} &= \frac{1}{C} \sum_c \mathrm{std}_t\,(m_c)",
        rf"\text{{without norm}} &: {none} \qquad (\eta = {latex(found.lr)})",
        rf"\text{{with BN}} &: {bn}, \quad \text{{where}}",
        r"m_c &= \frac{1}{N} \sum_n (\gamma_c \hat x_{nc} + \beta_c) = \beta_c",
    ]


def rows(trace: Trace) -> Iterator[Row]:
    """List percentiles, drifts and accuracies."""
    found = trace.percentiles
    for j, norm in enumerate(NORMS):
        name = NAMES[norm]
        for r in range(N_STARTS):
            drift = float(found.whole_drift[j, r])
            yield f"sigmoid: drift over all steps, start {r + 1}", name, float(N_STEPS), drift
        for t, step in enumerate(found.steps.tolist()):
            for p, value in zip(PERCENTILES, found.percentiles[j, t].tolist(), strict=True):
                yield f"sigmoid: percentile {p} at step", name, float(step), value
            for r in range(N_STARTS):
                value = float(found.accuracy[j, t, r])
                yield f"sigmoid: share read at step, start {r + 1}", name, float(step), value
