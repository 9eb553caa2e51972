"""A place is configuration: one TOML file names its layers, coordinate system, analysis day and hours, and policy."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from siteselect.errors import ConfigError
from siteselect.policy import first_fault


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hours(_Strict):
    """The hours of the service day that count, as clock times; 25:00 is one in the morning after."""

    start: Annotated[str, Field(alias="from", pattern=r"^\d{1,2}:[0-5]\d$")]
    end: Annotated[str, Field(alias="to", pattern=r"^\d{1,2}:[0-5]\d$")]

    @property
    def seconds(self) -> tuple[int, int]:
        """Both ends in seconds after the start of the service day."""
        return _seconds(self.start), _seconds(self.end)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.seconds[0] >= self.seconds[1]:
            raise ValueError(f"from {self.start} is not before to {self.end}")
        return self


class Layer(BaseModel):
    """One source: files (a path or pattern under the data folder), where they are from, and how to read them.

    Keys that are not named here are options for the layer's reader, which checks them.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    path: str
    source: str
    licence: str
    as_of: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What the place file says to the layer's reader."""
        return dict(self.model_extra or {})


Box = tuple[float, float, float, float]


class Fetch(_Strict):
    """What `siteselect fetch` is to get: ids of sources, the box to ask for, and a registry of one's own beside it."""

    sources: tuple[str, ...]
    box: Box | None = None
    registry: str | None = None

    @model_validator(mode="after")
    def _lies_somewhere(self) -> Self:
        _check_box(self.box)
        return self


class Rules(_Strict):
    """What rule packs ask of a place beside the ranking's layers.

    `jurisdiction` is the place's ISO 3166-2 code: a pack of another one is refused.  `partial` says for a kind of
    amenity (or "stop") why its list may lack some; `known` what is known of all amenities of a kind.  A layer of
    `services` stands in for the ranking's layer of the same name.
    """

    jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
    county: str | None = None
    partial: dict[str, str] = {}
    known: dict[str, dict[str, bool | float | str]] = {}
    services: tuple[Layer, ...] = ()
    barriers: tuple[Layer, ...] = ()
    zones: tuple[Layer, ...] = ()
    tracts: Layer | None = None
    opportunity: Layer | None = None

    @property
    def layers(self) -> list[Layer]:
        """All layers that are named here."""
        found = [*self.services, *self.barriers, *self.zones, self.tracts, self.opportunity]
        return [layer for layer in found if layer is not None]


class Place(_Strict):
    """A place as its file says it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    name: str
    crs: str
    data: str
    policy: str
    day: dt.date
    hours: Hours
    notes: tuple[str, ...] = ()
    sketch: str | None = None
    sites: Annotated[tuple[Layer, ...], Field(min_length=1)]
    parcels: Layer | None = None
    boundary: Layer | None = None
    box: Box | None = None
    background: Layer | None = None
    streets: Layer | None = None
    feeds: tuple[Layer, ...] = ()
    feeds_missing: str | None = None  # why stops and departures are unknown though some feeds are at hand
    services: tuple[Layer, ...] = ()
    hazards: tuple[Layer, ...] = ()
    terrain: Layer | None = None
    people: Layer | None = None
    fetch: Fetch | None = None
    rules: Rules | None = None

    def layers(self) -> list[Layer]:
        """Every layer that the place names, in the order in which the manifest tells them."""
        several = [*self.sites, self.parcels, self.boundary, self.background, self.streets, *self.feeds]
        several += [*self.services, *self.hazards, self.terrain, self.people]
        return [layer for layer in several if layer is not None]

    @model_validator(mode="after")
    def _lies_somewhere(self) -> Self:
        if (self.boundary is None) == (self.box is None):
            raise ValueError("give either a [boundary] layer or box = [west, south, east, north] in degrees")
        _check_box(self.box)
        return self


@dataclass(frozen=True)
class Located:
    """A place, the file it stands in and the folder its layers are in."""

    place: Place
    file: Path
    data: Path

    def inputs(self) -> list[Path]:
        """Every file that the place's layers name and that is there."""
        rules = self.place.rules.layers if self.place.rules is not None else []
        return [file for layer in (*self.place.layers(), *rules) for file in self.files(layer)]

    def asked(self) -> Fetch:
        """What the place wants fetched; ConfigError when its file does not say."""
        if self.place.fetch is None:
            raise ConfigError(
                f"{self.file}: it names nothing to fetch; add a [fetch] table with sources = [...] and box = [...]."
            )
        return self.place.fetch

    def files(self, layer: Layer) -> list[Path]:
        """The layer's files, in order of their names; ConfigError when there is none."""
        if Path(layer.path).is_absolute() or ".." in Path(layer.path).parts:
            raise ConfigError(
                f"{self.file}: layer {layer.name!r}: path {layer.path!r} must lie inside the data folder."
            )
        exact = self.data / layer.path
        found = [exact] if exact.exists() else sorted(self.data.glob(layer.path))
        if not found:
            raise ConfigError(
                f"{self.data / layer.path}: not found, and the layer {layer.name!r} of {self.file} needs it; "
                "put it there, or point --data at the folder that holds it."
            )
        return found


def read(path: Path, data: Path | None = None) -> Located:
    """The place in a TOML file, its layers looked for in `data` or where it says; ConfigError tells what is wrong."""
    located = planned(path, data)
    if not located.data.is_dir():
        raise ConfigError(
            f"{located.data}: there is no such data folder; point --data at the folder with this place's files."
        )
    return located


def planned(path: Path, data: Path | None = None) -> Located:
    """The same for a place whose data folder need not be there yet."""
    try:
        place = Place.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigError(f"{path}: there is no such place file; places/demo.toml is one to start from.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not text in UTF-8; a place file is TOML in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not a TOML file ({error}).") from None
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_fault(error)}") from None
    return Located(place, path, data if data is not None else path.parent / place.data)


def _check_box(box: Box | None) -> None:
    if box is not None and not (-180 <= box[0] < box[2] <= 180 and -90 <= box[1] < box[3] <= 90):
        raise ValueError("box is [west, south, east, north] in degrees, west before east and south before north")


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
