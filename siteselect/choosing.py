"""The choose command's answer: which few sites together reach the most people on foot, apart from one another."""

import csv
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from scipy.spatial import cKDTree

from siteselect import choose, network, pipeline, units
from siteselect.errors import ChoiceRefused, FileRefused
from siteselect.layers.streets import Streets
from siteselect.place import Located
from siteselect.report import Run

WALK_M_S = 1.2
MOST_SITES = 300  # the best of the ranked that are looked at


def answer(
    located: Located, run: Run, count: int, apart_m: float, minutes: float, existing: Path | None, fixed: list[str]
) -> dict[str, Any]:
    """{"chosen", "pairwise_m", "reached", "reached_before", "people", "method", "because", "one_more", "left_out"}.

    chosen: [site_id, name, rank, score] of the best set; pairwise_m: [a, b, metres in a straight line]; reached:
    people within `minutes` of the set or of existing housing, null (and `because`) where no layer of people is at hand:
    the set is then the best by score alone; one_more: what the same gives with one site more.
    """
    ranked = run.sites[run.sites["rank"].notna() & run.sites["lon"].notna()]
    sites = ranked.head(MOST_SITES).reset_index(drop=True)
    if len(sites) < count:
        raise ChoiceRefused(f"{count} sites were asked for, and {len(sites)} are ranked and located; ask for fewer.")
    crs = units.place_crs(located.place.crs)
    people, streets = pipeline.people_and_streets(located)
    xy = _metres(gpd.points_from_xy(sites["lon"], sites["lat"]), crs)
    others = np.zeros((0, 2)) if existing is None else _metres(_points(existing), crs)
    cells = np.zeros((0, 2)) if people is None else _metres(people.geometry.to_numpy(), crs)
    weight = np.zeros(0) if people is None else people["people"].fillna(0.0).to_numpy(float)
    limit_m = minutes * 60 * WALK_M_S
    detour = float(run.manifest["parameters"]["straight_line"]["likely"])
    covers = within(np.concatenate([xy, others]), cells, streets, limit_m, detour)
    held = [str(i) for i in sites["site_id"]]
    if wrong := [f for f in fixed if f not in held]:
        raise ChoiceRefused(f"{wrong[0]!r} is not among the ranked sites that are located; take another for --with.")
    between = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    asked = (covers[: len(xy)], weight, between >= apart_m)
    merit = sites["score_likely"].to_numpy(float)
    already, pinned = np.asarray(covers[len(xy) :].any(axis=0)), np.array([held.index(f) for f in fixed], int)

    def told(number: int) -> dict[str, Any]:
        found = choose.best(*asked, number, merit, already, pinned)
        some = found.sites
        return {
            "chosen": [
                {"site_id": held[i], "name": sites["name"][i], "rank": int(sites["rank"][i]), "score": float(merit[i])}
                for i in some
            ],
            "pairwise_m": [
                [held[a], held[b], round(float(between[a, b]), 1)] for n, a in enumerate(some) for b in some[n + 1 :]
            ],
            "reached": None if people is None else round(found.reached),
            "reached_before": None if people is None else round(found.before),
        }

    try:
        one_more: dict[str, Any] | None = told(count + 1)
    except ChoiceRefused:
        one_more = None
    way = streets.method if streets is not None else f"straight line times {detour:g}, for want of streets"
    return {
        **told(count), "people": None if people is None else round(float(weight.sum())),
        "minutes": minutes, "apart_m": apart_m,
        "method": f"middles of the people's cells within {limit_m:,.0f} m ({minutes:g} min at {WALK_M_S} m/s): {way}",
        "because": "no layer of people is at hand: the set is the best by score" if people is None else None,
        "one_more": one_more, "left_out": max(len(ranked) - MOST_SITES, 0),
    }  # fmt: skip


def within(
    origins: np.ndarray, cells: np.ndarray, streets: Streets | None, limit_m: float, detour: float
) -> np.ndarray:
    """Whether each cell (columns) is within a walk of each origin (rows), both (n, 2) in metres.

    Along the streets where both are on them; else by the straight line times `detour`.
    """
    covers = np.zeros((len(origins), len(cells)), bool)
    if not len(cells) or not len(origins):
        return covers
    tree = cKDTree(cells)
    for i, near in enumerate(tree.query_ball_point(origins, limit_m / detour)):
        covers[i, near] = True
    if streets is None:
        return covers
    tied = network.tie(streets, np.concatenate([origins, cells]))
    on = tied.covered
    n = len(origins)
    covers[np.ix_(on[:n], on[n:])] = False
    froms, tos, _ = network.within(tied, np.flatnonzero(on[:n]), n + np.flatnonzero(on[n:]), limit_m)
    covers[froms, tos - n] = True
    return covers


def said(told: dict[str, Any]) -> list[str]:
    """The answer in lines."""
    lines = [f"{s['site_id']}  {s['name']}  (place {s['rank']}, score {s['score']:.3f})" for s in told["chosen"]]
    lines += [f"  {a} to {b}: {metres:,.0f} m, straight line" for a, b, metres in told["pairwise_m"]]
    if told["reached"] is None:
        return [*lines, f"How many people they reach is not known: {told['because']}."]
    lines.append(
        f"They reach {told['reached']:,} of {told['people']:,} people, {told['reached_before']:,} of whom existing "
        f"housing reaches; {told['method']}."
    )
    if told["one_more"] is not None:
        more = told["one_more"]["reached"] - told["reached"]
        names = ", ".join(s["site_id"] for s in told["one_more"]["chosen"])
        lines.append(f"One site more would reach {more:,} more: {names}.")
    return lines


def _metres(points: Any, crs: str) -> np.ndarray:
    moved = units.to_metres(gpd.GeoDataFrame(geometry=gpd.GeoSeries(points, crs="EPSG:4326")), crs).geometry
    return np.column_stack([moved.x, moved.y])


def _points(path: Path) -> Any:
    """Existing housing from a CSV with the columns lon and lat, in degrees; FileRefused names the row."""
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as problem:
        raise FileRefused(f"{path}: cannot be read as a CSV in UTF-8 ({problem}).") from None
    lon, lat = [], []
    for line, row in enumerate(rows, 2):
        try:
            x, y = float(row["lon"]), float(row["lat"])
        except (KeyError, TypeError, ValueError):
            x, y = np.nan, np.nan
        if not (abs(x) <= 180 and abs(y) <= 90):
            raise FileRefused(f"{path}, row {line}: lon and lat must be degrees, such as -122.71 and 38.44.")
        lon.append(x)
        lat.append(y)
    return gpd.points_from_xy(lon, lat)
