"""The pages' toolbox: everything here may use Streamlit, and nothing outside may, but the pages."""
