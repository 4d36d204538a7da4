"""LIME beside the lime package: one call, and the same patient under many seeds."""
