"""What the screens compute: until the first one can be looked at, and for one patient of many."""
