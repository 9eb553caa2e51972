"""A run by other weights: the same measures, another order, and how each site moved."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pydantic import ValidationError

from maps import figures
from maps import run as runs
from maps.gates import own
from maps.words import Words
from siteselect import policy as policies
from siteselect import score
from siteselect.errors import FileRefused
from siteselect.policy import Policy
from siteselect.rank import moves

FACTORS = (0.0, 0.5, 1.0, 2.0, 3.0)  # what the form offers; a link may say any


@dataclass(frozen=True)
class Weighed:
    """A run, and where its weights were changed, each site's move by it (`rank.moves.by_group`, by site_id)."""

    run: runs.Run
    changed: tuple[str, ...] = ()
    moved: pd.DataFrame | None = None


def weighed(run: runs.Run, changes: Sequence[str]) -> Weighed:
    """The run by changed weights, as `siteselect rank --weight` takes them; ConfigError for what cannot be meant."""
    if not changes:
        return Weighed(run)
    chosen = policies.changed(policy(run), changes)
    order, reasons = moves.weighed(run.sites, run.reasons, chosen)
    moved = moves.by_group(run.sites.set_index("site_id"), order, run.reasons, reasons).set_index("site_id")
    by_line = score.straight_line_share(reasons)
    held = run.sites.set_index("site_id").reindex(order.index)
    fresh = {c: order[c] for c in ("rank", "score_low", "score_likely", "score_high", "coverage")}
    sites = held.assign(**fresh, straight_line_share=by_line.reindex(order.index)).reset_index()[run.sites.columns]
    manifest = {**run.manifest, "policy": chosen.model_dump(mode="json")}
    return Weighed(dataclasses.replace(run, manifest=manifest, sites=sites, reasons=reasons), chosen.changed, moved)


def policy(run: runs.Run) -> Policy:
    """The policy that a run was ranked by; FileRefused when the manifest's is of another edition."""
    try:
        return Policy.model_validate(run.manifest.get("policy"))
    except ValidationError as fault:
        told = policies.first_fault(fault)
        raise FileRefused(
            f"{run.folder / 'manifest.json'}: its policy cannot be read: {told} Run `siteselect rank` again."
        ) from None


def form(run: runs.Run, changed: Sequence[str], words: Words) -> list[dict[str, Any]]:
    """For each group of criteria: its name, its share of all weights, and the factors that may be chosen for it.

    Empty for a run of another edition, whose weights cannot be changed here.
    """
    try:
        held = policy(run)
    except FileRefused:
        return []
    total = sum(c.weight for c in held.criteria)
    names = {
        "transit": words.say("Public transport"),
        "services": words.say("Services"),
        "land": words.say("The land"),
        "hazards": words.say("Hazards"),
        "people": words.say("People"),
    }
    chosen = dict(change.split("=") for change in changed)
    found = []
    for group in dict.fromkeys(c.group for c in held.criteria):
        now = float(chosen.get(group, "x1").removeprefix("x"))
        options = [{"value": f"{group}:x{f:g}", "text": _times(f, words), "on": f == now}
                   for f in sorted({*FACTORS, now})]  # fmt: skip
        share = sum(c.weight for c in held.criteria if c.group == group) / total
        labels = [own(c.model_dump(), "label", words) for c in held.criteria if c.group == group]
        found.append({"group": group, "name": names[group], "share": figures.percent(share, words), "options": options,
                      "labels": labels})  # fmt: skip
    return found


def move(weighed: Weighed, site_id: str, words: Words) -> str:
    """How a site moved, in a sentence; empty when the weights are the policy's own."""
    if weighed.moved is None or site_id not in weighed.moved.index:
        return ""
    row: dict[str, Any] = {str(k): v for k, v in weighed.moved.loc[site_id].items()}
    names = {g["group"]: g["name"] for g in form(weighed.run, (), words)}
    parts = [
        f"{names.get(column.removeprefix('change_'), column)} {_signed(row[column], words)}"
        for column in row
        if column.startswith("change_") and abs(row[column]) >= 0.0005
    ]
    told = words.say("score {change}", change=_signed(row["change"], words))
    if parts:
        told = f"{told}: {', '.join(parts)}"
    if pd.isna(row["rank_before"]):
        return told
    return words.say("rank {before} by the policy's own weights; {told}", before=int(row["rank_before"]), told=told)


def _times(factor: float, words: Words) -> str:
    if factor == 0:
        return words.say("not counted")
    return (
        words.say("as the policy says") if factor == 1 else f"× {figures.number(factor, words, 1 if factor % 1 else 0)}"
    )


def _signed(change: float, words: Words) -> str:
    text = figures.score(abs(change), words)
    return f"−{text}" if change < 0 else f"+{text}"
