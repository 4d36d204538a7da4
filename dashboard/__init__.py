"""The Streamlit front end and the command line of Pellucid."""
