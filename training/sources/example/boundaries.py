"""The map of Voorbeeldstad: districts that tile the city without overlaps.

The city lies in the North Sea, so that nobody takes it for a real one. Districts are the cells of a
Voronoi diagram, small in the centre and large at the edge, with borders that bend a little.
Neighbours share every border point to the last digit. The map is the same for every seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.sources.example.districts import part_code, part_name
from training.sources.example.figures import Floats
from training.sources.example.streams import stream

CENTRE = (3.20, 53.20)  # longitude, latitude
_KM_PER_DEGREE = 111.2
_RADIUS_KM = 4.6  # of a city of 26 districts
_PLANNED = 26
_MAP_SEED = 0
Point = tuple[float, float]
Corner = frozenset[str]  # a corner is named by the three lines or cells that meet there
Cell = list[tuple[Point, str]]  # corners in order, each with the line that starts there


@dataclass(frozen=True)
class CityPlan:
    """The drawn plan.

    Attributes:
        outlines: closed ring of (longitude, latitude) per district.
        part_of: number of the city part per district.
        parts_count: number of city parts.
    """

    outlines: tuple[list[Point], ...]
    part_of: tuple[int, ...]
    parts_count: int

    @property
    def part_codes(self) -> tuple[str, ...]:
        """The code of the city part of each district."""
        return tuple(part_code(part) for part in self.part_of)

    def parts(self, scale: int) -> tuple[tuple[str, str], ...]:
        """Return codes and names of the city parts."""
        return tuple((part_code(i), part_name(i, scale)) for i in range(self.parts_count))


def draw_plan(count: int, central: int, parts: int) -> CityPlan:
    """Draw the map of a city.

    Args:
        count: number of districts, from the centre outwards.
        central: how many of them make up the centre.
        parts: number of city parts; a fifth of them divide the centre.
    """
    radius = _RADIUS_KM * np.sqrt(count / _PLANNED)
    box = _box(2 * radius)
    sites = _relaxed(np.vstack([_sites(count, radius), _fields(count, radius)]), box)
    cells = [_cell(i, sites, box) for i in range(count)]
    borders = _Borders()
    outlines = tuple(_ring(i, cell, borders) for i, cell in enumerate(cells))
    return CityPlan(outlines, _parts(sites[:count], central, parts), parts)


def _sites(count: int, radius: float) -> Floats:
    """Return a centre point per district in kilometres: dense inside, as a sunflower grows."""
    order = np.arange(count) + 0.5
    angle = order * np.pi * (3 - np.sqrt(5)) + 0.6
    distance = radius * (order / count) ** 0.62
    jitter = stream(_MAP_SEED, "sites").normal(0, 0.18 * radius / np.sqrt(count), (count, 2))
    return _circle(angle, distance) + jitter


def _fields(count: int, radius: float) -> Floats:
    """Return points in the fields around the city: where their cells begin, it ends."""
    around = int(3.4 * np.sqrt(count))
    angle = 2 * np.pi * np.arange(around) / around
    wobble = stream(_MAP_SEED, "fields").normal(0, 0.35 * radius / np.sqrt(count), around)
    return _circle(angle, radius * (1.17 + 0.09 * np.cos(2 * angle + 0.8)) + wobble)


def _circle(angle: Floats, distance: Floats) -> Floats:
    return np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=1)


def _box(half: float) -> Cell:
    """Return a square around everything, each side with its own name."""
    corners = ((-half, -half), (half, -half), (half, half), (-half, half))
    return [(corner, f"edge {i}") for i, corner in enumerate(corners)]


def _relaxed(sites: Floats, edge: Cell) -> Floats:
    """Move each site halfway to the middle of its cell: no slivers."""
    middles = [_middle([point for point, _ in _cell(i, sites, edge)]) for i in range(len(sites))]
    return np.asarray((sites + np.array(middles)) / 2)


def _middle(ring: list[Point]) -> Point:
    x, y = np.array(ring).T
    nx, ny = np.roll(x, -1), np.roll(y, -1)
    cross = x * ny - nx * y
    area = cross.sum() * 3
    return float(((x + nx) * cross).sum() / area), float(((y + ny) * cross).sum() / area)


def _cell(own: int, sites: Floats, edge: Cell) -> Cell:
    """Return the part of the city that is nearer to one site than to any other."""
    cell = edge
    distance = np.hypot(*(sites - sites[own]).T)
    for other in np.argsort(distance)[1:]:
        if distance[other] > 2 * max(np.hypot(*(np.array(p) - sites[own])) for p, _ in cell):
            break
        cell = _clipped(cell, sites[own], sites[other], f"cell {other}")
    return cell


def _clipped(cell: Cell, own: Floats, other: Floats, name: str) -> Cell:
    """Cut off what is nearer to the other site; the cut carries the other's name."""
    normal = other - own
    limit = float(normal @ (own + other) / 2)
    depth = [float(normal @ np.array(point)) - limit for point, _ in cell]
    kept: Cell = []
    for i, (point, line) in enumerate(cell):
        after = (i + 1) % len(cell)
        if depth[i] <= 0:
            kept.append((point, line))
        if (depth[i] <= 0) != (depth[after] <= 0):
            share = depth[i] / (depth[i] - depth[after])
            x, y = (a + share * (b - a) for a, b in zip(point, cell[after][0], strict=True))
            kept.append(((x, y), name if depth[i] <= 0 else line))
    return kept


class _Borders:
    """Keeps each corner and each border once, so that neighbours share them exactly."""

    def __init__(self) -> None:
        self._corners: dict[Corner, Point] = {}
        self._lines: dict[tuple[Corner, Corner], list[Point]] = {}

    def corner(self, name: Corner, point: Point) -> Point:
        return self._corners.setdefault(name, point)

    def line(self, start: Corner, end: Corner) -> list[Point]:
        """Return the points of a border from a corner up to, not including, the next."""
        if (end, start) in self._lines:
            return self._lines[end, start][:0:-1]
        points = _bent(self._corners[start], self._corners[end], sorted(start | end))
        self._lines[start, end] = points
        return points[:-1]


def _bent(start: Point, end: Point, name: list[str]) -> list[Point]:
    """Return a border that bends: its ends and three points displaced sideways."""
    a, b = np.array(start), np.array(end)
    side = np.array([a[1] - b[1], b[0] - a[0]])
    bend = stream(_MAP_SEED, *name).normal(0, 0.035, 3).clip(-0.07, 0.07)
    shares = (0.25, 0.5, 0.75)
    inner = [a + s * (b - a) + k * side for s, k in zip(shares, bend, strict=True)]
    return [start, *((float(x), float(y)) for x, y in inner), end]


def _ring(own: int, cell: Cell, borders: _Borders) -> list[Point]:
    """Return the closed outline of a cell in degrees."""
    names = [frozenset({f"cell {own}", cell[i - 1][1], line}) for i, (_, line) in enumerate(cell)]
    for name, (point, _) in zip(names, cell, strict=True):
        borders.corner(name, point)
    ring: list[Point] = []
    for i, name in enumerate(names):
        ring += borders.line(name, names[(i + 1) % len(names)])
    return [_degrees(point) for point in [*ring, ring[0]]]


def _degrees(point: Point) -> Point:
    lon = CENTRE[0] + point[0] / (_KM_PER_DEGREE * np.cos(np.radians(CENTRE[1])))
    lat = CENTRE[1] + point[1] / _KM_PER_DEGREE
    return round(float(lon), 6), round(float(lat), 6)


def _parts(sites: Floats, central: int, parts: int) -> tuple[int, ...]:
    """Divide the districts over city parts: the centre, and the points of the compass."""
    inner = parts // 5
    angle = np.arctan2(sites[:, 1], sites[:, 0])
    from_north = (np.pi / 2 + np.pi / 4 - angle) % (2 * np.pi) / (2 * np.pi)
    outside = inner + np.floor(from_north * (parts - inner)).astype(int)
    inside = np.floor(from_north * inner).astype(int)
    return tuple(int(p) for p in np.where(np.arange(len(sites)) < central, inside, outside))
