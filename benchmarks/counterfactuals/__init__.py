"""Counterfactuals beside those of dice-ml: validity, sparsity, plausibility, time."""
