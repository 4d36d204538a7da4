"""Built-in cohorts, recipes and trained models, as files."""
