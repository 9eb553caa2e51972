"""Tables of addresses, places and offices -> rows ready for the store."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from resources.addresses.streets import parse, street, words
from resources.load import cells
from resources.load.delimited import Row, Sheet


def addresses(sheet: Sheet) -> list[dict[str, Any]]:
    """Addresses (housenumber, street, lat, lon; unit, city, postcode where there are) as rows of `address`.

    Rejected: no number, no street, no point, the same row again.
    """
    source = f"address table {sheet.path.name}"
    seen: set[str] = set()
    found = []
    for row, lon, lat in _points(sheet):
        number, name = row.get("housenumber").upper(), row.get("street")
        parts = street(name) if name else None
        if not number or parts is None or not parts.core:
            sheet.ledger.reject(
                row.line, "housenumber, street", "an address needs both", "fill them in or delete the row"
            )
            continue
        city, unit = row.get("city"), row.get("unit")
        zip_code = cells.zip_code(row, sheet.ledger)
        digest = hashlib.blake2b(
            repr((number, name, unit, city, zip_code, lon, lat)).encode(), digest_size=12
        ).hexdigest()
        if digest in seen:
            sheet.ledger.reject(row.line, "", "the same address stands above", "delete one of the two")
            continue
        seen.add(digest)
        found.append(
            {
                "id": digest, "number": number, "street": name, "unit": unit or None, "city": city or None,
                "zip": zip_code,
                "street_core": parts.core, "street_type": parts.type, "street_heading": parts.heading,
                "city_key": words(city), "lon": lon, "lat": lat, "source": row.get("source") or source,
            }
        )  # fmt: skip
    return found


def places(sheet: Sheet) -> list[dict[str, Any]]:
    """Places (name, kind, lon, lat; radius_m, source where there are) as rows of `gazetteer_place`."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row, lon, lat in _points(sheet):
        name, kind = row.get("name"), row.get("kind").casefold()
        if not words(name) or not kind:
            sheet.ledger.reject(row.line, "name, kind", "a place needs both", "fill them in or delete the row")
            continue
        key = (words(name), kind, lon, lat)
        if key in found:
            sheet.ledger.reject(row.line, "", "the same place stands above", "delete one of the two")
            continue
        found[key] = {
            "name_key": key[0], "kind": kind, "name": name, "lon": lon, "lat": lat,
            "radius_m": cells.metres(row, sheet.ledger, "radius m"),
            "source": row.get("source") or f"gazetteer {sheet.path.name}",
        }  # fmt: skip
    return list(found.values())


def offices(sheet: Sheet) -> list[dict[str, Any]]:
    """Offices (address, city, what; hic_rows, source where there are) as rows of `office`."""
    found: dict[str, dict[str, Any]] = {}
    for row in _sound(sheet):
        address, city = row.get("address"), row.get("city")
        parsed = parse(address, town=city) if address else None
        if parsed is None or parsed.street is None or not parsed.numbers:
            sheet.ledger.reject(
                row.line, "address", "an office needs a number and a street", "fill it in or delete the row"
            )
            continue
        key = f"{words(address)}|{words(city)}"
        if key in found:
            sheet.ledger.reject(row.line, "", "the same office stands above", "delete one of the two")
            continue
        found[key] = {
            "key": key, "address": address, "city": city or None, "what": row.get("what") or None,
            "inventory_rows": " ".join(re.findall(r"\w+", row.get("hic rows"))) or None,
            "source": row.get("source") or None,
        }  # fmt: skip
    return list(found.values())


def _sound(sheet: Sheet) -> Iterator[Row]:
    """Every row; one with a byte that is not UTF-8 is said to be repaired."""
    for row in sheet.rows:
        if row.odd:
            sheet.ledger.repair(
                row.line, row.odd_titles, "a byte is not UTF-8; read as Windows-1252", "save the file as UTF-8"
            )
        yield row


def _points(sheet: Sheet) -> Iterator[tuple[Row, float, float]]:
    """Every row that has a point on Earth; the others are rejected."""
    for row in _sound(sheet):
        lon, lat = cells.degrees(row, "lon", 180.0), cells.degrees(row, "lat", 90.0)
        if lon is None or lat is None:
            sheet.ledger.reject(
                row.line, "lon, lat", "these are not degrees on Earth", "write longitude and latitude in degrees"
            )
        else:
            yield row, lon, lat
