"""A Streamlit page with one Plotly chart alone; ``first_visit`` measures the app by it."""

import plotly.graph_objects as go
import streamlit as st

st.plotly_chart(go.Figure(go.Scatter(y=[1, 3, 2])))
