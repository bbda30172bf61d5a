"""A second page, to leave the first one and to come back."""

from dataclasses import dataclass

import streamlit as st

from bnviz.ui import address, page


@dataclass(frozen=True)
class Settings:
    """None."""


def main() -> None:
    """Draw the page."""
    with page.frame("other", Settings):
        st.write("The other page")
        address.link("As it was left", "demo")
        address.link("As at the first visit", "demo", fresh=True)


if __name__ == "__main__":
    main()
