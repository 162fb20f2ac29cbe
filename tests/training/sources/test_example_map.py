"""The map of Voorbeeldstad tiles the city."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from models.panel import Panel


def rings(example: Path) -> dict[str, np.ndarray]:
    features = json.loads((example / "districts.geojson").read_text("utf-8"))["features"]
    return {
        feature["properties"]["district"]: np.array(feature["geometry"]["coordinates"][0])
        for feature in features
    }


def area(ring: np.ndarray) -> float:
    x, y = ring.T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def inside(ring: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Tell which points lie inside a ring: an odd number of borders to their right."""
    x, y = points.T
    (x1, y1), (x2, y2) = ring[:-1].T, ring[1:].T
    crosses = (y1[:, None] > y) != (y2[:, None] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = (x2 - x1)[:, None] * (y - y1[:, None]) / (y2 - y1)[:, None] + x1[:, None]
    return np.asarray((crosses & (x < at)).sum(axis=0) % 2 == 1)


@pytest.mark.unit
def test_every_district_has_a_closed_outline(example: Path, panel: Panel) -> None:
    outlines = rings(example)
    wijken = panel.districts.loc[panel.districts["kind"] == "wijk", "district"]
    assert set(outlines) == set(wijken)
    assert all((ring[0] == ring[-1]).all() and area(ring) > 0 for ring in outlines.values())


@pytest.mark.unit
def test_districts_tile_the_city_without_overlap(example: Path) -> None:
    outlines = rings(example)
    everything = np.vstack(list(outlines.values()))
    rng = np.random.default_rng(0)
    points = rng.uniform(everything.min(axis=0), everything.max(axis=0), (4000, 2))
    covered = np.sum([inside(ring, points) for ring in outlines.values()], axis=0)
    assert covered.max() == 1
    middle, reach = everything.mean(axis=0), everything.std(axis=0)
    central = (np.abs(points - middle) < reach).all(axis=1)
    assert central.sum() > 500
    assert (covered[central] == 1).all()


@pytest.mark.unit
def test_neighbours_share_their_border_to_the_last_digit(example: Path) -> None:
    borders: dict[tuple[tuple[float, ...], tuple[float, ...]], int] = {}
    for ring in rings(example).values():
        corners = [tuple(point) for point in ring.tolist()]
        for start, end in pairwise(corners):
            assert (start, end) not in borders
            borders[start, end] = 1
    shared = sum((end, start) in borders for start, end in borders)
    assert 0.6 < shared / len(borders) < 0.95
