"""What a county needs and who publishes it, as data: one TOML file a theme in `publishers/`, and a place's own file."""

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from siteselect.errors import ConfigError
from siteselect.policy import first_fault

Kind = Literal["file", "arcgis", "overpass"]
Format = Literal["gtfs", "zip", "csv", "csv.gz", "geojson", "gpkg", "xlsx", "xlsb", "geotiff", "osm.pbf", "osm"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Key(_Strict):
    """A key that an address wants: its name in the query, the environment variable that holds it, where to get one."""

    parameter: str
    variable: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]+$")]
    get_one: str


class Address(_Strict):
    """One address of a source; `verified` says where it was found named, and is empty where nobody checked it."""

    url: str
    verified: str = ""
    kind: Kind = "file"
    key: Key | None = None
    credit: str = ""
    note: str = ""

    @property
    def host(self) -> str:
        """The host that is asked."""
        return (urlsplit(self.url).hostname or "").lower()

    @model_validator(mode="after")
    def _is_an_address(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ValueError(f"{self.url!r} is not an address; write it as https://host/path")
        return self


class Source(_Strict):
    """One thing a county needs: who publishes it, where, under which licence, how often, and what it must look like.

    `file` is its path under the data folder.  `columns` must be there (of a table, of a feature service, of stops.txt);
    `fields` says what they mean.  `changes_days` is how often the publisher changes it.  No address: dropped by hand.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    theme: str
    what: str
    publisher: str
    page: str
    file: str
    format: Format
    licence: str
    credit: str
    vintage: str
    changes: str
    changes_days: Annotated[int, Field(gt=0)]
    addresses: tuple[Address, ...] = ()
    also_hosts: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    where: str = "1=1"
    least_bytes: Annotated[int, Field(ge=1)] = 20
    most_mb: Annotated[int, Field(ge=1)] = 500
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _stays_inside(self) -> Self:
        path = PurePosixPath(self.file)
        if path.is_absolute() or ".." in path.parts or not path.name or path.name.startswith("."):
            raise ValueError(f"file {self.file!r} must be a path inside the data folder")
        if any(a.key is not None and a.kind != "file" for a in self.addresses):
            raise ValueError("only an address of the kind file may want a key")
        if any(a.kind == "arcgis" for a in self.addresses) and self.format != "geojson":
            raise ValueError("a feature service is kept as geojson")
        if any(a.kind == "overpass" for a in self.addresses) and self.format != "osm":
            raise ValueError("what Overpass gives is kept as osm")
        return self


class _Filed(_Strict):
    edition: date
    own_network_hosts: tuple[str, ...] = ()
    source: tuple[Source, ...]


@dataclass(frozen=True)
class Registry:
    """All sources by id, and the hosts of one's own network that may be asked (none, unless a place's file says so)."""

    sources: dict[str, Source]
    own_network_hosts: frozenset[str] = frozenset()

    def hosts(self) -> frozenset[str]:
        """Every host that may be asked."""
        named = {a.host for s in self.sources.values() for a in s.addresses}
        return frozenset(named | {h.lower() for s in self.sources.values() for h in s.also_hosts})

    def chosen(self, ids: tuple[str, ...], said_by: str) -> list[Source]:
        """The sources of these ids; ConfigError names the one that is not there."""
        for unknown in (i for i in ids if i not in self.sources):
            raise ConfigError(f"{said_by}: there is no source {unknown!r}; `siteselect sources` lists them.")
        return [self.sources[i] for i in dict.fromkeys(ids)]


def read(own: Path | None = None) -> Registry:
    """The registry of this program, and on top of it a place's own file; ConfigError says what is wrong."""
    folder = resources.files("siteselect.sources") / "publishers"
    found: dict[str, Source] = {}
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            found |= _taken(entry.read_text(encoding="utf-8"), entry.name)[0]
    if own is None:
        return Registry(found)
    try:
        text = own.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{own}: this registry of sources cannot be read; it is TOML in UTF-8.") from None
    mine, hosts = _taken(text, str(own))
    files: dict[str, str] = {}
    for source in (found | mine).values():
        if (other := files.setdefault(source.file, source.id)) != source.id:
            raise ConfigError(
                f"{own}: {other!r} and {source.id!r} are both put at {source.file}; give one its own file."
            )
    return Registry(found | mine, hosts)


def _taken(text: str, name: str) -> tuple[dict[str, Source], frozenset[str]]:
    try:
        filed = _Filed.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not a TOML file ({error}).") from None
    except ValidationError as error:
        raise ConfigError(f"{name}: {first_fault(error)}") from None
    own = frozenset(h.lower() for h in filed.own_network_hosts)
    for source in filed.source:
        for address in source.addresses:
            if not address.url.startswith("https://") and address.host not in own:
                raise ConfigError(
                    f"{name}: source {source.id!r}: {address.url} is not https; only own_network_hosts may."
                )
    return {s.id: s for s in filed.source}, own
