"""Pages with a map and a list that say the same."""
