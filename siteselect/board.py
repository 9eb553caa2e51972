"""What a planner is asked in public, answered from a ranked run: how firm is it, why not this site, what changed.

Each answer is a plain dictionary, as `--json` prints it; `*_said` puts it into sentences.
"""

import difflib
from collections.abc import Iterator
from typing import Any

import pandas as pd

from siteselect.errors import ConfigError
from siteselect.rank import firm, moves, whynot
from siteselect.runs import Held


def stability(run: Held, draws: int, band: float | None, seed: int) -> dict[str, Any]:
    """How firmly the order holds (`rank.firm`): {"draws", "weights", "sites", "flip", "tau", "pairs", "left_out"}."""
    worths = firm.worths(run.reasons, run.sites)
    found = firm.stability(worths, draws, band, seed)
    names = run.sites.set_index("site_id")["name"]
    sites = found.sites.assign(name=names.reindex(found.sites["site_id"]).to_numpy(object)).round(4)
    flip = firm.flip(worths)
    labels = run.reasons.drop_duplicates("criterion").set_index("criterion")["label"]
    return {
        "draws": found.draws,
        "seed": found.seed,
        "band": band,
        "weights": _drawn(found),
        "sites": _records(sites),
        "flip": None if flip is None else {
            "criterion": flip.criterion, "label": labels[flip.criterion], "weight": flip.weight,
            "needed": round(flip.needed, 4), "factor": round(flip.factor, 4),
            "leaves": flip.leaves, "enters": flip.enters,
        },
        "tau": round(found.tau, 4),
        "pairs": _records(found.pairs.head(20).round(4)),
        "left_out": found.left_out,
        "unknowns": "in the columns that end in _unknowns each figure that is not known, or known within a range, is "
        "drawn too: in a triangle over its range with its top at the likely value, each by itself",
    }  # fmt: skip


def _drawn(found: firm.Firmness) -> str:
    if not found.draws:
        return "all weights there are: counted exactly, nothing drawn"
    if found.band is None:
        return f"{found.draws:,} draws of all weights there are (uniform on the simplex, seed {found.seed})"
    return f"{found.draws:,} draws within {found.band:.0%} of each weight (uniform, seed {found.seed})"


def stability_said(answer: dict[str, Any], top: int) -> Iterator[str]:
    """The answer in lines."""
    yield f"Over {answer['weights']}:"
    yield f"{'first':>7} {'top 3':>7} {'places':>9}   with unknowns drawn: first, top 3, places"
    for row in answer["sites"][:top]:
        yield (
            f"{row['first_share']:7.1%} {row['top3_share']:7.1%} {row['rank_low']:4}-{row['rank_high']:<4} "
            f"{row['first_share_unknowns']:9.1%} {row['top3_share_unknowns']:7.1%} "
            f"{row['rank_low_unknowns']:4}-{row['rank_high_unknowns']:<4}  {row['site_id']}  {row['name']}"
        )
    if len(answer["sites"]) > top:
        yield f"... and {len(answer['sites']) - top} more; --top N shows more, --json all."
    flip = answer["flip"]
    if flip is None:
        yield "No change of one weight alone changes who stands in the top three."
    else:
        yield (
            f"The smallest change of one weight that changes the top three: {flip['label']} ({flip['criterion']}) "
            f"from {flip['weight']:g} to beyond {flip['needed']:.3g}; "
            f"{flip['enters']} then takes the place of {flip['leaves']}."
        )
    for pair in answer["pairs"][:3]:
        yield f"{pair['below']} stands above {pair['above']} in {pair['swapped_share']:.1%} of the draws."
    yield f"Kendall's tau of the draws against the order, at the mean: {answer['tau']:.3f} (1 is the same order)."


def why(run: Held, site_id: str, above: str | None) -> dict[str, Any]:
    """Why a site is out, or not above another (the next one up unless named): gates, and what would lift it.

    {"site_id", "name", "rank", "excluded": [...], "open": [...], "above", "gap", "lifts": [...], "reasons": [...]};
    for an excluded site the lifts say what its score still lacks to the last site of the top three.
    """
    row = _site(run, site_id)
    ranked = run.sites[run.sites["rank"].notna()]
    other = _other(run, ranked, row, above)
    names = run.sites.set_index("site_id")["name"]
    answer: dict[str, Any] = {
        "site_id": site_id,
        "name": row["name"],
        "rank": None if pd.isna(row["rank"]) else int(row["rank"]),
        "score": [row["score_low"], row["score_likely"], row["score_high"]],
        "excluded": whynot.gates(run.policy, row, _text(row["excluded_because"])),
        "open": whynot.gates(run.policy, row, _text(row["conditions"])),
        "above": None,
        "unknown": _records(
            run.reasons.loc[
                (run.reasons["site_id"] == site_id) & ~run.reasons["known"].astype(bool),
                ["criterion", "label", "unknown_because", "points_low", "points_high"],
            ]
        ),
    }
    if other is not None:
        theirs = _site(run, other)
        answer |= {
            "above": {"site_id": other, "name": names[other], "rank": _whole(theirs["rank"])},
            "gap": round(float(theirs["score_likely"]) - float(row["score_likely"]), 4),
            "reasons": _records(moves.side_by_side(run.reasons, site_id, other).round(4)),
            "lifts": [vars(lift) for lift in whynot.lifts(run.reasons, run.policy, site_id, other)],
        }
    return answer


def why_said(answer: dict[str, Any]) -> Iterator[str]:
    """The answer in lines."""
    stands = "is not ranked" if answer["rank"] is None else f"stands at place {answer['rank']}"
    low, likely, high = answer["score"]
    yield f"{answer['site_id']} ({answer['name']}) {stands}; score {likely:.3f} ({low:.3f} to {high:.3f})."
    for gate in answer["excluded"]:
        yield f"  Out: {gate['found']}. To be admitted {gate['change']} ({gate['citation']})."
    for gate in answer["open"]:
        yield f"  Open: {gate['found']}. {gate['change'].capitalize()} ({gate['citation']})."
    for gone in answer["unknown"]:
        yield (
            f"  Not known: {gone['label']} ({gone['unknown_because']}); it could give {gone['points_low']:.3f} to "
            f"{gone['points_high']:.3f} of the score."
        )
    above = answer["above"]
    if above is None:
        yield "  No site stands above it."
        return
    admitted = "Were it admitted, it would stand below" if answer["rank"] is None else "Below"
    if answer["gap"] <= 0:
        yield f"  {above['site_id']} ({above['name']}) does not stand above it by score."
        return
    yield f"{admitted} {above['site_id']} ({above['name']}, place {above['rank']}) by {answer['gap']:.4f}:"
    for row in answer["reasons"]:
        if row["change"] > 0:
            yield f"  {row['label']}: {row['points_mine']:.3f} against {row['points_theirs']:.3f}"
    alone = [lift for lift in answer["lifts"] if lift["enough"]]
    yield "Any one of these alone would lift it level:" if alone else "No single change would lift it level."
    for lift in alone[:8]:
        yield f"  {lift_said(lift)}"


def lift_said(lift: dict[str, Any]) -> str:
    """One change in words."""
    if lift["kind"] == "weight":
        return f"the weight of {lift['label']} at {lift['needed']:.3g} instead of {lift['value']:g}"
    if lift["kind"] == "unknown":
        return f"{lift['label']}, not known and taken as worth 0.50 of 1, turning out to be worth {lift['needed']:.2f}"
    unit = f" {lift['unit']}" if lift["unit"] else ""
    return f"{lift['label']}: {lift['needed']:.4g}{unit} instead of {lift['value']:.4g}{unit} (the likely figure)"


def compare(before: Held, after: Held) -> dict[str, Any]:
    """Two runs: {"before", "after", "differences", "sites": [...]}; each site's move split into its causes."""
    sides = [moves.Side(run.sites, run.reasons, run.policy) for run in (before, after)]
    return {
        "before": _about(before),
        "after": _about(after),
        "differences": _differences(before, after),
        "sites": _records(moves.compared(*sides).round(6)),
    }


def compare_said(answer: dict[str, Any], top: int) -> Iterator[str]:
    """The answer in lines."""
    for word in ("before", "after"):
        about = answer[word]
        yield f"{word:>6}: {about['run']}, {about['day']}, {about['policy']} {about['edition']}"
    yield from (f"  {line}" for line in answer["differences"])
    yield f"{'place':>11} {'score':>17} {'change':>8} = {'data':>8} {'service':>8} {'rule':>8} {'weight':>8}"
    for row in answer["sites"][:top]:
        place = f"{_or(row['rank_before'])} > {_or(row['rank_after'])}"
        parts = " ".join(_signed(row[f"change_{cause}"]) for cause in moves.CAUSES)
        score = f"{_or(row['score_before'], '.3f')} > {_or(row['score_after'], '.3f')}"
        told = "" if row["status"] == "both" else f" ({row['status']})"
        yield f"{place:>11} {score:>17} {_signed(row['change'])} = {parts}  {row['site_id']}  {row['name']}{told}"
        if row["status"] == "both" and row["gate_before"] != row["gate_after"]:
            yield f"{'':12}was {row['gate_before'] or 'admitted'}; is {row['gate_after'] or 'admitted'}"
    if len(answer["sites"]) > top:
        yield f"... and {len(answer['sites']) - top} more; --top N shows more, --json all."


def _differences(before: Held, after: Held) -> list[str]:
    """What differs between the runs' inputs, day and policy, in sentences."""
    found = []
    days = [run.manifest["place"]["day"] for run in (before, after)]
    if days[0] != days[1]:
        found.append(f"service: the day was {days[0]}, is {days[1]}")
    feeds = [{f["name"]: f for f in run.manifest["feeds"]} for run in (before, after)]
    for name in dict.fromkeys([*feeds[0], *feeds[1]]):
        trips = [f"{f[name]['trips_running']} trips" if name in f else "not there" for f in feeds]
        if trips[0] != trips[1]:
            found.append(f"service: {name} was {trips[0]}, is {trips[1]}")
    files = [{i["path"]: i["sha256"] for i in run.manifest["inputs"]} for run in (before, after)]
    for path in dict.fromkeys([*files[0], *files[1]]):
        if files[0].get(path) != files[1].get(path):
            word = "came" if path not in files[0] else "is gone" if path not in files[1] else "changed"
            found.append(f"data: {path} {word}")
    rules = [{c.id: c for c in run.policy.criteria} for run in (before, after)]
    for name in dict.fromkeys([*rules[0], *rules[1]]):
        one, two = (r.get(name) for r in rules)
        if one is None or two is None:
            found.append(f"rule: {name} {'came' if one is None else 'is gone'}")
        elif one.model_copy(update={"weight": two.weight}) != two:
            found.append(f"rule: {name} is worth otherwise")
        if one and two and one.weight != two.weight:
            found.append(f"weight: {name} was {one.weight:g}, is {two.weight:g}")
    return found or ["nothing differs in what was read, asked or valued"]


def _about(run: Held) -> dict[str, Any]:
    place = run.manifest["place"]
    return {"run": run.name, "place": place["id"], "day": place["day"], "policy": run.policy.id,
            "edition": run.policy.edition, "changed": list(run.policy.changed)}  # fmt: skip


def _site(run: Held, site_id: str) -> dict[str, Any]:
    found = run.sites[run.sites["site_id"] == site_id]
    if found.empty:
        close = difflib.get_close_matches(site_id, run.sites["site_id"].astype(str).tolist(), 1)
        hint = f"did you mean {close[0]!r}?" if close else "`--json` of `siteselect rank` lists their ids."
        raise ConfigError(f"{run.name}: no site has the id {site_id!r}; {hint}")
    return {str(k): v for k, v in found.iloc[0].items()}


def _other(run: Held, ranked: pd.DataFrame, row: dict[str, Any], above: str | None) -> str | None:
    """The site to be measured against: the one named, the next one up, or for an excluded one the third."""
    if above is not None:
        return str(_site(run, above)["site_id"])
    if pd.isna(row["rank"]):
        return str(ranked["site_id"].iloc[min(2, len(ranked) - 1)]) if len(ranked) else None
    higher = ranked[ranked["rank"] < row["rank"]]
    return str(higher["site_id"].iloc[-1]) if len(higher) else None


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    held: pd.DataFrame = table.astype(object).where(table.notna(), None)
    return [{str(k): v.item() if hasattr(v, "item") else v for k, v in row.items()} for row in held.to_dict("records")]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _or(value: Any, form: str = "") -> str:
    return "-" if value is None else f"{value:{form}}"


def _signed(value: float | None) -> str:
    return f"{'-':>8}" if value is None else f"{value:+8.4f}"
