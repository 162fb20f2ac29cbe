"""Read the optional boundaries of districts, ``districts.geojson`` (RFC 7946, WGS84)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from models.contract import BOUNDARIES
from models.errors import Fault
from training.citizen_number import looks_like_citizen_numbers
from training.spelling import listed

_SHAPES = ("Polygon", "MultiPolygon")
_LARGEST_DEGREE = 180


@dataclass(frozen=True)
class Boundaries:
    """The file with boundaries: parsed content (None when refused), its hash and its faults."""

    content: dict[str, Any] | None
    sha256: str
    rows: int
    faults: tuple[Fault, ...]


def read_boundaries(
    path: Path, kinds: Mapping[str, str | None], used: frozenset[str]
) -> Boundaries:
    """Read and check the boundaries.

    A kind of district of which the file holds none (the parts of a city beside its
    neighbourhoods, say) is taken to have no boundaries on purpose.

    Args:
        path: the file.
        kinds: the codes that boundaries may belong to, each with its kind (None = not stated).
        used: the districts with care use of their own.

    Raises:
        OSError: the file cannot be opened.
    """
    raw = path.read_bytes()
    digest = sha256(raw).hexdigest()
    try:
        content = json.loads(raw.decode("utf-8-sig"))
        features = _features(content)
    except ValueError as error:  # bad UTF-8 and bad JSON are ValueErrors too
        reason = f"the file is not readable GeoJSON in UTF-8: {error}"
        return Boundaries(None, digest, 0, (_fault(reason),))
    faults = [*_citizens(features), *_places(features, kinds, used), *_coordinates(features)]
    return Boundaries(content, digest, len(features), tuple(faults))


def _fault(rule: str, column: str | None = None, severity: str = "error") -> Fault:
    return Fault(BOUNDARIES, None, column, None, rule, severity)


def _features(content: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise ValueError("a FeatureCollection with features is expected")
    for feature in features:
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            raise ValueError("every feature needs properties")
        if (feature.get("geometry") or {}).get("type") not in _SHAPES:
            raise ValueError(f"every feature needs a geometry: {' or '.join(_SHAPES)}")
    return features


def _citizens(features: list[dict[str, Any]]) -> Iterator[Fault]:
    table = pd.DataFrame([feature["properties"] for feature in features])
    for name in table.columns:
        cells = table[name].dropna().astype(str)
        if looks_like_citizen_numbers(str(name), cells):
            rule = "the property looks like citizen service numbers (BSN); these are refused"
            yield _fault(rule, str(name))


def _places(
    features: list[dict[str, Any]], kinds: Mapping[str, str | None], used: frozenset[str]
) -> Iterator[Fault]:
    codes = [feature["properties"].get("district") for feature in features]
    if not any(isinstance(code, str) for code in codes):
        yield _fault("every feature names its district in the property 'district'", "district")
        return
    given = {str(code) for code in codes}
    drawn = {kinds[code] for code in given if code in kinds}
    unknown = sorted(given - kinds.keys())
    without = sorted(code for code in used - given if kinds.get(code) in drawn)
    if unknown:
        yield _fault(f"boundaries of unknown districts: {listed(unknown)}", "district", "warning")
    if without:
        yield _fault(f"districts without boundaries: {listed(without)}", "district", "warning")


def _coordinates(features: list[dict[str, Any]]) -> Iterator[Fault]:
    for feature in features:
        point = feature["geometry"].get("coordinates")
        while isinstance(point, list) and point and isinstance(point[0], list):
            point = point[0]
        numbers = isinstance(point, list) and all(isinstance(n, int | float) for n in point)
        if not numbers or not point or max(abs(number) for number in point) > _LARGEST_DEGREE:
            yield _fault("coordinates are longitude and latitude in degrees (WGS84)", "geometry")
            return
