"""The ledger of claims: what texts say about batch normalization, and what became of it."""

import streamlit as st

from bnviz.claims import TEXTS, count, ledger
from bnviz.ui import address, page
from bnviz.ui.controls import controls
from bnviz.ui.ledger import LEDGER, SEARCH, Filter, cards, clear_search, search

WHAT_IT_IS = """
Five texts on batch normalization were read for this ledger: {texts}. It holds the {n_claims}
claims that were found in them, in words of this project; it is no list of all that is said. A
verdict names what it holds for: always, or for the network, data, rate and steps of a run, and in
how many new seeds where these were counted. A claim names the tests that guard it and the lab that
shows it; {n_literature} rest on literature alone, and say so. Of each reference it is told how it
was read.
"""

with page.frame(LEDGER, Filter, (SEARCH,)) as state:
    top = st.container()
    rail, bench = st.columns([1, 4.4], gap="medium")
    with rail:
        words = search()
        wanted = controls(state, on_reset=clear_search)
        address.link("Quiz: true or false?", "quiz")
    with top:
        page.notes(state.notes)
    found = wanted.pick(words)
    with bench:
        shown = "" if len(found) == len(ledger()) else f" Shown here: {count(found)}."
        page.takeaway(f"**{count(ledger())}.**{shown}")
        n_literature = sum(claim.literature_only for claim in ledger())
        texts = ", ".join(TEXTS.values())
        with st.expander("What this ledger is", icon=":material/info:"):
            st.markdown(
                WHAT_IT_IS.format(texts=texts, n_claims=len(ledger()), n_literature=n_literature)
            )
        if not found:
            st.info("No claim fits. Take out a word, or choose all verdicts, labs and texts.")
        cards(found)
        page.onward(LEDGER)
