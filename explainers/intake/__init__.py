"""Reading patients and their schemas."""
