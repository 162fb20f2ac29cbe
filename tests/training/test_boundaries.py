"""Boundaries are read, or refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.deliveries import GOOD, MONTHS, deliver, faults_of, series, table, use
from training.sources.folder import inspect_folder, read_folder

SQUARE: dict[str, object] = {
    "type": "Polygon",
    "coordinates": [[[4.0, 52.0], [4.1, 52.0], [4.1, 52.1], [4.0, 52.0]]],
}


def _geojson(*features: tuple[dict[str, object], dict[str, object]]) -> str:
    listed = [
        {"type": "Feature", "properties": words, "geometry": shape} for words, shape in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": listed})


@pytest.mark.unit
def test_boundaries_come_with_the_panel(tmp_path: Path) -> None:
    shapes = _geojson(({"district": "W1"}, SQUARE), ({"district": "W2"}, SQUARE))
    folder = deliver(tmp_path, {"care_use": GOOD, "districts.geojson": shapes})
    panel, warnings = read_folder(folder)
    assert warnings == []
    assert panel.boundaries == json.loads(shapes)
    assert panel.files[-1].name == "districts.geojson"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("shapes", "words", "severity"),
    [
        ("{", "not readable GeoJSON", "error"),
        ("[]", "FeatureCollection", "error"),
        (_geojson(({"WKC": "W1"}, SQUARE)), "property 'district'", "error"),
        (
            _geojson(({"district": "W1"}, {"type": "Point", "coordinates": [4, 52]})),
            "geom",
            "error",
        ),
        (_geojson(({"district": "W9"}, SQUARE), ({"district": "W1"}, SQUARE)), "W9", "warning"),
        (_geojson(({"district": "W1"}, SQUARE)), "without boundaries: W2", "warning"),
        (
            _geojson(({"district": "W1"}, {"type": "Polygon", "coordinates": [[[81000, 455000]]]})),
            "WGS84",
            "error",
        ),
        (
            _geojson(({"district": "W1", "bsn": "1"}, SQUARE)),
            "citizen service numbers",
            "error",
        ),
    ],
)
def test_faulty_boundaries_are_told(tmp_path: Path, shapes: str, words: str, severity: str) -> None:
    folder = deliver(tmp_path, {"care_use": GOOD, "districts.geojson": shapes})
    faults = inspect_folder(folder).faults
    assert [f for f in faults if words in f.rule and f.severity == severity], faults


@pytest.mark.unit
@pytest.mark.parametrize(
    ("drawn", "missing"),
    [
        (("W1", "W2"), None),
        (("W1",), "districts without boundaries: W2"),
        (("S1",), None),
        (("W2", "S1"), "districts without boundaries: W1"),
    ],
)
def test_only_kinds_with_some_boundaries_are_expected_to_have_them_all(
    tmp_path: Path, drawn: tuple[str, ...], missing: str | None
) -> None:
    listing = ("G1,G1,", "G1,S1,stadsdeel", "G1,W1,wijk", "G1,W2,wijk")
    shapes: list[tuple[dict[str, object], dict[str, object]]]
    shapes = [({"district": code}, SQUARE) for code in drawn]
    rows = [series(MONTHS), series(MONTHS, "W2"), series(MONTHS, "S1"), series(MONTHS, "G1")]
    files: dict[str, str | bytes] = {
        "care_use": use(*(line for lines in rows for line in lines)),
        "districts": table("municipality,district,kind", *listing),
        "districts.geojson": _geojson(*shapes),
    }
    faults = faults_of(tmp_path, files)
    assert [fault.rule for fault in faults] == ([missing] if missing else [])
