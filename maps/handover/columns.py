"""What each column of a run's tables means, for the workbook's data dictionary."""

SITES = {
    "site_id": "the site's name in this run, never used twice",
    "rank": "place by the likely score; equal sites share one; an excluded site has none",
    "score_low": "the score if all that is not known turned out at its worst",
    "score_likely": "the score by which the list goes; what is not known counts a half",
    "score_high": "the score if all that is not known turned out at its best",
    "coverage": "share of the policy's weights whose measure is known",
    "straight_line_share": "share of the weights whose figure is a straight line, not a walk",
    "name": "name or address, as filed",
    "apn": "assessor's parcel number, digits only",
    "owner": "who owns it: county, city, state, federal, other-public, private or unknown",
    "jurisdiction": "the town or county whose rules hold",
    "status": "what it is used for or what is planned, as filed",
    "shape": "parcel: its outline is known; point: only a point",
    "margin_m": "how far the real place may be from the point",
    "area_m2": "area, as filed or of the outline",
    "capacity_units": "homes it could hold, as filed by its owner or city",
    "density_max_per_acre": "the most homes an acre that its zoning allows, as filed",
    "zoning": "zoning, as filed",
    "excluded_because": "the gates that it fails; empty when it fails none",
    "conditions": "the gates that cannot be told yet; empty when all can",
    "blockers": "known blockers as filed, shown and never scored; empty when none is filed",
    "note": "note as filed; empty when none is",
    "lon": "longitude (EPSG:4326)",
    "lat": "latitude (EPSG:4326)",
}
REASONS = {
    "criterion": "what is valued, by its id in the policy",
    "group": "transit, services, land, hazards or people",
    "label": "the criterion in English",
    "label_es": "the criterion in Spanish",
    "measure": "what is measured; its unit ends its name",
    "value": "what was measured, in `unit`",
    "low": "the least that the method leaves open, in `unit`",
    "likely": "what it most likely comes to, in `unit`: a walk for a straight line, say",
    "high": "the most that the method leaves open, in `unit`",
    "unit": "the unit of value, low, likely and high",
    "method": "how it was measured",
    "source": "where the figure is from",
    "as_of": "the day that the source stands for",
    "target": "what was reached; empty where nothing is",
    "known": "whether the measure is known",
    "unknown_because": "why it is not known; empty where it is",
    "weight": "the criterion's weight in the policy",
    "full": "the value from which on it earns everything, in `unit`",
    "none": "the value from which on it earns nothing, in `unit`",
    "value_low": "what the measure is worth at its worst, 0 to 1",
    "value_likely": "what the likely measure is worth, 0 to 1; a half where it is not known",
    "value_high": "what the measure is worth at its best, 0 to 1",
    "points_low": "its share of the whole score, at its worst",
    "points_likely": "its share of the whole score, at its likely value",
    "points_high": "its share of the whole score, at its best",
    "why": "why it is valued, in English",
    "why_es": "why it is valued, in Spanish",
}
STABILITY = {
    "first_share": "share of the draws of weights in which the site is first",
    "top3_share": "share of the draws in which it is among the first three",
    "rank_low": "the best place in any draw",
    "rank_high": "the worst place in any draw",
    "draws": "how many weights were drawn; 0: counted exactly",
    "seed": "the same seed gives the same draws",
    "tau": "Kendall's tau of the draws against the order, at the mean",
    "flip": "the smallest change of one weight that changes the top three; empty where none does",
}
KNOWN = {**SITES, **REASONS, **STABILITY}
DRAWN = "_unknowns"
UNITS = (
    ("_share", "share, 0 to 1"), ("_percent", "percent"), ("_per_hour", "departures an hour"),
    ("per_hour_within_800m", "departures an hour"), ("people_within_800m", "people"), ("jobs_within_800m", "jobs"),
    ("_m2", "square metres"), ("_acres", "acres"), ("_per_acre", "homes an acre"), ("_units", "homes"),
    ("_usd", "US dollars"), ("_days", "days"), ("_m", "metres"),
)  # fmt: skip
SHARES = ("score_", "value_", "points_", "coverage", "straight_line_share", "tau")
DEGREES = ("lon", "lat")


def described(column: str) -> tuple[str, str]:
    """The unit (empty for words) and the meaning of a column of sites.csv, reasons.csv or the stability table."""
    if column.endswith(DRAWN):
        base = column.removesuffix(DRAWN)
        return unit(base), f"{KNOWN.get(base, base)}; what is not known is drawn too"
    if column in KNOWN:
        return unit(column), KNOWN[column]
    if column.endswith("_method"):
        return "", f"how {column.removesuffix('_method')} was measured; unknown where it was not"
    words = column.replace("_", " ")
    return unit(column), f"measure: {words}; its method stands beside it"


def unit(column: str) -> str:
    """The unit that ends a column's name; empty for words and counts."""
    if column in DEGREES:
        return "degrees"
    if column.startswith(SHARES):
        return "0 to 1"
    return next((words for ending, words in UNITS if column.endswith(ending)), "")
