"""Side-by-side measurements against the peers, each reproducible by one command."""
