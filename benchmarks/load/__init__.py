"""Many clinicians at once on one server, each speaking Streamlit's protocol without a browser."""
