"""The points of a funding round at each site, as `siteselect points --json` prints them."""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from siteselect.errors import FileRefused
from siteselect.policy import first_fault


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Item(_Read):
    """One rule of the table at one site; what is None is not known."""

    rule: str
    title: str | None = None
    points: float | None = None
    max: float | None = None
    amenity: str | None = None
    distance_m: float | None = None
    method: str | None = None
    margin_m: float | None = None
    source: str | None = None
    as_of: str | None = None
    status: str | None = None


class Points(_Read):
    """One site's points: those that are certain, and its items."""

    site_id: str
    points: float | None = None
    points_high: float | None = None
    max: float | None = None
    items: tuple[Item, ...] = ()


class Scored(_Read):
    """A whole answer: the edition of the table and each site's points."""

    edition: str
    title: str | None = None
    sites: tuple[Points, ...] = Field(default=())

    def of(self, site_id: str) -> Points | None:
        """A site's points; None when the answer does not have the site."""
        return next((s for s in self.sites if s.site_id == site_id), None)


def read(path: Path) -> Scored:
    """The answer in a JSON file; FileRefused says what is wrong with it."""
    remedy = "it should be what `siteselect points PLACE.toml --json` prints."
    try:
        return Scored.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as gone:
        raise FileRefused(f"{path}: cannot be read ({gone.strerror}); {remedy}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as bad:
        raise FileRefused(f"{path}: not JSON ({bad}); {remedy}") from None
    except ValidationError as bad:
        raise FileRefused(f"{path}: {first_fault(bad)} {remedy.capitalize()}") from None
