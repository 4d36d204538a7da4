"""Streaming a whole cohort through ``pellucid explain-cohort``: rate and memory."""
