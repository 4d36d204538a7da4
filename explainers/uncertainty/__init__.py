"""Intervals: the only place where they are made."""
