"""A page with the controls of the playground and nothing to compute, for tests of the controls."""

from dataclasses import dataclass
from typing import Annotated

import streamlit as st

from bnviz.labs.preset import Preset
from bnviz.settings import Choice, Range, Switch, check, decades
from bnviz.ui import page, registry
from bnviz.ui.controls import controls

MENU = {
    "A": (registry.Page("demo", "Demo", "Do they agree?"),),
    "B": (registry.Page("other", "Other", "And here?"),),
}


def keras(momentum: float | None) -> str:
    """Write PyTorch's momentum in Keras' convention."""
    return "no Keras value" if momentum is None else f"= Keras {1 - momentum:g}"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the playground offers."""

    batch_size: Annotated[int, Range("Batch size", 2, 256, scale="log2", help="Per step.")] = 32
    momentum: Annotated[
        float | None,
        Range(
            "Momentum",
            0.001,
            1.0,
            scale="log",
            options=decades(0.001, 1.0, (1, 3)),
            none="cumulative average",
            beside=keras,
        ),
    ] = 0.1
    eps: Annotated[float, Range("Epsilon", 1e-8, 0.1, scale="log")] = 1e-5
    lr: Annotated[
        float,
        Range("Learning rate", 1e-3, 10.0, scale="log", options=decades(1e-3, 10.0, (1, 2, 5))),
    ] = 0.1
    depth: Annotated[int, Range("Depth", 1, 20)] = 6
    activation: Annotated[
        str, Choice("Activation", {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"})
    ] = "relu"
    width: Annotated[int, Range("Width", 8, 256, scale="log2", more=True)] = 64
    noise: Annotated[float, Range("Noise", 0.0, 1.0, step=0.05, more=True)] = 0.1
    dataset: Annotated[
        str,
        Choice("Data", {"digits": "Handwritten digits", "spirals": "Three spirals"}, more=True),
    ] = "digits"
    residual: Annotated[bool, Switch("Skip connections", more=True)] = False
    seed: Annotated[int, Range("Seed", 0, 99, more=True)] = 0

    def __post_init__(self) -> None:
        """Check."""
        check(self)
        if self.depth == 20 and self.width == 256:
            raise ValueError("depth 20 and width 256 do not go together")


PRESETS = (
    Preset("First values", "Everything as at the first visit.", Settings()),
    Preset(
        "Deep sigmoid",
        "Twenty sigmoid layers that learn only with batch normalization.",
        Settings(depth=20, activation="sigmoid", dataset="spirals"),
    ),
)


def main() -> None:
    """Draw the page."""
    registry.MENU = MENU
    with page.frame("demo", Settings, ("step",)) as state:
        left, right = st.columns([1, 4])
        with left:
            settings = controls(state, presets=PRESETS)
        with right:
            page.notes(state.notes)
            for label, step in (("Scrub", "120"), ("Forget", None)):
                st.button(
                    label,
                    key=f"demo_{label.lower()}",
                    on_click=state.remember,
                    args=("step", step),
                )
            st.button("Refresh", key="demo_refresh")
            st.button("Ask on", key="demo_ask", on_click=state.widgets.ignore_message)
            st.code(repr(settings))
            st.code(f"step={state.extras.get('step')}")
            if settings.residual and settings.seed == 13:
                raise RuntimeError("a page that fails")


if __name__ == "__main__":
    main()
