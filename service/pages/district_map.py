"""A map of districts as plain SVG: neutral shades by figure, a thick line around the chosen one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import numpy as np

from models.edition import Edition

FILE = "districts.geojson"
SIZE = 640.0
SHADES = ("s1", "s2", "s3", "s4", "s5")
MOST_POINTS = 60_000  # of all outlines together
Point = tuple[float, float]
Ring = list[Point]


def drawn_map(
    edition: Edition, values: Mapping[str, float | None], chosen: str | None = None
) -> str:
    """Return the map, or nothing where the edition has no outlines.

    Args:
        edition: whose outlines.
        values: figure per district; None = not told.
        chosen: the district to mark.
    """
    place = edition.folder / FILE
    if FILE not in edition.manifest["files"] or not place.exists():
        return ""
    shapes = dict(_shapes(json.loads(place.read_text("utf-8"))))
    shown = {code: rings for code, rings in shapes.items() if code in values}
    points = [point for rings in shown.values() for ring in rings for point in ring]
    if not points or len(points) > MOST_POINTS:
        return ""
    turn = _turned(points)
    shades = _shades({code: values[code] for code in shown})
    paths = [
        f'<path class="district {shades[code]}{" chosen" if code == chosen else ""}" '
        f'd="{_path(rings, turn)}"><title>{escape(code)}</title></path>'
        for code, rings in sorted(shown.items())
    ]
    height = turn["height"]
    return (
        f'<svg class="map" viewBox="0 0 {SIZE:.0f} {height:.0f}" width="{SIZE:.0f}" '
        f'height="{height:.0f}" aria-hidden="true" focusable="false">{"".join(paths)}</svg>'
    )


def _shapes(collection: Mapping[str, Any]) -> Iterator[tuple[str, list[Ring]]]:
    for feature in collection.get("features", ()):
        code = str(feature.get("properties", {}).get("district", ""))
        geometry = feature.get("geometry") or {}
        parts = geometry.get("coordinates", [])
        if geometry.get("type") == "Polygon":
            parts = [parts]
        rings = [[(float(x), float(y)) for x, y, *_ in ring] for part in parts for ring in part]
        if code and rings:
            yield code, rings


def _turned(points: list[Point]) -> dict[str, float]:
    """Return how degrees (or metres) become pixels: north up, as wide as the drawing."""
    xs, ys = np.array([x for x, _ in points]), np.array([y for _, y in points])
    degrees = float(np.abs(ys).max()) <= 90  # noqa: PLR2004 - of latitude
    squeeze = float(np.cos(np.radians(ys.mean()))) if degrees else 1.0
    width = max(float(np.ptp(xs)) * squeeze, 1e-9)
    scale = (SIZE - 8) / width
    return {
        "left": float(xs.min()),
        "top": float(ys.max()),
        "x": scale * squeeze,
        "y": scale,
        "height": float(np.ptp(ys)) * scale + 8,
    }


def _path(rings: list[Ring], turn: Mapping[str, float]) -> str:
    parts = []
    for ring in rings:
        places = [
            f"{4 + (x - turn['left']) * turn['x']:.1f} {4 + (turn['top'] - y) * turn['y']:.1f}"
            for x, y in ring
        ]
        parts.append(f"M{'L'.join(places)}Z")
    return "".join(parts)


def _shades(values: Mapping[str, float | None]) -> dict[str, str]:
    """Return a class per district: fifths of the figures, and one for what is not told."""
    known = np.array([value for value in values.values() if value is not None])
    cuts = np.quantile(known, (0.2, 0.4, 0.6, 0.8)) if known.size else np.zeros(0)
    return {
        code: "unknown" if value is None else SHADES[int(np.searchsorted(cuts, value, "right"))]
        for code, value in values.items()
    }
