"""How the log's table came to be as it is."""
