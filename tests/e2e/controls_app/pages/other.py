"""A second page, to leave the first one and to come back."""

import streamlit as st

from bnviz.ui import address, page

with page.frame("other"):
    st.write("The other page")
    address.link("Back as it was left", "demo")
    address.link("Back as at the first visit", "demo", fresh=True)
