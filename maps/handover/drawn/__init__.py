"""Pictures as SVG, drawn from the run's own figures: score bars, the map of a site, the heat map of places."""
