"""Made-up sources of the invented town, on publishers of this machine."""

import io
import random
import zipfile
from pathlib import Path
from typing import Any

from siteselect.sources import fetching, registry
from siteselect.sources.check import Box
from siteselect.sources.registry import Address, Registry, Source
from tests.publishers import Publisher

BOX: Box = (-122.75, 38.40, -122.65, 38.50)
OWN = frozenset({"127.0.0.1", "localhost"})


def source(url: str | list[str], **more: Any) -> Source:
    """A source with one address or several; a CSV unless it says otherwise."""
    kind = more.pop("kind", "file")
    key = more.pop("key", None)
    urls = [url] if isinstance(url, str) else url
    addresses = [Address(url=u, verified="a test", kind=kind, key=key, credit=more.get("credit", "")) for u in urls]
    plain = {
        "id": "thing", "theme": "test", "what": "a thing", "publisher": "Town Hall", "page": "https://town.example",
        "file": "thing.csv", "format": "csv", "licence": "CC0", "credit": "Town Hall", "vintage": "2026",
        "changes": "yearly", "changes_days": 365,
    }  # fmt: skip
    return Source.model_validate(plain | more | {"addresses": addresses})


def fetch(
    data: Path, *sources: Source, own: frozenset[str] = OWN, patience_s: float | None = 3, **more: Any
) -> list[fetching.Outcome]:
    """A run over these sources."""
    known = Registry({s.id: s for s in sources}, own)
    ways = fetching.Ways(more.get("keys", {}), more.get("unverified", False), patience_s)
    return fetching.run(known, sources, data, more.get("box"), ways, lambda *_: None)


def one(data: Path, wanted: Source, **more: Any) -> fetching.Outcome:
    """A run over one source."""
    (outcome,) = fetch(data, wanted, **more)
    return outcome


def table(rows: int) -> bytes:
    """A CSV of so many rows that does not compress away."""
    numbers = random.Random(7)
    return ("id,name\n" + "".join(f"{i},{numbers.random()}\n" for i in range(rows))).encode()


def feed(lon: float = -122.7, lat: float = 38.45, times: int = 3, **files: str) -> bytes:
    """A GTFS zip with one stop."""
    tables = {
        "agency.txt": "agency_id\nT\n",
        "stops.txt": f"stop_id,stop_name,stop_lat,stop_lon\nS,Middle,{lat},{lon}\n",
        "routes.txt": "route_id,route_type\n1,3\n",
        "trips.txt": "route_id,service_id,trip_id\n1,W,a\n",
        "stop_times.txt": "trip_id,stop_id,stop_sequence\n" + "".join(f"a,S,{i}\n" for i in range(times)),
    } | files
    return packed({name: text.encode() for name, text in tables.items() if text})


def packed(files: dict[str, bytes]) -> bytes:
    """A zip of these files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def left_over(data: Path) -> list[str]:
    """Everything in a data folder that is neither a file nor its note."""
    names = {p.name for p in data.rglob("*") if p.is_file()}
    return sorted(n for n in names if n.startswith(".") or (n.endswith(".source.json") and n[:-12] not in names))


def place(folder: Path, told: Publisher, sources: str, *, wanted: str = '"thing"', top: str = "") -> Path:
    """A place file whose own registry is on this machine."""
    (folder / "own.toml").write_text(f'edition = 2026-11-22\nown_network_hosts = ["127.0.0.1"]\n{sources}')
    text = f"""
id = "town"
name = "Town"
crs = "EPSG:26910"
data = "data"
policy = "housing-near-transit-and-services"
day = 2026-03-03
hours = {{ from = "07:00", to = "19:00" }}
box = [{", ".join(map(str, BOX))}]
{top}
[fetch]
sources = [{wanted}]
registry = "own.toml"
[[sites]]
name = "sites"
path = "sites.csv"
source = "invented"
licence = "none"
"""
    (folder / "town.toml").write_text(text)
    return folder / "town.toml"


def listed(url: str, **more: str) -> str:
    """One source as its registry file says it."""
    lines = {
        "id": "thing", "theme": "test", "what": "a thing", "publisher": "Town Hall", "page": "https://town.example",
        "file": "thing.csv", "format": "csv", "licence": "CC0", "credit": "Town Hall", "vintage": "2026",
        "changes": "yearly",
    }  # fmt: skip
    lines |= {k: v for k, v in more.items() if k not in ("verified", "extra")}
    body = "\n".join(f'{k} = "{v}"' for k, v in lines.items())
    verified = f'verified = "{more.get("verified", "a test")}"'
    address = f'[[source.addresses]]\nurl = "{url}"\n{verified}\n{more.get("extra", "")}\n'
    return f"[[source]]\n{body}\nchanges_days = 365\n{address}"


__all__ = ["BOX", "feed", "fetch", "left_over", "listed", "one", "packed", "place", "registry", "source", "table"]
