"""One file per page: settings, compute, show."""
