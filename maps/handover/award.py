"""The points of a funding round on a site's page, rule by rule with what gives them; or that they were not computed."""

from typing import Any

from maps.handover import exact, legible
from maps.handover.criteria import Sources
from maps.handover.scored import Scored
from maps.words import Words


def section(scored: Scored | None, points: dict[str, Any] | None, sources: Sources, words: Words) -> dict[str, Any]:
    """The title, the lines and the rows of the section; `points` is a site's, as `scored.Points` holds them."""
    told: dict[str, Any] = {"title": words.say("Tax credit site amenity points (CTCAC)"), "lines": [], "rows": []}
    if scored is None:
        return told | {"lines": [words.say("Not computed for this page.")]}
    edition = words.say("Edition {edition}.", edition=legible.line(scored.edition, 60))
    if points is None:
        return told | {
            "lines": [words.say("Not computed: the file of points does not have this site.") + " " + edition]
        }
    total = words.say("{points} points that are certain.", points=_figure(points["points"], words))
    if points["points_high"] is not None and points["points_high"] != points["points"]:
        total += " " + words.say("At best {points}.", points=_figure(points["points_high"], words))
    return told | {
        "lines": [f"{total} {edition}"],
        "heads": [
            words.say("Rule"), words.say("Points"), words.say("What gives them, and how far"),
            words.say("Margin to the next band"), words.say("Source, date"),
        ],
        "rows": [_row(item, sources, words) for item in points["items"]],
    }  # fmt: skip


def _row(item: dict[str, Any], sources: Sources, words: Words) -> list[str]:
    points = _figure(item["points"], words)
    if item["max"] is not None:
        points = words.say("{likely} of {most}", likely=points, most=_figure(item["max"], words))
    far = "" if item["distance_m"] is None else exact.metres(item["distance_m"], words)
    reached = ", ".join(filter(None, (legible.line(item["amenity"], 70), far, legible.line(item["method"], 90))))
    margin = words.say("not known") if item["margin_m"] is None else exact.metres(item["margin_m"], words)
    status = "" if item["status"] is None else f" ({legible.line(item['status'], 40)})"
    source = f"{sources.number(item['source'], item['as_of'])} {legible.line(item['as_of'], 12)}".strip()
    return [
        legible.line(item["title"] or item["rule"], 110) + status,
        points,
        reached or words.say("not known"),
        margin,
        source or words.say("not known"),
    ]


def _figure(value: float | None, words: Words) -> str:
    return words.say("not known") if value is None else exact.number(value, words)
