"""Several invented towns, each with sites and clinics of its own, and pages that go wrong on purpose."""

import os
import random
from pathlib import Path

from tests import town

SITES = 40


def write(folder: Path, *seeds: int) -> list[Path]:
    """A town a seed, each in a folder of its own; gives the place files."""
    return [one(folder / f"seed-{seed}", seed) for seed in seeds]


def one(folder: Path, seed: int) -> Path:
    """A town with 40 sites, of which some stand on the same spot, and five clinics."""
    place = town.write(folder)
    chance = random.Random(seed)
    spots = [(chance.randrange(0, 1000), chance.randrange(0, 1000)) for _ in range(SITES // 2)]
    town.table(
        folder / "town" / "sites.csv",
        "id,apn,owner,acres,lon,lat",
        [
            (f"S{n:02d}", f"100-000-{n:03d}-000", chance.choice(("County", "County", "City", "Private")), 1.0,
             *town.lonlat(*chance.choice(spots)))
            for n in range(SITES)
        ],
    )  # fmt: skip
    clinics = [(f"K{n}", f"Clinic {n}", *town.lonlat(*chance.choice(spots))) for n in range(5)]
    town.table(folder / "town" / "clinics.csv", "id,name,lon,lat", clinics)
    text = place.read_text().replace('id = "town"', f'id = "seed-{seed}"')
    if seed % 2:  # a layer that the others have not
        text = text.replace('hazard = "fault_zone"', 'hazard = "tsunami"')
    place.write_text(text)
    return place


def no_pages(folder: Path) -> None:
    """Draw nothing: for tests that ask for the tables alone."""


def die_at_2(folder: Path) -> None:
    """End the process, as the system does when memory runs out, at the town of seed 2."""
    if ".seed-2-" in folder.name:
        os._exit(9)


def fault_at_2(folder: Path) -> None:
    """Fail as a fault of the program would, at the town of seed 2."""
    if ".seed-2-" in folder.name:
        raise ZeroDivisionError("a fault of the program")
