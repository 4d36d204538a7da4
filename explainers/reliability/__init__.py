"""Can this explanation be believed: every measure comes with its interval or its share."""
