"""Slope and shares of areas against their peers, on 185,000 made-up parcels; see benchmarks/run."""

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

HERE = Path(__file__).resolve().parent
PEERS = HERE / ".venv" / "bin" / "python"  # the benchmark's own environment: benchmarks/requirements.txt
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
    """Made-up parcels in metres: nine in ten are town lots, the rest fields of 1 to 40 ha, some with a hole or two parts."""
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
    line += chance.uniform(0, side, (count, 1, 2)) + [WEST, NORTH - side]
    return np.asarray(shapely.buffer(shapely.linestrings(line), chance.uniform(20, 200, count), quad_segs=8))
