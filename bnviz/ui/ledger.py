"""The ledger of claims on a page: what a reader may pick, and a card for each claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Annotated

import streamlit as st

from bnviz.claims import TEXTS, VERDICTS, Claim, count, ledger, sections, selected
from bnviz.settings import Choice, check
from bnviz.ui import address
from bnviz.ui.registry import page_of, pages

LEDGER = "claims"
SEARCH = "search"
LITERATURE = "literature"
_MARKS = {
    "true": ("green", "check"),
    "condition": ("violet", "rule"),
    "disputed": ("orange", "forum"),
    "wrong": ("red", "close"),
}


def shown_by(slug: str) -> tuple[str, ...]:
    """Return the names of the claims that a page shows, in the ledger's order."""
    names = page_of(slug).claims
    return tuple(c.name for c in ledger() if c.name in names and not c.literature_only)


_LABS = {page.slug: page.title for page in pages() if page.claims}


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a reader picks beside the words of a search."""

    verdict: Annotated[str, Choice("Verdict", {"all": "all verdicts", **VERDICTS})] = "all"
    lab: Annotated[
        str, Choice("Lab", {"all": "all labs", **_LABS, LITERATURE: "none: literature only"})
    ] = "all"
    by: Annotated[str, Choice("Claimed by", {"all": "all texts", **TEXTS})] = "all"

    def __post_init__(self) -> None:
        check(self)

    def pick(self, search: str) -> list[Claim]:
        """Return the claims that fit, also to the words of a search."""
        claims = selected(ledger(), verdict=self.verdict, by=self.by, text=search)
        if self.lab == LITERATURE:
            return [claim for claim in claims if claim.literature_only]
        return claims if self.lab == "all" else selected(claims, names=shown_by(self.lab))


def search() -> str:
    """Draw the field for words and return what stands in it; it stands in the link as well."""
    key = _search_key()

    def keep() -> None:
        address.state(LEDGER).remember(SEARCH, st.session_state[key].strip() or None)

    return st.text_input(
        "Search",
        address.state(LEDGER).extras.get(SEARCH, ""),
        max_chars=address.LONGEST_EXTRA,
        key=key,
        placeholder="words, or C47",
        on_change=keep,
    ).strip()


def clear_search() -> None:
    """Empty the field for words; for callbacks."""
    st.session_state[_search_key()] = ""
    address.state(LEDGER).remember(SEARCH, None)


def _search_key() -> str:
    """Return the key of the field in the session: a followed link begins a new one."""
    return f"{LEDGER}_{SEARCH}_{address.state(LEDGER).visit}"


def verdict(claim: Claim) -> str:
    """Write the verdict as a coloured mark with its sign and its words."""
    colour, icon = _MARKS[claim.verdict]
    return f":{colour}-badge[:material/{icon}: {VERDICTS[claim.verdict]}]"


def see(claim: Claim) -> None:
    """Draw the link to where a claim can be seen; nothing if it rests on literature alone."""
    if claim.place is not None:
        label = f":material/arrow_forward: See it: {page_of(claim.place.lab).title}"
        address.link(label, claim.place.lab, fresh=True, extras=claim.place.query)


FEW = 20
"""Claims up to which all are in sight at once."""


def cards(found: Sequence[Claim]) -> None:
    """Draw claims under the headings of their subjects, each a fold; a few are in sight at once."""
    few = len(found) <= FEW
    for k, (title, claims) in enumerate(sections().items()):
        here = [claim for claim in claims if claim in found]
        if here:
            fold = f"subject_{k}_{'open' if few else 'closed'}"  # a new key is folded as it says
            with st.expander(f"**{title}.** :gray[{count(here)}]", expanded=few, key=fold):
                for claim in here:
                    card(claim)


def card(claim: Claim) -> None:
    """Draw a claim with its verdict and reason; sources and tests are folded."""
    rest = {
        "Claimed by": ", ".join(TEXTS[text] for text in claim.by),
        "Rests on": "; ".join(reference.text for reference in claim.references),
        "Guarded by": ", ".join(test.removeprefix("tests/") for test in claim.tests)
        or "no test, literature only",
    }
    lines = "".join(f"<p>{escape(what)}: {escape(text)}</p>" for what, text in rest.items())
    with st.container(key=f"claim_{claim.name}", border=True, gap="small"):
        st.markdown(
            f"{verdict(claim)} :gray[{claim.name}] **{claim.claim}** {claim.reason} "
            f":small[:gray[Holds for: {claim.where}.]]"
        )
        st.html(f"<details><summary>Sources and tests</summary>{lines}</details>")
        see(claim)


def evidence_line(slug: str) -> None:
    """Draw the link from a page to the claims that it shows."""
    names = shown_by(slug)
    if names:
        n = "one claim" if len(names) == 1 else f"{len(names)} claims"
        label = f":small[This page is evidence for {n} of the ledger]"
        address.link(label, LEDGER, fresh=True, extras={"lab": slug})
