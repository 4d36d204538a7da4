"""Results in, the words, rows and badges of a page out: pure functions."""
