"""Digests in, results out: the only place that caches."""
