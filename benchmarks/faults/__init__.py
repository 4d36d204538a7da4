"""Faults planted in otherwise good models and cohorts: which of them the checks find."""
