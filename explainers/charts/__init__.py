"""Results in, Plotly figures out: small pure functions."""
