"""Awards as rows that people read: one a site and item, with its amenity, distance, margin, source and date."""

from typing import Any

from siteselect.rules.award import Awarded, Awards
from siteselect.rules.ground import MAYBE, NO
from siteselect.rules.measured import HAIR_M, Measured
from siteselect.rules.pack import PointsPack

COLUMNS = [
    "rule", "row", "number", "title", "points", "points_if_confirmed", "points_high", "max", "status", "amenity",
    "amenity_id", "kind", "stop", "route", "service", "distance_m", "distance_low_m", "distance_high_m", "method",
    "margin_m", "next_points", "slack_m", "margin", "because", "source", "as_of", "citation", "edition", "text",
]  # fmt: skip


def of_site(pack: PointsPack, awards: Awards, place: int) -> list[dict[str, Any]]:
    """The items of one site, in the order of the table."""
    return [_item(pack, awards, awarded, place) for awarded in awards.items]


def _item(pack: PointsPack, awards: Awards, awarded: Awarded, place: int) -> dict[str, Any]:
    item, shown = awarded.item, awarded.rows[int(awarded.row[place])]
    points, confirmed, high = (int(v[place]) for v in (awarded.points, awarded.confirmed, awarded.high))
    might = int(shown.open_pair[place]) if _is_open(awarded, place) else -1
    line = int(shown.pair[place]) if confirmed else might if might >= 0 else int(shown.nearest[place])
    earned = confirmed > 0 or points > 0
    asked = _asked_for_more(awards, awarded, place)
    unseen = line >= 0 and shown.lines is not None and int(shown.lines.clear[line]) == MAYBE
    status = _status(points, high, open_=bool(earned or might >= 0 or asked))
    if status == "met" and unseen:
        status = "conditional"
    row = dict.fromkeys(COLUMNS) | {
        "rule": item.id, "row": shown.row.id if earned else None, "number": item.number, "title": item.title,
        "points": points, "points_if_confirmed": confirmed, "points_high": high, "max": item.max,
        "status": status, "text": shown.row.text if earned else item.text,
        "citation": item.citation, "edition": pack.edition,
    }  # fmt: skip
    if line >= 0:
        row |= _line(pack, awards, shown, line)
        row |= _margins(awarded, place, shown, line, confirmed)
    row["because"] = "; ".join(_because(awards, awarded, shown, place, line, points, high)) or None
    if any(awards.measurer.conditions[n].about == "map" for n in shown.row.needs):
        opportunity = awards.measurer.layers.opportunity
        row["amenity"] = awards.maps.classes[place]
        row["method"] = "area: the map's class at the site"
        if opportunity is not None:
            row |= {"source": opportunity.source, "as_of": opportunity.as_of}
    return row


def _is_open(awarded: Awarded, place: int) -> bool:
    """Whether an amenity at hand might earn the row that is told about, as far as the project's facts go."""
    number = int(awarded.row[place])
    return bool(awarded.rows[number].open_pair[place] >= 0 and awarded.facts[number][place] >= MAYBE)


def _status(points: int, high: int, *, open_: bool) -> str:
    """Met where all that may be had is had; unknown where only what no list holds could give points."""
    if high == 0:
        return "not met"
    if points == high:
        return "met"
    return "conditional" if open_ else "unknown"


def _line(pack: PointsPack, awards: Awards, shown: Measured, line: int) -> dict[str, Any]:
    """The amenity at the end of a line, how long the line is and how it was measured."""
    lines, amenities, sites = shown.lines, awards.measurer.amenities, awards.measurer.sites
    assert lines is not None
    which, site = int(lines.amenity[line]), int(lines.site[line])
    served = awards.measurer.served
    is_stop = which >= len(amenities) - len(
        awards.measurer.layers.stops if awards.measurer.layers.stops is not None else ()
    )
    there = "edge" if amenities.drawn[which] else "point (no outline at hand)"
    whole = sites.drawn[site] and amenities.drawn[which]
    method = pack.measuring.method if whole else f"straight line, site's {sites.in_words(site)} to amenity's {there}"
    return {
        "amenity": amenities.names[which], "amenity_id": amenities.ids[which], "kind": amenities.kinds[which],
        "stop": amenities.names[which] if is_stop else None,
        "route": served["route"][which] if is_stop else None, "service": served["how"][which] if is_stop else None,
        "distance_m": round(float(lines.d_m[line]), 1), "distance_low_m": round(float(lines.low_m[line]), 1),
        "distance_high_m": round(float(lines.high_m[line]), 1), "method": method,
        "source": amenities.sources[which], "as_of": amenities.dates[which],
    }  # fmt: skip


def _margins(awarded: Awarded, place: int, shown: Measured, line: int, confirmed: int) -> dict[str, Any]:
    """How many metres are short of the next better points, and how many are left before these are lost."""
    assert shown.lines is not None
    out: dict[str, Any] = {}
    words = []
    if confirmed and shown.row.within_mi is not None:
        slack = float(shown.limit_m[place] - shown.lines.d_m[line])
        out["slack_m"] = round(slack, 1)
        words.append(f"{_metres(slack)} to spare at {confirmed} points")
    better = []
    for number, other in enumerate(awarded.rows):
        worth, near = int(awarded.worth[number][place]), int(other.nearest[place])
        if other.lines is None or near < 0 or worth <= confirmed or awarded.facts[number][place] == NO:
            continue
        short = float(other.lines.d_m[near] - other.limit_m[place])
        if short > HAIR_M:
            better.append((worth, short, other.lines.amenity[near], other.row.id))
    if better:
        worth, short, which, _ = min(better)
        out |= {"margin_m": round(short, 1), "next_points": worth}
        words.insert(0, f"{_metres(short)} short of {worth} points")
        if which != shown.lines.amenity[line]:
            words[0] += " (by another amenity or stop)"
    return out | {"margin": "; ".join(words) or None}


def _metres(value: float) -> str:
    return f"{value:,.0f} m" if value >= 10 else f"{value:.1f} m"


def _because(
    awards: Awards, awarded: Awarded, shown: Measured, place: int, line: int, points: int, high: int
) -> list[str]:
    """Why more, or less, may come of it: what is asked, what is not known, what is not so."""
    measurer, said = awards.measurer, []
    for name in shown.row.needs:
        condition = measurer.conditions[name]
        if condition.about == "project":
            state = condition.holds(measurer.facts.of_sites(condition.fact or "", [measurer.sites.ids[place]])[0])
            if state is None:
                said.append(f"asked: {condition.text}")
            elif not state and not high:
                said.append(f"not so: {condition.text}")
        elif condition.about == "map" and awards.maps.open[place]:
            said.append(str(awards.maps.open[place]))
    if shown.lines is not None and not measurer.sites.located[place]:
        return [*said, "the site's own place is not known closely enough"]
    unseen = line >= 0 and shown.lines is not None and int(shown.lines.clear[line]) == MAYBE
    if line >= 0 and (points < high or unseen) and (awarded.confirmed[place] or _is_open(awarded, place)):
        said += measurer.open_questions(shown, line)
    gains = int(awarded.confirmed[place]) < high
    if measurer.rural[place] == MAYBE and gains and _rural(awarded):
        said.append("more may come of the rural distances or points, if it competes in the Rural set-aside")
    if gains:
        said += _asked_for_more(awards, awarded, place)
        said += [why for n, m in enumerate(awarded.rows) if awarded.facts[n][place] >= MAYBE for why in m.unlisted]
    return list(dict.fromkeys(said))


def _asked_for_more(awards: Awards, awarded: Awarded, place: int) -> list[str]:
    """What is asked of the project where that alone, and no place, would give more."""
    conditions = awards.measurer.conditions
    for number, measured in enumerate(awarded.rows):
        row, confirmed = measured.row, awarded.confirmed[place]
        on_map = any(conditions[name].about == "map" for name in row.needs)
        if (
            row.within_mi is None
            and not on_map
            and row.points > confirmed
            and awarded.facts_at_best[number][place] >= MAYBE
        ):
            return [f"{row.points} points if the project has: {', '.join(conditions[n].text for n in row.needs)}"]
    return []


def _rural(awarded: Awarded) -> bool:
    return any(m.row.rural_mi is not None or m.row.rural_points is not None for m in awarded.rows)
