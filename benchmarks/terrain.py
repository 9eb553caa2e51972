"""Slope and shares of areas against their peers, on 185,000 made-up parcels; see benchmarks/run."""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin

HERE = Path(__file__).resolve().parent
RECORDED = json.loads((HERE / "recorded.json").read_text())
CRS, WEST, NORTH, CELL_M = "EPSG:26910", 480_000.0, 4_290_000.0, 10.0
CELLS, PARCELS, AREAS, ROUNDS = 5000, 185_000, 5_000, 5


def heights(cells: int) -> np.ndarray:
    """Made-up hills in metres: noise of every wavelength, the longer the higher."""
    chance = np.random.default_rng(5)
    total = np.zeros((cells, cells), np.float32)
    for octave in range(8):
        knots = 4 * 2**octave + 3
        at = np.linspace(1, knots - 2, cells)
        low, share = at.astype(int), (at % 1).astype(np.float32)
        share = share * share * (3 - 2 * share)
        grid = chance.normal(0, 400 / 2**octave, (knots, knots)).astype(np.float32)
        rows = grid[low] * (1 - share)[:, None] + grid[low + 1] * share[:, None]
        total += rows[:, low] * (1 - share) + rows[:, low + 1] * share
    return total


def parcels(count: int, cells: int) -> np.ndarray:
    """Made-up parcels in metres: nine in ten are town lots, the rest fields of 1 to 40 ha, a few with a hole."""
    chance = np.random.default_rng(6)
    side = cells * CELL_M
    town = chance.random(count) < 0.9
    centre = chance.uniform(600, side - 600, (count, 2))
    towns = chance.uniform(4000, side - 4000, (40, 2))
    centre[town] = towns[chance.integers(0, 40, town.sum())] + chance.normal(0, 1100, (int(town.sum()), 2))
    centre += [WEST, NORTH - side]
    shapes = np.empty(count, object)
    wide, deep = chance.uniform(12, 30, int(town.sum())), chance.uniform(25, 60, int(town.sum()))
    corner = np.array([(-1, -1), (0, -1.1), (1, -1), (1, 0.2), (1, 1), (-1, 1)]) / 2
    shapes[town] = shapely.polygons(
        _turned(corner * np.stack([wide, deep], 1)[:, None], chance) + centre[town][:, None]
    )
    rest = int((~town).sum())
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    far = np.sqrt(10 ** chance.uniform(4, 5.6, rest) / np.pi)[:, None] * chance.uniform(0.7, 1.2, (rest, 24))
    star = np.stack([far * np.cos(angle), far * np.sin(angle)], -1)
    hole = 0.3 * star[:, ::-1]
    fields = shapely.polygons(star + centre[~town][:, None])
    with_hole = shapely.difference(fields, shapely.polygons(hole + centre[~town][:, None]))
    two = shapely.difference(fields, shapely.box(*(centre[~town] - [900, 5]).T, *(centre[~town] + [900, 5]).T))
    kind = chance.random(rest)
    shapes[~town] = np.where(kind < 0.1, with_hole, np.where(kind < 0.2, two, fields))
    return shapes


def _turned(offset: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    turn = chance.uniform(0, np.pi, len(offset))
    turning = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.einsum("ijn,nkj->nki", turning, offset)


def areas(count: int, cells: int) -> np.ndarray:
    """Made-up hazard areas: winding bands of hundreds of corners, some over one another."""
    chance = np.random.default_rng(8)
    side = cells * CELL_M
    step = chance.normal(0, 0.25, (count, 60)).cumsum(axis=1) + chance.uniform(0, 6.28, (count, 1))
    line = np.stack([np.cos(step), np.sin(step)], -1).cumsum(axis=1) * chance.uniform(5, 60, (count, 1, 1))
    line += chance.uniform(0, side, (count, 1, 2)) + np.array([WEST, NORTH - side])
    return np.asarray(shapely.buffer(shapely.linestrings(line), chance.uniform(20, 200, count), quad_segs=8))


class Land:
    """A made-up model, its slopes and the parcels on it, as files in a folder; the peer is not asked to make slopes."""

    def __init__(self, folder: Path, quick: bool) -> None:
        from siteselect.layers import terrain

        self.cells = CELLS // 2 if quick else CELLS
        self.parcels = parcels(PARCELS // 4 if quick else PARCELS, self.cells)
        self.dem, self.slope, self.kept = folder / "dem.tif", folder / "slope.tif", folder / "parcels.npz"
        self.heights = heights(self.cells)
        slopes = np.full_like(self.heights, np.nan)
        slopes[1:-1, 1:-1] = terrain.horn(self.heights, CELL_M, CELL_M)
        for path, values in ((self.dem, self.heights), (self.slope, slopes)):
            with rasterio.open(
                path, "w", driver="GTiff", width=self.cells, height=self.cells, count=1, dtype="float32", nodata=np.nan,
                crs=CRS, tiled=True, transform=from_origin(WEST, NORTH, CELL_M, CELL_M),
            ) as out:  # fmt: skip
                out.write(values, 1)
        _, corners, (rings, parts, shapes) = shapely.to_ragged_array(self.parcels)
        np.savez(self.kept, corners=corners, rings=rings, parts=parts, shapes=shapes)

    def ours(self) -> np.ndarray:
        """Mean slope by parcel (and the area of each class, which the peer is not asked), from the heights."""
        from siteselect.layers.terrain import model, zonal

        with model.opened(self.dem, CRS, 1.0) as ground:
            return zonal.by_class(ground, self.parcels)[0]


def comparisons(quick: bool = False) -> Iterator[dict[str, object]]:
    """Each comparison as {"name", "ours_s", "peer", "peer_s", "ratio", "peak_mb"}, with words where they are needed."""
    with tempfile.TemporaryDirectory() as name:
        land = Land(Path(name), quick)
        yield from zonal_means(land, Path(name), quick)
        if not quick:
            yield shares(land)


def zonal_means(land: Land, folder: Path, quick: bool) -> Iterator[dict[str, object]]:
    name, rounds = "zonal_slope_vs_exactextract", 2 if quick else ROUNDS
    from benchmarks import peers

    means = land.ours()  # compiled
    peer = _peer(peers.python())
    if peer is None:
        was = RECORDED["terrain"]
        yardstick, ours = _in_turn(rounds, lambda: np.hypot(*np.gradient(land.heights)), land.ours)
        share = len(land.parcels) / PARCELS
        pace = statistics.median(yardstick) / (0.25 if quick else 1.0) / was["gradient_s"]
        yield line(name, ours, was["peer"], [was["by_raster_s"] * pace * share], recorded=True)
        return
    with peer:
        for strategy, again, more in (("raster", rounds, ""), ("feature", 1, "_by_feature")):
            if quick and more:
                return
            asked = {"parcels": str(land.kept), "slope": str(land.slope), "crs": CRS,
                     "strategy": f"{strategy}-sequential", "means": str(folder / "means.npy")}  # fmt: skip
            ours, theirs = [], []
            for _ in range(again):
                ours += _in_turn(1, land.ours)[0]
                theirs.append(_ask(peer, asked)["seconds"])
            apart = np.nanmax(np.abs(means / np.load(asked["means"]) - 1))
            words = f"exactextract, by {strategy}, its slopes given"
            yield line(name + more, ours, words, theirs, parcels=len(land.parcels), most_apart=float(f"{apart:.2g}"))


def shares(land: Land) -> dict[str, object]:
    """The area of each parcel that lies in any of thousands of areas, some of which overlap."""
    from siteselect.layers import overlay

    zones = areas(AREAS, land.cells)
    drawn = gpd.GeoDataFrame({"parcel": np.arange(len(land.parcels))}, geometry=land.parcels, crs=CRS)
    table = gpd.GeoDataFrame(geometry=zones, crs=CRS)

    def theirs() -> np.ndarray:
        cut = gpd.overlay(drawn, table, how="intersection").dissolve("parcel")
        return cut.area.reindex(drawn["parcel"], fill_value=0.0).to_numpy()

    def ours() -> np.ndarray:
        return np.asarray(shapely.area(overlay.inside(land.parcels, zones)))

    apart = np.abs(ours() - theirs()).max()
    took = _in_turn(3, ours, theirs)
    return line("shares_vs_geopandas_overlay", took[0], "geopandas overlay and dissolve", took[1],
                parcels=len(drawn), areas=len(zones), most_apart_m2=float(f"{apart:.2g}"))  # fmt: skip


def line(name: str, ours: list[float], peer: str, theirs: list[float], **more: object) -> dict[str, object]:
    mine, its = statistics.median(ours), statistics.median(theirs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"name": name, "ours_s": round(mine, 4), "peer": peer, "peer_s": round(its, 3),
            "ratio": round(mine / its, 4), "peak_mb": round(peak), **more}  # fmt: skip


def _in_turn(rounds: int, *calls: Callable[[], object]) -> list[list[float]]:
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, seconds in zip(calls, took, strict=True):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
    return took


def _peer(interpreter: Path | None) -> "subprocess.Popen[str] | None":
    """The peer in a process of its own; None where its environment is not there or lacks it."""
    if interpreter is None:
        return None
    if subprocess.run([interpreter, "-c", "import exactextract"], capture_output=True, check=False).returncode:
        return None
    return subprocess.Popen(
        [interpreter, str(HERE / "exactextract_peer.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def _ask(peer: "subprocess.Popen[str]", asked: dict[str, str]) -> dict[str, float]:
    assert peer.stdin is not None
    assert peer.stdout is not None
    print(json.dumps(asked), file=peer.stdin, flush=True)
    answer: dict[str, float] = json.loads(peer.stdout.readline())
    return answer


def main() -> None:
    """Run the comparisons of the made-up land; with real streets, or one comparison of another kind, there are none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--streets")
    parser.add_argument("--only")
    parser.add_argument("--porto-alegre")
    asked, _ = parser.parse_known_args()
    if asked.streets or asked.only or asked.porto_alegre:
        return
    for one in comparisons(asked.quick):
        recorded = " (recorded once)" if one.get("recorded") else ""
        print(
            json.dumps(one) if asked.json else
            f"{one['name']:34} {one['ours_s']:9.4f} s {one['peer_s']:9.3f} s  {one['ratio']:.4f} of "
            f"{one['peer']}{recorded}; {one['peak_mb']} MB",
            flush=True,
        )  # fmt: skip


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    main()
