"""Raw files in, clean and checked tables out; every row is accounted for."""
