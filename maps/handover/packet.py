"""A run as everything that is handed over reads it: its tables, how firmly it holds, and the mark of its inputs."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from maps import run as runs
from maps.handover.scored import Scored
from siteselect import board
from siteselect import runs as held_runs
from siteselect.rank import firm

DRAWS = 10_000
SEED = 1


@dataclass(frozen=True)
class Packet:
    """One run, ready to be handed over.

    run: its files as a page reads them; held: the same for what asks about it; mark: the SHA-256 of its manifest,
    which names every input by its own; scored: the points of a funding round, where they were computed.
    """

    folder: Path
    run: runs.Run
    held: held_runs.Held
    mark: str
    scored: Scored | None = None
    draws: int = DRAWS
    whys: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def place(self) -> dict[str, Any]:
        """What the manifest says of the place."""
        return dict(self.held.manifest["place"])

    @cached_property
    def stability(self) -> dict[str, Any]:
        """`board.stability` of the run, seeded, over all weights there are."""
        return board.stability(self.held, self.draws, None, SEED)

    @cached_property
    def firmness(self) -> firm.Firmness:
        """The same draws, with the share of them in which each site stands at each place."""
        return firm.stability(firm.worths(self.held.reasons, self.held.sites), self.draws, None, SEED)

    @cached_property
    def firm_by_site(self) -> dict[str, dict[str, Any]]:
        """The rows of `stability` by site."""
        return {row["site_id"]: row for row in self.stability["sites"]}

    def why(self, site_id: str) -> dict[str, Any]:
        """`board.why` of a site, against the next one up; ConfigError when the run has no such site."""
        if site_id not in self.whys:
            self.whys[site_id] = board.why(self.held, site_id, None)
        return self.whys[site_id]


def read(folder: Path, scored: Scored | None = None) -> Packet:
    """The run in a folder; FileRefused says which file is not there or is not what it should be."""
    held = held_runs.read(folder)
    run = runs.read(folder)
    return Packet(folder, run, held, _mark(run.manifest), scored)


def _mark(manifest: dict[str, Any]) -> str:
    """The SHA-256 of what the manifest says, without the seal that the rank command puts on a folder that it leaves."""
    told = {key: value for key, value in manifest.items() if key not in ("made_from", "outputs", "seal")}
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
