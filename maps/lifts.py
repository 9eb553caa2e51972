"""What would lift a site above another, as a page shows it."""

from dataclasses import dataclass

import pandas as pd

from maps import figures
from maps import run as runs
from maps.gates import own
from maps.weights import policy
from maps.words import Words
from siteselect.errors import FileRefused
from siteselect.rank import whynot

MOST = 6


@dataclass(frozen=True)
class Why:
    """Below whom, by how much, and the single changes that would lift the site level; texts ready to be escaped."""

    above_id: str
    above: str
    gap: str
    lifts: tuple[str, ...]


def why(run: runs.Run, site_id: str, words: Words) -> Why | None:
    """Why a site is not one place higher; for an excluded one, what its score lacks to the third.

    None for the first, where no other is ranked, and for a run of another edition.
    """
    try:
        held = policy(run)
    except FileRefused:
        return None
    mine = run.sites[run.sites["site_id"] == site_id].iloc[0]
    ranked = run.ranked[run.ranked["site_id"] != site_id]
    higher = ranked.head(3) if pd.isna(mine["rank"]) else ranked[ranked["rank"] < mine["rank"]]
    if higher.empty:
        return None
    other = higher.iloc[-1]
    gap = float(other["score_likely"]) - float(mine["score_likely"])
    if gap <= 0:
        return None
    found = whynot.lifts(run.reasons, held, site_id, str(other["site_id"]))
    labels = {c.id: own(c.model_dump(), "label", words) for c in held.criteria}
    told = tuple(_said(lift, labels[lift.criterion], words) for lift in found if lift.enough)[:MOST]
    return Why(str(other["site_id"]), str(other["name"]), figures.score(gap, words), told)


def _said(lift: whynot.Lift, label: str, words: Words) -> str:
    if lift.kind == "weight":
        return words.say(
            "{label}: a weight of {needed} instead of {value}",
            label=label, needed=figures.number(lift.needed or 0.0, words, 1),
            value=figures.number(lift.value or 0.0, words, 1),
        )  # fmt: skip
    if lift.kind == "unknown":
        return words.say(
            "{label}: not known, and counted as a half; it would have to turn out to be worth {needed} of 1",
            label=label, needed=figures.score(lift.needed or 0.0, words),
        )  # fmt: skip
    return words.say(
        "{label}: {needed} instead of {value}, as most likely walked or measured",
        label=label, needed=figures.value(lift.needed, lift.unit, words),
        value=figures.value(lift.value, lift.unit, words),
    )  # fmt: skip
