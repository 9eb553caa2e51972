"""What no map says: the facts that a project is asked for, read from a small file of the project's own."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from siteselect.errors import ConfigError
from siteselect.rules.pack import Fact, Pack

TABLES = ("project", "sites", "amenities", "known")


@dataclass(frozen=True)
class Facts:
    """Facts by name: of the project, of each site, of each amenity, of each kind of amenity, of a site and an amenity.

    What is not given is not known.  A site's own fact stands before the project's, an amenity's before its kind's.
    """

    project: Mapping[str, Any] = field(default_factory=dict)
    sites: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    amenities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def of_sites(self, fact: str, site_ids: Sequence[str]) -> np.ndarray:
        """A fact for each site (n,), None where it is not known."""
        found = np.full(len(site_ids), self.project.get(fact), object)
        for place, site in enumerate(site_ids):
            if fact in self.sites.get(site, {}):
                found[place] = self.sites[site][fact]
        return found

    def of_amenities(self, fact: str, ids: Sequence[str], kinds: Sequence[str]) -> np.ndarray:
        """A fact for each amenity (m,), None where it is not known."""
        said = [
            self.amenities.get(i, {}).get(fact, self.kinds.get(k, {}).get(fact))
            for i, k in zip(ids, kinds, strict=True)
        ]
        return np.array([*said, None], object)[:-1]  # the None keeps numpy from guessing a type


def read(path: Path | None, pack: Pack, known: Mapping[str, Mapping[str, Any]]) -> Facts:
    """The facts in a project's TOML file (none without one), and what the place says of whole kinds of amenity.

    [project] is about the project, [sites."ID"] about one site, [sites."ID".amenities."ID"] about the two together,
    [amenities."ID"] about one amenity.  ConfigError names the table and the fact that is not known or cannot be meant.
    """
    said = _toml(path) if path is not None else {}
    where = str(path) if path is not None else "the project"
    for name in said:
        if name not in TABLES[:3]:
            raise ConfigError(f"{where}: there is no such table {name!r}; {_hint(name, TABLES[:3])}")
    by_name = {fact.id: fact for fact in pack.facts}
    sites, pairs = {}, {}
    for site, table in _tables(said, "sites", where):
        own = dict(table)
        for amenity, facts in _tables(own, "amenities", f"{where}: sites.{site}"):
            about = f"{where}: sites.{site}.amenities.{amenity}"
            pairs[site, amenity] = _checked(facts, by_name, ("pair",), about)
        own.pop("amenities", None)
        sites[site] = _checked(own, by_name, ("project",), f"{where}: sites.{site}")
    project = _checked(_table(said, "project", where), by_name, ("project",), f"{where}: project")
    amenities = {
        amenity: _checked(facts, by_name, ("amenity",), f"{where}: amenities.{amenity}")
        for amenity, facts in _tables(said, "amenities", where)
    }
    # what a place says of its lists may be meant for another pack: only this one's facts are taken
    kinds = {
        kind: _checked({k: v for k, v in facts.items() if k in by_name}, by_name, ("amenity",), f"rules.known.{kind}")
        for kind, facts in known.items()
    }
    return Facts(project, sites, amenities, kinds, pairs)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigError(f"{path}: there is no such file of project facts.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not text in UTF-8; project facts are TOML in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not a TOML file ({error}).") from None


def _table(said: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    found = said.get(name, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{where}: {name} is a table of facts; write [{name}] and the facts below it.")
    return found


def _tables(said: Mapping[str, Any], name: str, where: str) -> list[tuple[str, dict[str, Any]]]:
    outer = _table(said, name, where)
    return [(key, _table(outer, key, f"{where}: {name}")) for key in outer]


def _checked(said: Mapping[str, Any], by_name: Mapping[str, Fact], about: Sequence[str], where: str) -> dict[str, Any]:
    """The facts, each of which the pack asks for and whose value is of its kind."""
    names = [name for name, fact in by_name.items() if fact.about in about]
    for name, value in said.items():
        if name not in names:
            raise ConfigError(f"{where}: this pack asks for no fact {name!r} there; {_hint(name, names)}")
        fact = by_name[name]
        number = isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)
        fits = {"yes-no": isinstance(value, bool), "number": number and value >= 0, "choice": value in fact.choices}
        if not fits[fact.kind]:
            wanted = {"yes-no": "true or false", "number": "a number from 0", "choice": f"one of {fact.choices}"}
            raise ConfigError(f"{where}: {name} is {value!r}; write {wanted[fact.kind]}. {fact.ask}")
    return dict(said)


def _hint(name: str, known: Sequence[str]) -> str:
    meant = difflib.get_close_matches(name, known, 1)
    return f"did you mean {meant[0]!r}?" if meant else f"it asks for {', '.join(known) or 'none'}."
