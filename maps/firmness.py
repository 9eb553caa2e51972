"""How firmly a ranking holds, as a page shows it: a table, and a picture of where each site stands how often."""

from typing import Any

from maps import figures
from maps.words import Words
from siteselect.rank.firm import Firmness, Flip

SHOWN = 20  # sites and places of the picture
CELL, LEFT, TOP = 24, 44, 26


def rows(found: Firmness, names: dict[str, str], words: Words, count: int = SHOWN) -> list[dict[str, Any]]:
    """The leading sites: id, name, and how often they are first, in the top three, and where they stand at all."""
    told = []
    for row in found.sites.head(count).to_dict("records"):
        parts = {part: {
            "first": figures.percent(row[f"first_share{part}"], words),
            "top3": figures.percent(row[f"top3_share{part}"], words),
            "places": _places(int(row[f"rank_low{part}"]), int(row[f"rank_high{part}"])),
        } for part in ("", "_unknowns")}  # fmt: skip
        site = str(row["site_id"])
        told.append({"id": site, "name": names.get(site, site), "sure": parts[""], "loose": parts["_unknowns"]})
    return told


def flip(found: Flip | None, names: dict[str, str], labels: dict[str, str], words: Words) -> str:
    """The smallest change of one weight that changes the top three, as a sentence."""
    if found is None:
        return words.say("No change of one weight alone changes who stands in the top three.")
    return words.say(
        "The smallest change of one weight that changes the top three: {criterion}, from {weight} to beyond {needed}; "
        "{enters} then takes the place of {leaves}.",
        criterion=labels.get(found.criterion, found.criterion),
        weight=figures.number(found.weight, words, 1),
        needed=figures.number(found.needed, words, 1),
        enters=names.get(found.enters, found.enters),
        leaves=names.get(found.leaves, found.leaves),
    )


def heat(found: Firmness, ranks: dict[str, int], words: Words) -> dict[str, Any]:
    """The picture: a row a site, a column a place, the darker the more draws; a cell's text says its share.

    {"width", "height", "label", "columns": [...], "rows": [{"rank", "y", "cells": [{"x", "opacity", "text", ...}]}]}.
    """
    n = min(len(found.sites), SHOWN)
    lines = []
    for i in range(n):
        cells = []
        for j in range(n):
            share = float(found.places[i, j])
            text = "" if share < 0.005 else f"{share * 100:.0f}"
            cells.append({"x": LEFT + j * CELL, "opacity": round(share, 3), "text": text, "dark": share > 0.5})
        site = str(found.sites["site_id"].iloc[i])
        lines.append({"rank": ranks.get(site, i + 1), "y": TOP + i * CELL, "cells": cells})
    return {
        "width": LEFT + n * CELL + 2, "height": TOP + n * CELL + 2, "cell": CELL, "left": LEFT, "rows": lines,
        "columns": [{"x": LEFT + j * CELL + CELL // 2, "text": str(j + 1)} for j in range(n)],
        "label": words.say("For the first {n} sites: in how many of a hundred draws each stands at each place", n=n),
    }  # fmt: skip


def _places(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"
