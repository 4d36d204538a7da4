"""Diagnostic models: one file per library, safe bundles, training recipes."""
