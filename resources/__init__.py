"""Where someone can sleep tonight."""
