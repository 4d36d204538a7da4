"""What may be shown: small-cell suppression."""
