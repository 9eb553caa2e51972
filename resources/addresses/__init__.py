"""An address or a place's name -> a point, from the tables in the store alone: no text leaves the machine.

How sure the point is goes with it: `address` (the house number is in the table), `street` (only the street is: its
middle), `place` (only the town is), or none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from resources.addresses.streets import Parsed, Street, is_placeholder, parse, without_state, words
from resources.errors import PlaceAmbiguous, PlaceNotFound
from resources.store.models import Address, Place, Town
from resources.store.point import WGS84

__all__ = ["Spot", "find", "is_placeholder", "locate", "middle", "words"]

#: Kinds of a gazetteer's places that a postal address can name as its town.
TOWN_KINDS = ("city", "town", "village", "hamlet", "locality", "place", "cdp", "census designated place", "community")
#: Points of one address that lie farther apart than this are not one place.
SAME_ADDRESS_M = 250.0


@dataclass(frozen=True)
class Spot:
    """A point and how sure it is: `margin_m` is how far the real place may be from it, None when that is not known."""

    precision: str
    lon: float
    lat: float
    margin_m: float | None
    label: str
    source: str
    area: str = ""  # the street and town without a number: what may be named to a person who has to choose


@dataclass(frozen=True)
class _Row:
    number: str
    street: str
    parts: Street
    city: str
    city_key: str
    zip: str | None
    lon: float
    lat: float
    source: str


def locate(session: Session, address: str | None, city: str | None, zip_code: str | None) -> Spot | None:
    """The best point for an address as an inventory files it, or None.

    The street must be in the same town (or zip, where the table has zips); an address that only says its town is
    located at the town, if exactly one place of the gazetteer has that name.
    """
    towns = _towns(session, address or "")
    if address and not is_placeholder(address) and (city or zip_code or towns):
        parsed = parse(address, towns, city, zip_code)
        rows = _rows(session, parsed) if parsed.town or parsed.zip else []
        numbered = _numbered(rows, parsed)
        if len(numbered) == 1:
            return numbered[0]
        if rows:
            return _at_street(rows)
    if city:
        places = [p for p in _places(session, words(city)) if p.precision == "place"]
        if len(places) == 1:
            return places[0]
    return None


def find(session: Session, text: str) -> Spot:
    """The point that a person means by a line of text: an address, a street, a town.

    A street that is not in the table falls back to the town that the line names, and the label says so.  Raises
    PlaceNotFound, or PlaceAmbiguous with the candidates.
    """
    for name in dict.fromkeys((words(text), words(without_state(text)), words(text.split(",")[0]))):
        named = _places(session, name, any_kind=True)
        if len(named) == 1:
            return named[0]
        if len(named) > 1:
            raise _ambiguous([f"{p.label} ({p.lon:.3f},{p.lat:.3f})" for p in named])
    parsed = parse(text, _towns(session, text))
    rows = _rows(session, parsed)
    spots = _numbered(rows, parsed) or [_at_street(group) for group in _by_town(rows)]
    if len(spots) == 1:
        return spots[0]
    if len(spots) > 1:
        raise _ambiguous([s.area for s in spots])
    places = _places(session, parsed.town)
    if len(places) == 1:
        return replace(
            places[0], label=f"{places[0].label} (its middle: the street or number is not in the address table)"
        )
    raise PlaceNotFound(
        "No address or place in the store answers that text: write NUMBER STREET, TOWN, or a town's name, or LON,LAT."
    )


def middle(lon: np.ndarray, lat: np.ndarray) -> tuple[float, float, float | None]:
    """The point nearest the median of points, and the metres within which 95 in 100 of them lie.

    The margin of a single point is unknown: one address does not say how long its street is.
    """
    at_lon, at_lat = np.full(len(lon), np.median(lon)), np.full(len(lat), np.median(lat))
    nearest = int(np.argmin(WGS84.inv(lon, lat, at_lon, at_lat)[2]))
    away_m = WGS84.inv(lon, lat, np.full(len(lon), lon[nearest]), np.full(len(lat), lat[nearest]))[2]
    margin_m = float(np.percentile(away_m, 95, method="higher")) if len(lon) > 1 else None
    return float(lon[nearest]), float(lat[nearest]), margin_m


def _rows(session: Session, parsed: Parsed) -> list[_Row]:
    """The addresses on the street that was said, in the town that was said; a street written in full wins."""
    if parsed.street is None:
        return []
    rows = [r for r in _on_street(session, parsed.street.core) if r.parts.could_be(parsed.street)]
    return _in_town([r for r in rows if r.parts == parsed.street], parsed) or _in_town(rows, parsed)


def _numbered(rows: list[_Row], parsed: Parsed) -> list[Spot]:
    """One spot for each street and town that has the house number."""
    groups = _by_street([r for r in rows if r.number in parsed.numbers])
    return [spot for group in groups if (spot := _at_number(group))]


def _in_town(rows: list[_Row], parsed: Parsed) -> list[_Row]:
    """Only the rows of the town, or of the zip where both say one."""
    if parsed.town:
        return [r for r in rows if r.city_key == parsed.town]
    if parsed.zip:
        return [r for r in rows if r.zip == parsed.zip]
    return rows


def _by_street(rows: list[_Row]) -> list[list[_Row]]:
    groups: dict[tuple[Street, str], list[_Row]] = {}
    for row in rows:
        groups.setdefault((row.parts, row.city_key), []).append(row)
    return list(groups.values())


def _by_town(rows: list[_Row]) -> list[list[_Row]]:
    groups: dict[str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(row.city_key, []).append(row)
    return list(groups.values())


def _at_number(rows: list[_Row]) -> Spot | None:
    """The point of one address; None when its points lie too far apart to be one place."""
    lon, lat = np.array([r.lon for r in rows]), np.array([r.lat for r in rows])
    at_lon, at_lat, spread_m = middle(lon, lat)
    if spread_m is not None and spread_m > SAME_ADDRESS_M:
        return None
    first = rows[0]
    label = _label(f"{first.number} {first.street}", first.city)
    return Spot("address", at_lon, at_lat, None, label, first.source, _label(first.street, first.city))


def _at_street(rows: list[_Row]) -> Spot:
    at_lon, at_lat, margin_m = middle(np.array([r.lon for r in rows]), np.array([r.lat for r in rows]))
    first = rows[0]
    label = _label(first.street, first.city)
    return Spot("street", at_lon, at_lat, margin_m, label, first.source, label)


def _label(street: str, city: str) -> str:
    return f"{street}, {city}" if city else f"{street} (no town given)"


def _ambiguous(areas: list[str]) -> PlaceAmbiguous:
    named = tuple(dict.fromkeys(areas))
    more = "; ..." if len(named) > 6 else ""
    return PlaceAmbiguous(f"Several places answer that text, add the town: {'; '.join(named[:6])}{more}.", named)


def _on_street(session: Session, core: str) -> list[_Row]:
    """Every address on streets of that name; answered by ix_address_street."""
    rows = session.execute(
        select(
            Address.number, Address.street, Address.street_core, Address.street_type, Address.street_heading,
            Address.city, Address.city_key, Address.zip, Address.lon, Address.lat, Address.source,
        )
        .where(Address.street_core == core)
        .order_by(Address.city_key, Address.street, Address.number, Address.id)
    )  # fmt: skip
    return [
        _Row(r.number, r.street, Street(r.street_core, r.street_type, r.street_heading), r.city or "", r.city_key,
             r.zip, r.lon, r.lat, r.source)
        for r in rows
    ]  # fmt: skip


def _places(session: Session, key: str, *, any_kind: bool = False) -> list[Spot]:
    """Places of the gazetteer of that name; towns before others; answered by the primary key."""
    if not key:
        return []
    rows = session.scalars(select(Place).where(Place.name_key == key).order_by(Place.kind, Place.lon, Place.lat)).all()
    towns = [r for r in rows if r.kind in TOWN_KINDS]
    chosen = towns or (rows if any_kind else [])
    return [Spot("place", p.lon, p.lat, p.radius_m, p.name, p.source) for p in chosen]


def _towns(session: Session, text: str) -> set[str]:
    """Which runs of words of the text are towns that the store knows; answered by two primary keys."""
    tokens = words(text).split()[:40]
    runs = {" ".join(tokens[i:j]) for i in range(len(tokens)) for j in range(i + 1, min(i + 5, len(tokens) + 1))}
    if not runs:
        return set()
    in_tables = select(Town.key).where(Town.key.in_(runs))
    in_gazetteer = select(Place.name_key).where(Place.name_key.in_(runs), Place.kind.in_(TOWN_KINDS))
    return set(session.scalars(in_tables.union(in_gazetteer)))
