"""Parts of a page: ``pick_*`` return a value, ``show_*`` return nothing."""
