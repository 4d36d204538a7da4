"""For whom a model works: slices and statistics by slice."""
